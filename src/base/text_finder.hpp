/// Finds many texts in another at once, in about the time that one of them takes. Knows nothing of what they mean.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

class TextFinder {
 public:
  /// Those that are empty are never found.
  explicit TextFinder(std::vector<std::string> texts = {});

  bool is_empty() const { return texts_.empty(); }

  /// Which of them are in `text`, in no order and each once.
  std::vector<std::string> all_in(std::string_view text) const;

  /// `text` with `mark` in place of each of them. What overlaps gets one mark.
  std::string replace(std::string_view text, std::string_view mark) const;

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // The longest that `text` begins with.
  std::size_t longest_at(std::string_view text) const;

  std::vector<std::string> texts_;    // sorted
  std::vector<std::size_t> shorter_;  // of each: the longest other one that it begins with
};

}  // namespace farm
