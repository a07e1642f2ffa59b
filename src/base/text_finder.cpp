#include "base/text_finder.hpp"

#include <algorithm>
#include <utility>

namespace farm {

TextFinder::TextFinder(std::vector<std::string> texts) : texts_(std::move(texts)) {
  std::sort(texts_.begin(), texts_.end());
  texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
  if (!texts_.empty() && texts_.front().empty()) texts_.erase(texts_.begin());
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    std::size_t before = i == 0 ? none : i - 1;
    while (before != none && !texts_[i].starts_with(texts_[before])) before = shorter_[before];
    shorter_.push_back(before);
  }
}

// What stands between a text and one that it begins with, in the order of the alphabet, begins with that one, too.
std::size_t TextFinder::longest_at(std::string_view text) const {
  const auto above = std::upper_bound(texts_.begin(), texts_.end(), text);
  std::size_t found = above == texts_.begin() ? none : static_cast<std::size_t>(above - texts_.begin()) - 1;
  while (found != none && !text.starts_with(texts_[found])) found = shorter_[found];
  return found;
}

std::vector<std::string> TextFinder::all_in(std::string_view text) const {
  if (is_empty()) return {};
  std::vector<bool> is_in(texts_.size());
  for (; !text.empty(); text.remove_prefix(1)) {
    // Where one was found before, so were those that it begins with.
    for (std::size_t i = longest_at(text); i != none && !is_in[i]; i = shorter_[i]) is_in[i] = true;
  }
  std::vector<std::string> found;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    if (is_in[i]) found.push_back(texts_[i]);
  }
  return found;
}

std::string TextFinder::replace(std::string_view text, std::string_view mark) const {
  if (is_empty()) return std::string(text);
  const auto length_at = [&](std::size_t at) {
    const std::size_t found = longest_at(text.substr(at));
    return found == none ? 0 : texts_[found].size();
  };
  std::string replaced;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + length_at(at);
    if (end == at) {
      replaced += text[at++];
      continue;
    }
    for (++at; at < end; ++at) end = std::max(end, at + length_at(at));
    replaced += mark;
  }
  return replaced;
}

}  // namespace farm
