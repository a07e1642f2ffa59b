#include "pool/shared_values.hpp"

#include <utility>

namespace farm {

void SharedValues::add(std::uint64_t id, PackedView packed, bool keeps) {
  const std::lock_guard lock(mutex_);
  auto& value = values_[id];
  if (!value) value = std::make_shared<Value>();
  value->packed = std::move(packed);
  value->keeps = value->keeps || keeps;
}

std::optional<PackedView> SharedValues::packed(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(id);
  return found == values_.end() ? std::nullopt : found->second->packed;
}

void SharedValues::forget(const std::vector<std::uint64_t>& ids) {
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t id : ids) values_.erase(id);
}

std::shared_ptr<const void> SharedValues::find(std::uint64_t id, detail::MakeShared make) {
  std::unique_lock lock(mutex_);
  const auto found = values_.find(id);
  if (found == values_.end()) throw UnpackError();
  const std::shared_ptr<Value> value = found->second;
  lock.unlock();
  const std::lock_guard making(value->making);
  lock.lock();
  if (value->object) return value->object;
  const PackedView packed = value->packed.value();
  lock.unlock();
  Unpacker from(packed.head, packed.bodies);
  auto object = make(from);
  lock.lock();
  value->object = object;
  if (!value->keeps) value->packed.reset();
  return object;
}

std::shared_ptr<const void> detail::find_shared(const CallContext& context, std::uint64_t place, MakeShared make) {
  if (place >= context.shared_ids.size()) throw UnpackError();
  return context.shared->find(context.shared_ids[place], make);
}

}  // namespace farm
