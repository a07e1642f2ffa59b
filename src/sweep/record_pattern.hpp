/// Where one record ends and the next begins when that is told by regular expressions (`--regexp`), and what separates
/// records (`--rrs`), in bytes that are at hand.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "expression/regex.hpp"
#include "farm/pipe.hpp"

namespace farm {

class RecordPattern {
 public:
  /// Throws Error (usage) for a recstart or recend that is no regular expression, where they are to be some.
  explicit RecordPattern(const PipeOptions& options);

  /// The first border behind the beginning of `text`. Unless `is_all`, more will follow: what more of it could change
  /// is not found yet. Throws Error (fatal) when the expression takes for ever, as all of these do.
  std::optional<std::size_t> first(std::string_view text, bool is_all) const;

  /// The last border behind the beginning of `text`, as if nothing followed.
  std::optional<std::size_t> last(std::string_view text) const;

  /// The records of `block` without what stands between them, nor before the first and behind the last.
  std::string without_separators(std::string_view block) const;

 private:
  Regex border_;     // matches up to one
  Regex separator_;  // of records that are kept together
};

}  // namespace farm
