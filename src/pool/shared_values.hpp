/// What a worker has besides the arguments of calls: broadcast values, as they came and as objects once a call has
/// asked for them, and results that stay here or came from other workers. Thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "farm/function.hpp"
#include "pool/pool_message.hpp"

namespace farm {

class SharedValues {
 public:
  /// `keeps`: its bytes stay for packed() also when it has become an object.
  void add(std::uint64_t id, PackedView value, bool keeps);
  void forget(const std::vector<std::uint64_t>& ids);

  /// Throws UnpackError when it is not there or is of another type.
  std::shared_ptr<const void> find(std::uint64_t id, detail::MakeShared make);
  /// nullopt when it is not there, or only as an object.
  std::optional<PackedView> packed(std::uint64_t id) const;

 private:
  struct Value {
    std::optional<PackedView> packed;
    bool keeps = false;
    std::shared_ptr<const void> object;
    std::mutex making;  // of the object, which may take long: nothing else waits for that
  };
  mutable std::mutex mutex_;  // of all but `making`
  std::map<std::uint64_t, std::shared_ptr<Value>> values_;
};

}  // namespace farm
