#include "wire/buffer_store.hpp"

#include <bit>
#include <utility>

#include "farm/packed.hpp"

namespace farm {
namespace {

// Sizes are rounded up to an eighth of their power of two, so that values of about equal size share buffers.
std::size_t rounded(std::size_t size) {
  const std::size_t step = std::max<std::size_t>(64, std::bit_floor(size) / 8);
  return (size + step - 1) / step * step;
}

}  // namespace

std::shared_ptr<std::byte> BufferStore::take(std::size_t wanted) {
  const std::size_t size = rounded(wanted);
  Buffer buffer;
  {
    const std::lock_guard lock(mutex_);
    const auto found = free_.find(size);
    if (found != free_.end()) {
      buffer = std::move(found->second.back());
      found->second.pop_back();
      if (found->second.empty()) free_.erase(found);
      kept_ -= size;
    }
  }
  if (!buffer) buffer = std::make_unique_for_overwrite<std::byte[]>(size);
  std::byte* const place = buffer.release();
  return {place, [this, size](std::byte* back) { give_back(Buffer(back), size); }};
}

void BufferStore::give_back(Buffer buffer, std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (kept_ + size > most_kept_) return;
  kept_ += size;
  free_[size].push_back(std::move(buffer));
}

std::size_t BufferStore::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

std::shared_ptr<std::byte> detail::new_buffer(std::size_t size) {
  // Never destroyed: values may outlive everything else.
  static auto* const store = new BufferStore(std::size_t{64} << 20);
  return store->take(size);
}

}  // namespace farm
