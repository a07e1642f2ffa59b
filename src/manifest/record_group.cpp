#include "manifest/record_group.hpp"

#include <algorithm>

namespace farm {
namespace {

// What the kernel takes as one argument (MAX_ARG_STRLEN) without its NUL: the command line is one of the shell's.
constexpr std::size_t longest_command = 131'071;

}  // namespace

SweepRows::Next RecordGroup::next(SweepRows& rows, const Measure& measure, std::vector<std::string_view>& values) {
  if (is_simple()) return rows.next(values);
  records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(chosen_));
  chosen_ = 0;
  if (collect(rows, measure) == SweepRows::Next::later) return SweepRows::Next::later;
  if (records_.empty()) return SweepRows::Next::end;
  choose();
  values.clear();
  for (std::size_t i = 0; i < chosen_; ++i) {
    values.insert(values.end(), records_[i].values.begin(), records_[i].values.end());
  }
  return SweepRows::Next::row;
}

SweepRows::Next RecordGroup::collect(SweepRows& rows, const Measure& measure) {
  bytes_ = command_bytes_;
  for (const Record& record : records_) bytes_ += record.bytes;
  while (!ended_ && !is_full()) {
    const auto next = rows.next(fresh_);
    if (next == SweepRows::Next::later) return next;
    ended_ = next == SweepRows::Next::end;
    if (!ended_) add(measure);
  }
  return SweepRows::Next::row;
}

// One record more than fits has been read, or as many as are wanted.
bool RecordGroup::is_full() const {
  const std::size_t most_bytes = rules_.most_bytes > 0 ? rules_.most_bytes : longest_command;
  return records_.size() >= rules_.most || (rules_.fill && bytes_ > most_bytes);
}

void RecordGroup::add(const Measure& measure) {
  Record record{.values = {fresh_.begin(), fresh_.end()}, .bytes = 0};
  if (rules_.fill) {
    // What it adds to a line that has values already.
    std::vector<std::string_view> twice = fresh_;
    twice.insert(twice.end(), fresh_.begin(), fresh_.end());
    const std::size_t alone = measure(fresh_);
    record.bytes = measure(twice) - alone;
    if (command_bytes_ == 0) bytes_ = command_bytes_ = alone - std::min(alone, record.bytes);
  }
  bytes_ += record.bytes;
  records_.push_back(std::move(record));
}

void RecordGroup::choose() {
  chosen_ = std::min<std::size_t>(records_.size(), rules_.most);
  if (!rules_.fill) return;
  const std::size_t most_bytes = rules_.most_bytes > 0 ? rules_.most_bytes : longest_command;
  std::size_t bytes = command_bytes_;
  std::size_t fitting = 0;
  for (; fitting < chosen_; ++fitting) {
    bytes += records_[fitting].bytes;
    if (bytes > most_bytes && fitting > 0) break;
  }
  // What is left at the end is shared out, so that no slot idles while another has a long list.
  if (ended_ && fitting == records_.size() && rules_.spread && spread_ == 0) {
    spread_ = (records_.size() + rules_.slots - 1) / rules_.slots;
  }
  chosen_ = spread_ > 0 ? std::min<std::size_t>(fitting, spread_) : fitting;
}

}  // namespace farm
