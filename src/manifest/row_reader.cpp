#include "manifest/row_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "manifest/complaint.hpp"
#include "manifest/file_version.hpp"

namespace farm {
namespace {

const std::string& name_of(const SweepInput& input) {
  static const std::string standard_input = "standard input";
  return input.path == "-" ? standard_input : input.path;
}

UniqueFd open_input(const SweepInput& input) {
  const bool is_stdin = input.path == "-";
  UniqueFd file(is_stdin ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                         : ::open(input.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) fail_usage(fmt::format("cannot read {}: {}", printable(name_of(input)), std::strerror(errno)));
  return file;
}

}  // namespace

RowReader::RowReader(const SweepInput& input, const Sweep& rules)
    : input_(input), rules_(rules), columns_(rules), records_(rules), needs_heading_(rules.header) {
  if (input.kind == SweepInput::Kind::file) open();
}

void RowReader::open() {
  file_ = open_input(input_);
  if (::fstat(file_.get(), &opened_) != 0) {
    fail_usage(fmt::format("cannot examine {}: {}", printable(name_of(input_)), std::strerror(errno)));
  }
  if (S_ISDIR(opened_.st_mode)) {
    fail_usage(fmt::format("{} is a directory, not a file of values", printable(input_.path)));
  }
  // Standard input is never read twice: somebody else may have read some of it.
  is_stream_ = !S_ISREG(opened_.st_mode) || input_.path == "-";
}

RowReader::Next RowReader::next(Row& row) {
  for (;;) {
    std::string_view record;
    if (!next_record(record)) return is_at_end_ ? Next::end : Next::later;
    require_no_nul(record);
    if (!needs_heading_) {
      columns_.split(record, row);
      return Next::row;
    }
    names_ = columns_.names(record);
    needs_heading_ = false;
  }
}

bool RowReader::wait_for(Row& row) {
  for (;;) {
    const Next next = this->next(row);
    if (next != Next::later) return next == Next::row;
    pollfd ready{.fd = file_.get(), .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, -1);
  }
}

bool RowReader::next_record(std::string_view& record) {
  if (input_.kind == SweepInput::Kind::words) {
    is_at_end_ =
        next_word_ == input_.words.size() || (rules_.end_marker && input_.words[next_word_] == *rules_.end_marker);
    if (is_at_end_) {
      next_word_ = input_.words.size();
      return false;
    }
    record = input_.words[next_word_++];
    return !rules_.skip_blank || record.find_first_not_of(" \t\r\n\f\v") != record.npos || next_record(record);
  }
  for (;;) {
    if (const auto found = records_.next()) {
      record = *found;
      return true;
    }
    is_at_end_ = records_.has_ended();
    if (is_at_end_ || !refill()) return false;
  }
}

// False when there is nothing to read yet. O_NONBLOCK is not to be relied on: others may share the open file.
bool RowReader::refill() {
  pollfd ready{.fd = file_.get(), .events = POLLIN, .revents = 0};
  if (is_stream_ && ::poll(&ready, 1, 0) <= 0) return false;
  std::array<char, std::size_t{1} << 16> buffer;
  const ssize_t count = ::read(file_.get(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return !is_stream_;
  if (count < 0) fail_fatal(fmt::format("cannot read {}: {}", printable(name_of(input_)), std::strerror(errno)));
  if (!is_stream_) require_unchanged();
  if (count == 0) records_.finish();
  records_.feed({buffer.data(), static_cast<std::size_t>(count)});
  return true;
}

void RowReader::require_no_nul(std::string_view record) const {
  const std::size_t nul = record.find('\0');
  if (nul == record.npos) return;
  Complaints complaints;
  complaints.add({.file = name_of(input_),
                  .line = records_.lines_before() + 1,
                  .column = nul + 1,
                  .message = "a value cannot contain a NUL byte; use -0 when NULs separate the values",
                  .excerpt = std::string(record)});
  complaints.raise_if_any(Error::Kind::fatal);
}

void RowReader::require_unchanged() const {
  struct stat now {};
  if (::fstat(file_.get(), &now) == 0 && is_same_version(opened_, now)) return;
  fail_fatal(printable(input_.path) +
             " changed while it was being read; run the same command again when it is complete");
}

}  // namespace farm
