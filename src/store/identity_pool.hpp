/// Identities with how many of each there are, to be used up one by one. Takes 20 bytes for each different one.
#pragma once
#include <cstdint>
#include <vector>

#include "base/fingerprint.hpp"

namespace farm {

class IdentityPool {
 public:
  IdentityPool() = default;
  /// `all` in any order, repeated as often as they count.
  explicit IdentityPool(std::vector<Fingerprint> all);

  /// Uses up one of `identity`; false when there is none left.
  bool take(const Fingerprint& identity);

  /// How many are left, of all identities.
  std::uint64_t size() const { return size_; }

 private:
  std::vector<Fingerprint> identities_;  // sorted, each once
  std::vector<std::uint32_t> counts_;
  std::uint64_t size_ = 0;
};

}  // namespace farm
