#include "core/simulated_worker.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

// Runs one task after the other, a millisecond each, and says after how many it reported how many.
class OneSlot {
 public:
  explicit OneSlot(std::uint64_t tasks, Nanos report_within) {
    SendTasks send{.worker = Rank{1}, .keys = {}, .report_within = report_within};
    for (std::uint64_t task = 0; task < tasks; ++task) send.keys.push_back({TaskId{task}, Attempt{0}});
    worker_.take(send);
  }

  std::vector<std::pair<int, std::size_t>> reports() {
    std::vector<std::pair<int, std::size_t>> reports;
    for (int ended = 1; const auto started = worker_.start_next(); ++ended) {
      now_ += 1ms;
      worker_.ended(started->slot, {}, now_);
      const auto next = worker_.running(started->slot, started->start);
      EXPECT_FALSE(next);
      if (worker_.should_report(now_)) reports.emplace_back(ended, worker_.take_report().results.size());
    }
    return reports;
  }

 private:
  SimulatedWorker worker_{Rank{1}, 1};
  TimePoint now_{};
};

using Reports = std::vector<std::pair<int, std::size_t>>;

TEST(SimulatedWorker, ReportsWhenHalfABatchIsLeftAndWhenNothingIs) {
  EXPECT_EQ(OneSlot(10, 1s).reports(), (Reports{{5, 5}, {10, 5}}));
}

TEST(SimulatedWorker, HoldsNothingBackForLongerThanItMay) {
  EXPECT_EQ(OneSlot(10, 2ms).reports(), (Reports{{3, 3}, {5, 2}, {8, 3}, {10, 2}}));
}

TEST(SimulatedWorker, ReportsAtOnceWhereItIsToldSo) {
  EXPECT_EQ(OneSlot(3, 0ms).reports(), (Reports{{1, 1}, {2, 1}, {3, 1}}));
}

}  // namespace
}  // namespace farm
