/// Perl's regular expressions over bytes, by PCRE2. Knows nothing of who uses them.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farm {

/// A pattern that is none, or one that takes for ever on some text.
class RegexError : public std::runtime_error {
 public:
  RegexError(const std::string& message, std::size_t offset) : std::runtime_error(message), offset_(offset) {}
  /// Into the pattern.
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

/// What the letters after a pattern ask for: i, m, s and x; and whether its searches can be counted, which makes them
/// slower and lets a pattern have some thousand items.
struct RegexOptions {
  bool ignore_case = false;
  bool multi_line = false;
  bool dot_all = false;
  bool extended = false;
  bool counted = false;
};

/// Where one match and its groups are; the subject must outlive it.
class RegexMatch {
 public:
  static constexpr std::size_t unset = static_cast<std::size_t>(-1);

  /// 1 and the number of groups of the pattern.
  std::size_t size() const { return ranges_.size(); }
  bool has(std::size_t group) const { return group < size() && ranges_[group].first != unset; }
  /// The text of a group, 0 being the whole; empty for one that took no part.
  std::string_view operator[](std::size_t group) const;
  std::size_t begin() const { return ranges_[0].first; }
  std::size_t end() const { return ranges_[0].second; }

 private:
  friend class Regex;
  std::string_view subject_;
  std::vector<std::pair<std::size_t, std::size_t>> ranges_;
};

/// One compiled pattern. Not for two threads at once: it keeps the memory it matches with.
///
/// `left` is what searches may still take, in steps of the pattern and bytes passed over; they count it down and throw
/// RegexError where it ends. The same pattern and text always take the same.
class Regex {
 public:
  explicit Regex(std::string_view pattern, RegexOptions options = {});

  std::size_t groups() const { return groups_; }
  /// What the compiled pattern needs.
  std::size_t compiled_bytes() const;

  /// The first match at or after `start`, into `match`, which is unchanged if there is none.
  bool find(std::string_view subject, std::size_t start, RegexMatch& match, std::size_t* left = nullptr) const;

  /// Calls `visit` for every match from left to right, of which no two are empty at the same place, until it
  /// returns false; `match` holds the last one. The number of matches.
  std::size_t each(std::string_view subject, RegexMatch& match, const std::function<bool()>& visit,
                   std::size_t* left = nullptr) const;

  /// What stands between the matches, and the groups of the matches; all of it, also what is empty, as --colsep wants
  /// it. An empty match at the start or the end separates nothing, and the empty text has no fields. At most `limit`
  /// fields if that is not 0.
  std::vector<std::string_view> split(std::string_view subject, std::size_t limit = 0,
                                      std::size_t* left = nullptr) const;

 private:
  struct Free {
    void operator()(void* code) const;
  };
  struct FreeMatch {
    void operator()(void* data) const;
  };
  bool find(std::string_view subject, std::size_t start, bool not_empty_here, RegexMatch& match,
            std::size_t* left) const;

  // The library's types stay out of this header.
  std::unique_ptr<void, Free> code_;
  std::unique_ptr<void, FreeMatch> data_;
  std::size_t groups_ = 0;
};

}  // namespace farm
