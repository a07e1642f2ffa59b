/// Counts ends against a halt rule. Pure.
#pragma once
#include <cstdint>
#include <optional>

#include "farm/options.hpp"

namespace farm {

class HaltWatch {
 public:
  /// `total` is needed for a percentage; without it such a rule is never met.
  HaltWatch(HaltRule rule, std::optional<std::uint64_t> total);

  bool is_active() const { return rule_.when != HaltRule::When::never; }
  const HaltRule& rule() const { return rule_; }

  /// One more task has ended for good. True once, when that meets the rule.
  bool settled(bool succeeded);

 private:
  bool is_met() const;

  HaltRule rule_;
  std::optional<std::uint64_t> total_;
  std::uint64_t counted_ = 0;
  bool met_ = false;
};

}  // namespace farm
