#include "wire/frame_loopback.hpp"

#include <utility>

namespace farm {

class FrameLoopback::Line final : public FrameChannel {
 public:
  /// `worker` is unset for the master's line.
  Line(FrameLoopback& board, std::optional<Rank> worker) : board_(board), worker_(worker) {}

  void post(Rank to, Frame frame) override {
    if (worker_ && to != master_rank) {
      if (!cut_) board_.deliver(*worker_, to, std::move(frame));
    } else if (worker_) {
      if (farewell_) arrived_.push_back({master_rank, *std::exchange(farewell_, std::nullopt)});
      if (!cut_) board_.master_->arrived_.push_back({*worker_, std::move(frame)});
    } else {
      board_.deliver(master_rank, to, std::move(frame));
    }
  }

  void deliver(Rank from, Frame frame) {
    if (!cut_) arrived_.push_back({from, std::move(frame)});
  }

  void expect(Rank) override {}

  std::optional<Arrived> receive() override {
    if (arrived_.empty()) return std::nullopt;
    Arrived first = std::move(arrived_.front());
    arrived_.pop_front();
    return first;
  }

  std::vector<Rank> take_lost() override { return arrived_.empty() ? std::exchange(lost_, {}) : std::vector<Rank>{}; }

  Nanos patience(TimePoint, bool) override { return arrived_.empty() && lost_.empty() ? Nanos::max() : Nanos::zero(); }

  void give_up(Rank rank, Frame farewell) override {
    if (worker_) return;  // a worker's farewell would reach nobody
    board_.worker(rank);
    Line& peer = *board_.workers_.at(rank);
    std::erase_if(arrived_, [rank](const Arrived& arrived) { return arrived.from == rank; });
    peer.cut_ = true;
    peer.farewell_ = std::move(farewell);
  }

  void cut() {
    cut_ = true;
    arrived_.clear();
    board_.master_->lost_.push_back(*worker_);
  }

 private:
  FrameLoopback& board_;
  std::optional<Rank> worker_;
  std::deque<Arrived> arrived_;
  std::vector<Rank> lost_;
  bool cut_ = false;
  std::optional<Frame> farewell_;  // given up
};

FrameLoopback::FrameLoopback() : master_(std::make_unique<Line>(*this, std::nullopt)) {}
FrameLoopback::~FrameLoopback() = default;

FrameChannel& FrameLoopback::master() { return *master_; }

FrameChannel& FrameLoopback::worker(Rank rank) {
  auto& line = workers_[rank];
  if (!line) line = std::make_unique<Line>(*this, rank);
  return *line;
}

void FrameLoopback::deliver(Rank from, Rank to, Frame frame) {
  worker(to);
  workers_.at(to)->deliver(from, std::move(frame));
}

void FrameLoopback::cut(Rank worker) {
  this->worker(worker);
  workers_.at(worker)->cut();
}

}  // namespace farm
