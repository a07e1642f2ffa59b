/// Buffers for large values, used again: a fresh megabyte costs 256 page faults, more than copying it does.
/// Thread-safe.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace farm {

class BufferStore {
 public:
  /// Keeps no more than so many bytes that nobody uses.
  explicit BufferStore(std::size_t most_kept) : most_kept_(most_kept) {}

  /// `size` bytes and a few more, not initialised; come back here when the last owner goes. The store must be alive
  /// then.
  std::shared_ptr<std::byte> take(std::size_t size);

  std::size_t kept() const;

 private:
  using Buffer = std::unique_ptr<std::byte[]>;
  void give_back(Buffer buffer, std::size_t size);

  std::size_t most_kept_;
  mutable std::mutex mutex_;
  std::map<std::size_t, std::vector<Buffer>> free_;  // by size
  std::size_t kept_ = 0;
};

}  // namespace farm
