#include "wire/loopback.hpp"

#include <algorithm>
#include <utility>

namespace farm {

class Loopback::Line final : public Channel {
 public:
  /// `worker` is unset for the master's line.
  Line(Loopback& board, std::optional<Rank> worker) : board_(board), worker_(worker) {}

  void post(Rank to, Message message) override {
    if (worker_) {
      if (std::exchange(given_up_, false)) arrived_.push_back({master_rank, Shutdown{.has_lost_ranks = true}});
      if (!cut_) board_.master_->arrived_.push_back({*worker_, std::move(message)});
    } else {
      Line& peer = static_cast<Line&>(board_.worker(to));
      if (!peer.cut_) peer.arrived_.push_back({master_rank, std::move(message)});
    }
  }

  std::optional<Envelope> receive() override {
    if (arrived_.empty()) return std::nullopt;
    Envelope first = std::move(arrived_.front());
    arrived_.pop_front();
    return first;
  }

  std::vector<Rank> take_lost() override { return arrived_.empty() ? std::exchange(lost_, {}) : std::vector<Rank>{}; }

  Nanos patience(TimePoint, bool) override { return arrived_.empty() && lost_.empty() ? Nanos::max() : Nanos::zero(); }

  void give_up(Rank rank) override {
    Line& peer = static_cast<Line&>(board_.worker(rank));
    std::erase_if(arrived_, [rank](const Envelope& envelope) { return envelope.from == rank; });
    peer.cut_ = peer.given_up_ = true;
  }

  void cut() {
    cut_ = true;
    arrived_.clear();
    board_.master_->lost_.push_back(*worker_);
  }

 private:
  Loopback& board_;
  std::optional<Rank> worker_;
  std::deque<Envelope> arrived_;
  std::vector<Rank> lost_;
  bool cut_ = false;
  bool given_up_ = false;
};

Loopback::Loopback() : master_(std::make_unique<Line>(*this, std::nullopt)) {}
Loopback::~Loopback() = default;

Channel& Loopback::master() { return *master_; }

Channel& Loopback::worker(Rank rank) {
  auto& line = workers_[rank];
  if (!line) line = std::make_unique<Line>(*this, rank);
  return *line;
}

void Loopback::cut(Rank worker) {
  this->worker(worker);
  workers_.at(worker)->cut();
}

void JoinedChannel::post(Rank to, Message message) {
  (to == local_rank_ ? local_ : remote_).post(to, std::move(message));
}

std::optional<Envelope> JoinedChannel::receive() {
  auto envelope = local_.receive();
  return envelope ? std::move(envelope) : remote_.receive();
}

std::vector<Rank> JoinedChannel::take_lost() {
  std::vector<Rank> lost = local_.take_lost();
  const std::vector<Rank> remote = remote_.take_lost();
  lost.insert(lost.end(), remote.begin(), remote.end());
  return lost;
}

void JoinedChannel::give_up(Rank rank) { (rank == local_rank_ ? local_ : remote_).give_up(rank); }

Nanos JoinedChannel::patience(TimePoint now, bool expecting) {
  return std::min(local_.patience(now, expecting), remote_.patience(now, expecting));
}

}  // namespace farm
