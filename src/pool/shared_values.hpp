/// The broadcast values a worker has: as they came, and as objects once a call has asked for them. Thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "farm/function.hpp"
#include "pool/pool_message.hpp"

namespace farm {

class SharedValues {
 public:
  void add(std::uint64_t id, PackedView value);
  void forget(const std::vector<std::uint64_t>& ids);

  /// Throws UnpackError when it is not there or is of another type.
  std::shared_ptr<const void> find(std::uint64_t id, detail::MakeShared make);

 private:
  struct Value {
    PackedView packed;
    std::shared_ptr<const void> object;
  };
  std::mutex mutex_;
  std::map<std::uint64_t, Value> values_;
};

}  // namespace farm
