#include "manifest/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

// A terminal full: who has more to mend mends these first.
constexpr std::size_t most_shown = 20;

// Bytes of a line shown before and after the column: together they fit a terminal of 120 columns.
constexpr std::size_t shown_before = 60;
constexpr std::size_t shown_after = 50;

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max() / 2;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// A cut may fall into the middle of a character; at most three bytes of it would be left.
std::string_view without_half_characters(std::string_view text, bool cut_left, bool cut_right) {
  if (cut_left) {
    for (int i = 0; i < 3 && !text.empty() && is_continuation(text.front()); ++i) text.remove_prefix(1);
  }
  if (cut_right) {
    for (std::size_t half = 1; half <= std::min<std::size_t>(3, text.size()); ++half) {
      if (is_continuation(text[text.size() - half])) continue;
      if (!is_utf8(text.substr(text.size() - half))) text.remove_suffix(half);
      break;
    }
  }
  return text;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

}  // namespace

std::string render(const Complaint& complaint) {
  const std::string_view line = complaint.excerpt;
  const std::size_t at = std::min<std::size_t>(complaint.column - 1, line.size());
  const bool cut_left = at > shown_before;
  const bool cut_right = line.size() - at > shown_after;
  const std::string_view left = line.substr(cut_left ? at - shown_before : 0, std::min(at, shown_before));
  const std::string_view right = line.substr(at, shown_after);
  const std::string before =
      (cut_left ? "..." : "") + printable(without_half_characters(left, cut_left, false), no_limit);
  const std::string after =
      printable(without_half_characters(right, false, cut_right), no_limit) + (cut_right ? "..." : "");
  return fmt::format("{}:{}:{}: {}\n  {}{}\n  {:{}}^", printable(complaint.file, no_limit), complaint.line,
                     complaint.column, complaint.message, before, after, "", width(before));
}

void Complaints::add(const Complaint& complaint) {
  ++count_;
  if (would_show(complaint.line, complaint.column)) show({complaint.line, complaint.column, render(complaint)});
}

void Complaints::add_once(const Complaint& complaint) {
  const std::string whole = fmt::format("{}:{}: {}", complaint.line, complaint.column, complaint.message);
  if (known_.insert(std::hash<std::string>()(whole)).second) add(complaint);
}

void Complaints::add(const Complaints& others) {
  count_ += others.count_;
  for (const Shown& each : others.shown_) {
    if (would_show(each.line, each.column)) show(each);
  }
}

bool Complaints::would_show(std::uint64_t line, std::uint64_t column) const {
  if (shown_.size() < most_shown) return true;
  return std::tie(line, column) < std::tie(shown_.back().line, shown_.back().column);
}

void Complaints::show(Shown shown) {
  const auto behind = std::upper_bound(shown_.begin(), shown_.end(), shown, [](const Shown& a, const Shown& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  shown_.insert(behind, std::move(shown));
  if (shown_.size() > most_shown) shown_.pop_back();
}

void Complaints::raise_if_any(Error::Kind kind) const {
  if (empty()) return;
  std::string text;
  for (const Shown& each : shown_) text += (text.empty() ? "" : "\n") + each.text;
  if (count_ > most_shown) text += fmt::format("\n... and {} more", format_count(count_ - most_shown));
  throw Error(kind, text);
}

}  // namespace farm
