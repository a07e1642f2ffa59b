#include "farm/task_state.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "farm/pack.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/this_rank.hpp"

namespace farm::detail {

class TaskState::Canceller {
 public:
  Canceller(const std::stop_token& token, TaskState& state)
      : callback_(token, [weak = state.weak_from_this()] {
          if (const auto alive = weak.lock()) alive->cancel();
        }) {}

 private:
  std::stop_callback<std::function<void()>> callback_;
};

TaskState::TaskState(std::shared_ptr<PoolInbox> inbox, std::uint64_t task) : inbox_(std::move(inbox)), task_(task) {}

TaskState::~TaskState() {
  if (was_away_) inbox_->forget(result_value(task_));
}

void TaskState::wait() const {
  if (is_settled()) return;
  require_outside_of_calls("wait for a result");
  settled_.wait(false, std::memory_order_acquire);
}

const Packed& TaskState::value() {
  wait();
  if (is_away()) {
    require_outside_of_calls("ask for a result");
    inbox_->want(shared_from_this());
    away_.wait(true, std::memory_order_acquire);
  }
  if (failure_) throw TaskError(*failure_);
  return value_;
}

void TaskState::append_to(Packed& arguments) const { arguments.append(value_); }

void TaskState::cancel() {
  if (!is_settled()) inbox_->cancel(shared_from_this());
}

void TaskState::cancel_by(const std::stop_token& token) {
  if (token.stop_possible()) canceller_ = std::make_unique<Canceller>(token, *this);
}

void TaskState::announce() {
  if (away_) {
    away_.store(false, std::memory_order_release);
    away_.notify_all();
  }
  settled_.store(true, std::memory_order_release);
  settled_.notify_all();
}

void TaskState::settle_away() {
  was_away_ = true;
  away_.store(true, std::memory_order_release);
  settled_.store(true, std::memory_order_release);
  settled_.notify_all();
}

void TaskState::settle(Packed value) {
  value_ = std::move(value);
  announce();
}

void TaskState::fail(TaskFailure failure) {
  failure_ = std::move(failure);
  announce();
}

ArrayState::ArrayState(std::shared_ptr<PoolInbox> inbox, std::uint64_t task, std::uint64_t count, bool is_flat)
    : TaskState(std::move(inbox), task), count_(count), is_flat_(is_flat) {}

const ArrayState::Part* ArrayState::part(std::size_t index) const {
  std::unique_lock lock(mutex_);
  if (index >= parts_.size() && done_ < count_) require_outside_of_calls("wait for results");
  arrived_.wait(lock, [&] { return index < parts_.size() || done_ == count_; });
  return index < parts_.size() ? &parts_[index] : nullptr;
}

void ArrayState::append_to(Packed& arguments) const {
  std::vector<const Part*> in_order;
  const std::lock_guard lock(mutex_);
  for (const Part& part : parts_) in_order.push_back(&part);
  std::ranges::sort(in_order, {}, [](const Part* part) { return part->begin; });
  Packer to(arguments);
  pack(to, count_);
  const std::size_t begin = arguments.head.size();
  for (const Part* part : in_order) arguments.append(part->values);
  if (is_flat_) end_array(arguments, begin);
}

void ArrayState::add(Part part) {
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    if (part.failure && (!failure_ || part.begin < failure_->element)) {
      failure_ = part.failure;
      failure_->element = part.begin;
    }
    done_ += part.end - part.begin;
    is_last = done_ == count_;
    parts_.push_back(std::move(part));
  }
  arrived_.notify_all();
  if (is_last) announce();
}

void ArrayState::fail(TaskFailure failure) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> had;
  {
    const std::lock_guard lock(mutex_);
    for (const Part& part : parts_) had.emplace_back(part.begin, part.end);
  }
  std::ranges::sort(had);
  had.emplace_back(count_, count_);
  std::uint64_t at = 0;
  for (const auto& [begin, end] : had) {
    if (at < begin) add({at, begin, {}, failure});
    at = end;
  }
}

SharedState::SharedState(std::shared_ptr<PoolInbox> inbox, std::uint64_t id, Packed value)
    : inbox_(std::move(inbox)), id_(id), value_(std::move(value)) {}

SharedState::~SharedState() { inbox_->forget(ValueId{id_}); }

}  // namespace farm::detail
