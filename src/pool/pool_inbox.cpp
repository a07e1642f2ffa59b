#include "pool/pool_inbox.hpp"

#include <utility>

namespace farm {

void PoolInbox::post(detail::CallRequest call) {
  {
    const std::lock_guard lock(mutex_);
    left_.calls.push_back(std::move(call));
    has_any_ = true;
  }
  wake_up_.ring();
}

void PoolInbox::cancel(std::shared_ptr<detail::TaskState> state) {
  {
    const std::lock_guard lock(mutex_);
    left_.cancelled.push_back(std::move(state));
    has_any_ = true;
  }
  wake_up_.ring();
}

void PoolInbox::want(std::shared_ptr<detail::TaskState> state) {
  {
    const std::lock_guard lock(mutex_);
    left_.wanted.push_back(std::move(state));
    has_any_ = true;
  }
  wake_up_.ring();
}

void PoolInbox::forget(ValueId value) {
  {
    const std::lock_guard lock(mutex_);
    left_.forgotten.push_back(value);
    has_any_ = true;
  }
  wake_up_.ring();
}

void PoolInbox::finish() {
  {
    const std::lock_guard lock(mutex_);
    left_.is_over = true;
    has_any_ = true;
  }
  wake_up_.ring();
}

PoolInbox::Left PoolInbox::take() {
  const std::lock_guard lock(mutex_);
  has_any_ = false;
  return std::exchange(left_, {});
}

bool PoolInbox::is_empty() const {
  const std::lock_guard lock(mutex_);
  return !has_any_;
}

}  // namespace farm
