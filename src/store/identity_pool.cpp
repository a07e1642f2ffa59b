#include "store/identity_pool.hpp"

#include <algorithm>
#include <utility>

namespace farm {

IdentityPool::IdentityPool(std::vector<Fingerprint> all) : identities_(std::move(all)), size_(identities_.size()) {
  std::sort(identities_.begin(), identities_.end());
  std::size_t kept = 0;
  for (const Fingerprint& identity : identities_) {
    if (kept > 0 && identities_[kept - 1] == identity) {
      ++counts_[kept - 1];
    } else {
      identities_[kept++] = identity;
      counts_.push_back(1);
    }
  }
  identities_.resize(kept);
  identities_.shrink_to_fit();
}

bool IdentityPool::take(const Fingerprint& identity) {
  const auto found = std::lower_bound(identities_.begin(), identities_.end(), identity);
  if (found == identities_.end() || *found != identity) return false;
  std::uint32_t& count = counts_[static_cast<std::size_t>(found - identities_.begin())];
  if (count == 0) return false;
  --count;
  --size_;
  return true;
}

}  // namespace farm
