#include "store/journal_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "farm/error.hpp"
#include "store/file_ops.hpp"

namespace farm {
namespace {

// Stays in the cache between the read and the parser; larger ones were not faster.
constexpr std::size_t first_buffer_bytes = std::size_t{128} << 10;

// The longest line is an ended attempt whose command is not UTF-8: 131,071 bytes, each as \uXXXX and as two digits, or
// the attempts of one batch. What is longer is no journal line, and reading a foreign file must not fill the memory.
constexpr std::size_t longest_line_bytes = std::size_t{16} << 20;

}  // namespace

JournalReader::JournalReader(RunDir::File file, Damage damage)
    : file_(std::move(file)), damage_(damage), buffer_(first_buffer_bytes) {}

bool JournalReader::next(Record& record) {
  std::string_view line;
  while (next_line(line)) {
    const JournalDecoder::Verdict verdict = decode(line, record);
    switch (verdict) {
      case JournalDecoder::Verdict::record:
        pass_bad_lines();
        return true;
      case JournalDecoder::Verdict::unknown:
        pass_bad_lines();
        break;
      case JournalDecoder::Verdict::newer:
      case JournalDecoder::Verdict::foreign:
      case JournalDecoder::Verdict::damaged:
        note_bad_line(line);
        break;
    }
  }
  return false;
}

void JournalReader::require_journal(std::string_view line, JournalDecoder::Verdict verdict,
                                    const Record& record) const {
  if (verdict == JournalDecoder::Verdict::newer) {
    fail_usage(
        fmt::format("{} was written by a newer farm (this one reads format {}); use that one, or start over with "
                    "--fresh",
                    file_.path, journal_version));
  }
  // Of a line of ours that was cut off the beginning is there.
  const bool is_garbage = verdict == JournalDecoder::Verdict::damaged && !line.starts_with("{\"e\"");
  const bool is_other = is_garbage || verdict == JournalDecoder::Verdict::foreign ||
                        verdict == JournalDecoder::Verdict::unknown ||
                        (verdict == JournalDecoder::Verdict::record && !std::holds_alternative<RunStarted>(record));
  if (is_other && damage_ == Damage::refuse) {
    fail_usage(fmt::format("{} is not a journal of farm; nothing was run or changed", file_.path));
  }
}

// A hole swallows the newline before the line that follows it. JSON has no zeros.
JournalDecoder::Verdict JournalReader::decode(std::string_view line, Record& record) {
  const std::size_t zero = line.rfind('\0');
  if (zero == std::string_view::npos) {
    const JournalDecoder::Verdict verdict = decoder_.decode(line, record);
    if (place_.line == 1) require_journal(line, verdict, record);
    return verdict;
  }
  note_bad_line(line);
  const JournalDecoder::Verdict verdict = decoder_.decode(line.substr(zero + 1), record);
  const bool is_good = verdict == JournalDecoder::Verdict::record || verdict == JournalDecoder::Verdict::unknown;
  return is_good ? verdict : JournalDecoder::Verdict::damaged;
}

void JournalReader::note_bad_line(std::string_view line) {
  if (!bad_) bad_ = place_;
  if (line.find('\0') == std::string_view::npos) {
    ++bad_lines_;
  } else if (new_holes_.empty() || new_holes_.back().line != place_.line) {
    new_holes_.push_back(place_);
  }
}

// Called at a good line: bad ones before it are no torn end.
void JournalReader::pass_bad_lines() {
  if (!bad_) return;
  if (damage_ == Damage::refuse && bad_lines_ > 0) {
    fail_usage(
        fmt::format("{} is damaged at line {} (byte {}), with good lines after it; nothing was run or changed\n"
                    "  --salvage goes on without the damaged lines: what they said is done again",
                    file_.path, bad_->line, bad_->offset));
  }
  skipped_ += bad_lines_;
  bad_lines_ = 0;
  holes_.insert(holes_.end(), new_holes_.begin(), new_holes_.end());
  new_holes_.clear();
  bad_.reset();
}

// A last line without a newline is noted as bad and not returned.
bool JournalReader::next_line(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* start = buffer_.data() + begin_;
    const void* newline = std::memchr(start + searched, '\n', end_ - begin_ - searched);
    if (newline != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - start);
      line = {start, length};
      begin_ += length + 1;
      place_ = next_place_;
      next_place_ = {place_.line + 1, place_.offset + length + 1};
      return true;
    }
    searched = end_ - begin_;
    if (refill()) continue;
    place_ = next_place_;
    if (searched > 0) note_bad_line({start, searched});
    begin_ = end_;
    return false;
  }
}

// Reads on behind what is not yet read; false at the end of the file.
bool JournalReader::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == longest_line_bytes) {
    fail_usage(fmt::format("{} is not a journal of farm: its line {} (byte {}) has no end", file_.path,
                           next_place_.line, next_place_.offset));
  }
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  ssize_t count = 0;
  do {
    count = ::read(file_.fd.get(), buffer_.data() + end_, buffer_.size() - end_);
  } while (count < 0 && errno == EINTR);
  if (count < 0) fail_usage(fmt::format("cannot read {}: {}", file_.path, error_text(errno)));
  end_ += static_cast<std::size_t>(count);
  return count > 0;
}

}  // namespace farm
