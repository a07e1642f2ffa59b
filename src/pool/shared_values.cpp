#include "pool/shared_values.hpp"

#include <utility>

namespace farm {

void SharedValues::add(std::uint64_t id, PackedView value, bool keeps) {
  const std::lock_guard lock(mutex_);
  values_[id] = {std::move(value), keeps, nullptr};
}

std::optional<PackedView> SharedValues::packed(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(id);
  if (found == values_.end()) return std::nullopt;
  return found->second.packed;
}

void SharedValues::forget(const std::vector<std::uint64_t>& ids) {
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t id : ids) values_.erase(id);
}

std::shared_ptr<const void> SharedValues::find(std::uint64_t id, detail::MakeShared make) {
  // Held while it is unpacked: whoever else asks for it meanwhile has to wait for it anyway.
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(id);
  if (found == values_.end()) throw UnpackError();
  Value& value = found->second;
  if (!value.object) {
    Unpacker from(value.packed.head, value.packed.bodies);
    value.object = make(from);
    if (!value.keeps) value.packed = {};
  }
  return value.object;
}

std::shared_ptr<const void> detail::find_shared(const CallContext& context, std::uint64_t place, MakeShared make) {
  if (place >= context.shared_ids.size()) throw UnpackError();
  return context.shared->find(context.shared_ids[place], make);
}

}  // namespace farm
