#include "core/glob_index.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace farm {
namespace {

constexpr std::string_view special = "*?[]\\";

// What every name that matches ends with. Behind a backslash the next character belongs to it.
std::string_view literal_suffix(std::string_view pattern) {
  const std::size_t last = pattern.find_last_of(special);
  const std::size_t begin = last + (pattern[last] == '\\' ? 2 : 1);
  return pattern.substr(std::min(begin, pattern.size()));
}

void note_length(std::vector<std::size_t>& lengths, std::size_t length) {
  const auto at = std::lower_bound(lengths.begin(), lengths.end(), length);
  if (at == lengths.end() || *at != length) lengths.insert(at, length);
}

}  // namespace

bool GlobIndex::is_pattern(std::string_view text) { return text.find_first_of("*?[\\") != std::string_view::npos; }

std::uint32_t GlobIndex::add(const std::string& pattern) {
  const auto [known, is_new] = numbers_.emplace(pattern, static_cast<std::uint32_t>(patterns_.size()));
  if (!is_new) return known->second;
  const std::string_view text = pattern;
  const std::string_view prefix = text.substr(0, text.find_first_of(special));
  const bool has_prefix = !prefix.empty();
  const std::string_view part = has_prefix ? prefix : literal_suffix(text);
  (has_prefix ? by_prefix_ : by_suffix_)[std::string(part)].push_back(known->second);
  note_length(has_prefix ? prefix_lengths_ : suffix_lengths_, part.size());
  patterns_.push_back(pattern);
  return known->second;
}

std::vector<std::uint32_t> GlobIndex::matches(const std::string& name) const {
  std::vector<std::uint32_t> found;
  const std::string_view text = name;
  for (const std::size_t length : prefix_lengths_) {
    if (length > text.size()) break;
    keep_matching(by_prefix_, text.substr(0, length), name, found);
  }
  for (const std::size_t length : suffix_lengths_) {
    if (length > text.size()) break;
    keep_matching(by_suffix_, text.substr(text.size() - length), name, found);
  }
  // A name like "a[1]" is also meant by a pattern that is written exactly like it, and which it does not match.
  const auto same = numbers_.find(name);
  if (same != numbers_.end() && std::find(found.begin(), found.end(), same->second) == found.end()) {
    found.push_back(same->second);
  }
  return found;
}

void GlobIndex::keep_matching(const ByText& candidates, std::string_view part, const std::string& name,
                              std::vector<std::uint32_t>& found) const {
  const auto numbers = candidates.find(part);
  if (numbers == candidates.end()) return;
  for (const std::uint32_t number : numbers->second) {
    if (::fnmatch(patterns_[number].c_str(), name.c_str(), 0) == 0) found.push_back(number);
  }
}

}  // namespace farm
