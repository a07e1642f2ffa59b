#include "core/task_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace farm {
namespace {

// The drawing in task_table.hpp, once more, so that neither changes without the other.
const std::map<TaskState, std::set<TaskState>> drawing{
    {TaskState::unknown, {TaskState::waiting, TaskState::ready, TaskState::succeeded}},
    {TaskState::waiting, {TaskState::ready, TaskState::skipped}},
    {TaskState::ready, {TaskState::assigned}},
    {TaskState::assigned, {TaskState::ready, TaskState::succeeded, TaskState::failed}},
    {TaskState::succeeded, {}},
    {TaskState::failed, {}},
    {TaskState::skipped, {}},
};

TEST(TaskTable, AllowsExactlyWhatIsDrawn) {
  for (std::size_t from = 0; from < task_states; ++from) {
    for (std::size_t to = 0; to < task_states; ++to) {
      const TaskState a{static_cast<std::uint8_t>(from)};
      const TaskState b{static_cast<std::uint8_t>(to)};
      EXPECT_EQ(may_become(a, b), drawing.at(a).contains(b)) << from << " -> " << to;
    }
  }
}

TEST(TaskTable, CountsFollowStates) {
  TaskTable table;
  table.set(TaskId{0}, TaskState::ready);
  table.set(TaskId{1}, TaskState::succeeded);
  table.set(TaskId{0}, TaskState::assigned);
  EXPECT_EQ(table.state(TaskId{0}), TaskState::assigned);
  EXPECT_EQ(table.state(TaskId{2}), TaskState::unknown);
  EXPECT_EQ(table.count(TaskState::ready), 0U);
  EXPECT_EQ(table.count(TaskState::assigned), 1U);
  EXPECT_EQ(table.count(TaskState::succeeded), 1U);
  EXPECT_EQ(table.known(), 2U);
}

TEST(TaskTableDeathTest, RefusesWhatIsNotDrawn) {
  TaskTable table;
  table.set(TaskId{0}, TaskState::succeeded);
  EXPECT_DEATH(table.set(TaskId{0}, TaskState::ready), "bug");
  EXPECT_DEATH(table.set(TaskId{5}, TaskState::ready), "bug");
}

}  // namespace
}  // namespace farm
