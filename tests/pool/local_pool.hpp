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

class LocalPool {
 public:
  explicit LocalPool(int workers, PoolMaster::Setup setup = {}, std::uint32_t slots = 1) {
    for (int i = 1; i <= workers; ++i) setup.workers.push_back(Rank{i});
    thread_ = std::thread([this, workers, setup, slots] { run(workers, setup, slots); });
  }
  ~LocalPool() {
    inbox_->finish();
    thread_.join();
  }

  Pool pool() const { return Pool(inbox_, {}); }

  /// From inside a function: this worker is not heard of any more, as after a crash.
  void lose(Rank rank) {
    const std::lock_guard lock(mutex_);
    to_lose_.push_back(rank);
  }

 private:
  void run(int workers, const PoolMaster::Setup& setup, std::uint32_t slots) {
    FrameLoopback board;
    PoolMaster master(setup, *inbox_, board.master(), clock_);
    std::map<Rank, std::unique_ptr<PoolWorker>> all;
    for (int i = 1; i <= workers; ++i) {
      all[Rank{i}] = std::make_unique<PoolWorker>(PoolWorker::Setup{.rank = Rank{i}, .slots = slots},
                                                  board.worker(Rank{i}), clock_);
    }
    while (!master.is_over()) {
      {
        const std::lock_guard lock(mutex_);
        for (const Rank rank : to_lose_) board.cut(rank);
        to_lose_.clear();
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
  std::thread thread_;
};

}  // namespace farm
