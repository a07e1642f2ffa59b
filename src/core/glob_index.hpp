/// Patterns of names with `*`, `?` and `[...]` (fnmatch), and which of many of them a name matches, without trying them
/// all. Knows nothing of tasks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace farm {

class GlobIndex {
 public:
  /// True for a text that is a pattern, and so may match other names than itself.
  static bool is_pattern(std::string_view text);

  /// The number of `pattern`, the same when it comes again; patterns are numbered from 0.
  std::uint32_t add(const std::string& pattern);

  std::size_t size() const { return patterns_.size(); }

  /// The numbers of the patterns that match `name` or are written exactly like it.
  std::vector<std::uint32_t> matches(const std::string& name) const;

 private:
  /// Transparent, so that a part of a name can be looked up as it is.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using ByText = std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>>;

  void keep_matching(const ByText& candidates, std::string_view part, const std::string& name,
                     std::vector<std::uint32_t>& found) const;

  std::vector<std::string> patterns_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  /// Patterns by the text before their first special character, those without one by the text behind their last.
  ByText by_prefix_;
  ByText by_suffix_;
  /// How long these texts are: there are few lengths, however many patterns.
  std::vector<std::size_t> prefix_lengths_;
  std::vector<std::size_t> suffix_lengths_;
};

}  // namespace farm
