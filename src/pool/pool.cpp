#include "farm/pool.hpp"

#include "farm/error.hpp"
#include "pool/checkpoints.hpp"
#include "pool/failure.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/pool_message.hpp"
#include "pool/this_rank.hpp"

namespace farm {

Pool::Pool(std::shared_ptr<PoolInbox> inbox, TaskOptions options)
    : inbox_(std::move(inbox)), options_(std::move(options)) {}

std::uint32_t Pool::slots() const { return inbox_->slots(); }

Pool Pool::checkpoint(const std::string& name, std::uint32_t version) const {
  Pool other = *this;
  other.checkpoint_ = inbox_->checkpoints().open(name);
  other.checkpoint_version_ = version;
  return other;
}

std::shared_ptr<detail::TaskState> Pool::new_state() const {
  return std::make_shared<detail::TaskState>(inbox_, inbox_->next_task());
}

std::shared_ptr<detail::ArrayState> Pool::new_array(std::uint64_t count, bool is_flat) const {
  auto state = std::make_shared<detail::ArrayState>(inbox_, inbox_->next_task(), count, is_flat);
  if (count == 0) state->settle({});
  return state;
}

void Pool::post(detail::CallRequest request) const {
  require_outside_of_calls("submit calls");
  if (request.state->is_settled()) return;  // a map over nothing
  request.priority = options_.priority;
  request.chunk = options_.chunk;
  request.may_stay = options_.may_stay;
  request.within = options_.within;
  // A file may be gone by the next run.
  if (checkpoint_ && request.function && request.function != detail::make_function()) {
    require_name(*request.function);
    request.checkpoint = checkpoint_;
    request.checkpoint_version = checkpoint_version_;
  }
  for (const auto& earlier : after_) {
    request.arguments.holes.push_back(
        {request.arguments.packed.head.size(), request.arguments.packed.bodies.size(), earlier, false});
  }
  const std::shared_ptr<detail::TaskState> state = request.state;
  inbox_->post(std::move(request));
  state->cancel_by(options_.stop);
}

std::shared_ptr<detail::SharedState> Pool::share(Packed packed) const {
  require_outside_of_calls("broadcast a value");
  const std::size_t size = packed.head.size();
  if (size > largest_value_head) fail_usage(too_large("a broadcast value", size, largest_value_head));
  return std::make_shared<detail::SharedState>(inbox_, value(inbox_->next_shared()), std::move(packed));
}

}  // namespace farm
