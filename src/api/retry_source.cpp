#include "api/retry_source.hpp"

namespace farm {

TaskSource::Next RetrySource::next(TaskSpec& task) {
  if (at_ == count_) return Next::end;
  const auto found = commands_.find(TaskId{at_++});
  task = {};
  if (found != commands_.end()) task.command = found->second;
  return Next::task;
}

}  // namespace farm
