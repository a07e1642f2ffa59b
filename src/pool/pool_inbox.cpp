#include "pool/pool_inbox.hpp"

#include <utility>

namespace farm {

template <class Add>
bool PoolInbox::leave(const Add& add) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    add();
    has_any_ = true;
  }
  wake_up_.ring();
  return true;
}

void PoolInbox::post(detail::CallRequest call) {
  const std::shared_ptr<detail::TaskState> state = call.state;
  if (leave([&] { left_.calls.push_back(std::move(call)); })) return;
  TaskFailure failure;
  failure.kind = TaskFailure::Kind::cancelled;
  failure.text = "the pool has ended";
  failure.function = call.function ? detail::function_name(*call.function) : "when_all";
  failure.task = state->task();
  state->fail(std::move(failure));
}

void PoolInbox::cancel(std::shared_ptr<detail::TaskState> state) {
  leave([&] { left_.cancelled.push_back(std::move(state)); });
}

void PoolInbox::want(std::shared_ptr<detail::TaskState> state) {
  leave([&] { left_.wanted.push_back(std::move(state)); });
}

void PoolInbox::forget(ValueId value) {
  leave([&] { left_.forgotten.push_back(value); });
}

void PoolInbox::finish() {
  leave([&] { left_.is_over = true; });
}

PoolInbox::Left PoolInbox::take() {
  const std::lock_guard lock(mutex_);
  has_any_ = false;
  closed_ = closed_ || left_.is_over;
  return std::exchange(left_, {});
}

bool PoolInbox::is_empty() const {
  const std::lock_guard lock(mutex_);
  return !has_any_;
}

}  // namespace farm
