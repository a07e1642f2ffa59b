/// A pool in one process: a thread plays the master and all workers' loops over a loopback, the test is the program.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/poller.hpp"
#include "farm/pool.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/pool_master.hpp"
#include "pool/pool_worker.hpp"
#include "wire/frame_loopback.hpp"

namespace farm {

/// A channel that counts the bytes of large arrays.
class CountingChannel final : public FrameChannel {
 public:
  CountingChannel(FrameChannel& channel, std::atomic<std::size_t>& bytes) : channel_(channel), bytes_(bytes) {}
  void post(Rank to, Frame frame) override {
    count(frame);
    channel_.post(to, std::move(frame));
  }
  std::optional<Arrived> receive() override {
    auto arrived = channel_.receive();
    if (arrived) count(arrived->frame);
    return arrived;
  }
  std::vector<Rank> take_lost() override { return channel_.take_lost(); }
  void give_up(Rank rank, Frame farewell) override { channel_.give_up(rank, std::move(farewell)); }
  void expect(Rank from) override { channel_.expect(from); }
  Nanos patience(TimePoint now, bool expecting) override { return channel_.patience(now, expecting); }

 private:
  void count(const Frame& frame) {
    for (const Bytes& body : frame.bodies) bytes_ += body.size();
  }
  FrameChannel& channel_;
  std::atomic<std::size_t>& bytes_;
};

class LocalPool {
 public:
  /// `ranks_per_node`: rank 0 and those after it share a node, and so on; 0: all of them.
  explicit LocalPool(int workers, PoolMaster::Setup setup = {}, std::uint32_t slots = 1, int ranks_per_node = 0) {
    for (int i = 1; i <= workers; ++i) setup.workers.push_back(Rank{i});
    thread_ =
        std::thread([this, workers, setup, slots, ranks_per_node] { run(workers, setup, slots, ranks_per_node); });
  }
  ~LocalPool() { end(); }

  void end() {
    if (!thread_.joinable()) return;
    inbox_->finish();
    thread_.join();
  }

  /// Bytes of large arrays that the master has sent or got.
  std::size_t through_master() const { return through_master_; }

  Pool pool() const { return Pool(inbox_, {}); }

  /// From inside a function: this worker is not heard of any more, as after a crash.
  void lose(Rank rank) {
    const std::lock_guard lock(mutex_);
    to_lose_.push_back(rank);
  }

  /// A worker that comes later.
  void join(int rank) {
    const std::lock_guard lock(mutex_);
    to_join_.push_back(rank);
  }

 private:
  void run(int workers, const PoolMaster::Setup& setup, std::uint32_t slots, int ranks_per_node) {
    FrameLoopback board;
    CountingChannel line(board.master(), through_master_);
    PoolMaster master(setup, *inbox_, line, clock_);
    std::map<Rank, std::unique_ptr<PoolWorker>> all;
    const auto start = [&](int i) {
      const int node = ranks_per_node == 0 ? 0 : i / ranks_per_node;
      all[Rank{i}] = std::make_unique<PoolWorker>(
          PoolWorker::Setup{.rank = Rank{i}, .slots = slots, .node = static_cast<std::uint64_t>(node)},
          board.worker(Rank{i}), clock_);
    };
    for (int i = 1; i <= workers; ++i) start(i);
    while (!master.is_over()) {
      {
        const std::lock_guard lock(mutex_);
        for (const Rank rank : to_lose_) board.cut(rank);
        to_lose_.clear();
        for (const int rank : to_join_) start(rank);
        to_join_.clear();
      }
      for (auto& [rank, worker] : all) worker->turn();
      master.turn();
      poller_.wait(std::chrono::microseconds(20));
    }
    for (auto& [rank, worker] : all) worker->close(Nanos::zero());
  }

  SystemClock clock_;
  Poller poller_;
  std::shared_ptr<PoolInbox> inbox_ = std::make_shared<PoolInbox>();
  std::mutex mutex_;
  std::vector<Rank> to_lose_;
  std::vector<int> to_join_;
  std::atomic<std::size_t> through_master_{0};
  std::thread thread_;
};

}  // namespace farm
