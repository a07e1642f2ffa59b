/// The tokens of a run: so many of each kind for all nodes together. Pure counting.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/shape.hpp"

namespace farm {

class TokenPool {
 public:
  /// `totals` of all kinds known by now; kinds are only added.
  bool has(const Shape& shape, const std::vector<std::uint32_t>& totals) const {
    return std::all_of(shape.tokens.begin(), shape.tokens.end(),
                       [&](const auto& token) { return used(token.first) + token.second <= totals[token.first]; });
  }

  void take(const Shape& shape) {
    for (const auto& [token, count] : shape.tokens) {
      if (token >= used_.size()) used_.resize(token + 1);
      used_[token] += count;
    }
  }

  void give_back(const Shape& shape) {
    for (const auto& [token, count] : shape.tokens) used_[token] -= count;
  }

  std::uint32_t used(std::uint32_t token) const { return token < used_.size() ? used_[token] : 0; }

 private:
  std::vector<std::uint32_t> used_;  // by kind
};

}  // namespace farm
