#include "sweep/record_splitter.hpp"

#include <algorithm>

namespace farm {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == text.npos; }

bool goes_on(std::string_view record) { return record.ends_with(' ') || record.ends_with('\t'); }

}  // namespace

RecordSplitter::RecordSplitter(const Sweep& rules)
    : separator_(rules.separator),
      csv_(rules.csv),
      joins_(rules.grouping.lines),
      skip_blank_(rules.skip_blank),
      end_marker_(rules.end_marker) {}

void RecordSplitter::feed(std::string_view bytes) {
  bytes_.erase(0, begin_);
  begin_ = 0;
  bytes_ += bytes;
}

std::optional<std::string_view> RecordSplitter::next() {
  while (!ended_) {
    auto record = cut();
    if (!record) break;
    if (end_marker_ && *record == *end_marker_) {
      ended_ = true;
      return std::nullopt;
    }
    if (joins_ && !(record = continued(*record))) continue;
    if (skip_blank_ && is_blank(*record)) continue;
    return record;
  }
  if (!is_complete_ || begin_ < bytes_.size()) return std::nullopt;
  ended_ = true;
  if (!has_begun_) return std::nullopt;
  has_begun_ = false;
  return begun_;
}

// The next record as it stands.
std::optional<std::string_view> RecordSplitter::cut() {
  if (begin_ == bytes_.size()) return std::nullopt;
  const std::size_t end = find_end();
  if (end == bytes_.npos && !is_complete_) return std::nullopt;
  const std::string_view all = bytes_;
  const std::string_view record = all.substr(begin_, std::min(end, all.size()) - begin_);
  const std::size_t next = end == bytes_.npos ? all.size() : end + separator_.size();
  lines_before_ = lines_cut_;
  lines_cut_ += static_cast<std::size_t>(std::count(all.begin() + static_cast<std::ptrdiff_t>(begin_),
                                                    all.begin() + static_cast<std::ptrdiff_t>(next), '\n'));
  begin_ = next;
  return record;
}

// A separator between quotes is part of the record.
std::size_t RecordSplitter::find_end() const {
  std::size_t end = bytes_.find(separator_, begin_);
  if (!csv_) return end;
  const auto is_quoted = [&](std::size_t at) {
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(begin_);
    return std::count(begin, bytes_.begin() + static_cast<std::ptrdiff_t>(at), '"') % 2 != 0;
  };
  while (end != bytes_.npos && is_quoted(end)) end = bytes_.find(separator_, end + 1);
  return end;
}

std::optional<std::string_view> RecordSplitter::continued(std::string_view record) {
  const bool more = goes_on(record);
  if (!more && !has_begun_) return record;
  if (!has_begun_) begun_.clear();
  begun_ += record;
  has_begun_ = more;
  return more ? std::nullopt : std::optional<std::string_view>(begun_);
}

}  // namespace farm
