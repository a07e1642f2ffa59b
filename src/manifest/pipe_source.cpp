#include "manifest/pipe_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

constexpr std::size_t read_bytes = 64 << 10;  // what a pipe holds

// In one call, lest a large block keep the master from its other work.
constexpr std::size_t turn_bytes = 8 << 20;

}  // namespace

PipeSource::PipeSource(UniqueFd stream, Setup setup) : stream_(std::move(stream)), setup_(std::move(setup)) {
  if (setup_.options.block.value_or(0) < 0) {
    fail_usage("--block with a negative number needs to know how much there is to read: give the file with --pipepart");
  }
  if (setup_.options.removes_separators) separators_.emplace(setup_.options);
  match_at_ = std::max<std::size_t>(block_bytes(setup_.options), usual_header_bytes);
  if (setup_.options.header_lines == 0 && !setup_.find_header) end_header(0);
}

TaskSource::Next PipeSource::next(TaskSpec& task) {
  for (std::size_t turn = 0; given_ == ends_.size() && !is_over_; turn += read_bytes) {
    if (turn >= turn_bytes || !read_some()) return Next::later;
  }
  if (given_ == ends_.size()) return Next::end;
  give_out(task);
  return Next::task;
}

void PipeSource::give_out(TaskSpec& task) {
  if (setup_.is_remote && given_ == 0 && ::fdatasync(spool_->fd.get()) != 0) {
    fail_fatal(fmt::format("cannot write {}: {}", printable(spool_->path), std::strerror(errno)));
  }
  const Block block{std::exchange(start_, ends_[given_]), ends_[given_]};
  ++given_;
  unsettled_[sequence_] = block;
  task = setup_.make(++sequence_);
  task.stdin_parts = block_of(spool_->path, header_, block.start, block.end);
  if (given_ < ends_.size()) return;
  ends_.clear();
  given_ = 0;
}

void PipeSource::settled(std::uint64_t ordinal) {
  const auto found = unsettled_.extract(ordinal);
  if (!found) return;
  const Block block = found.mapped();
  // As good as it goes: without it the file stays as large as the stream.
  constexpr int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  ::fallocate(spool_->fd.get(), punch, static_cast<off_t>(block.start), static_cast<off_t>(block.end - block.start));
}

void PipeSource::rewind() { FARM_CHECK(digest().has_value()); }

// False when there is nothing to read yet. O_NONBLOCK would make that simpler, but it would hold for everybody who
// shares the open file, the user's shell for one.
bool PipeSource::read_some() {
  pollfd ready{.fd = stream_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, 0) <= 0) return false;
  std::array<char, read_bytes> space;
  const ssize_t count = ::read(stream_.get(), space.data(), space.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (count < 0) fail_fatal(fmt::format("cannot read {}: {}", printable(setup_.name), std::strerror(errno)));
  const std::string_view bytes(space.data(), static_cast<std::size_t>(count));
  if (bytes.empty()) {
    finish();
  } else {
    keep(bytes);
    divide(bytes);
  }
  return true;
}

// Separators are found when a block is complete.
void PipeSource::keep(std::string_view bytes) {
  if (separators_) {
    raw_ += bytes;
  } else {
    write(bytes);
  }
}

void PipeSource::write(std::string_view bytes) {
  if (!spool_) spool_ = setup_.open_spool();
  written_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(spool_->fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      fail_fatal(fmt::format("cannot keep {} in {}: {}; make room, or choose another place with --run DIR",
                             printable(setup_.name), printable(spool_->path), std::strerror(errno)));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void PipeSource::divide(std::string_view bytes) {
  if (blocks_) {
    std::vector<std::uint64_t> ends;
    std::visit([&](auto& blocks) { blocks.take(bytes, ends); }, *blocks_);
    return add_blocks(ends);
  }
  const std::size_t looked = beginning_.size();
  beginning_ += bytes;
  if (const auto header = setup_.find_header ? match_header() : count_header(looked)) return end_header(*header);
  if (beginning_.size() <= longest_header) return;
  fail_fatal(fmt::format("{} has no header in its first {} bytes: is --header right?", printable(setup_.name),
                         longest_header));
}

// A pattern may match more when there is more, so it is not tried at every read.
std::optional<std::uint64_t> PipeSource::match_header() {
  if (beginning_.size() < match_at_) return std::nullopt;
  match_at_ = beginning_.size() * 2;
  return setup_.find_header(beginning_);
}

std::optional<std::uint64_t> PipeSource::count_header(std::size_t looked) {
  while ((looked = beginning_.find('\n', looked)) != std::string::npos) {
    ++looked;
    if (++header_lines_ == setup_.options.header_lines) return looked;
  }
  return std::nullopt;
}

void PipeSource::end_header(std::uint64_t bytes) {
  header_ = bytes;
  start_ = bytes;
  // Nothing is written before there is something: where to is said after the source was made.
  if (separators_ && bytes > 0) {
    write(std::string_view(raw_).substr(0, bytes));
    raw_.erase(0, bytes);
    raw_start_ = bytes;
  }
  begin_blocks(bytes);
  const std::string beginning = std::exchange(beginning_, {});
  divide(std::string_view(beginning).substr(bytes));
}

void PipeSource::begin_blocks(std::uint64_t header) {
  if (setup_.options.regexp && setup_.options.lines == 0) {
    blocks_.emplace(std::in_place_type<PatternBlocks>, setup_.options, header);
  } else {
    blocks_.emplace(std::in_place_type<RecordBlocks>, setup_.options, header);
  }
}

void PipeSource::add_blocks(const std::vector<std::uint64_t>& ends) {
  if (!separators_) ends_.insert(ends_.end(), ends.begin(), ends.end());
  if (!separators_ || ends.empty()) return;
  std::size_t at = 0;
  for (const std::uint64_t end : ends) {
    const std::size_t bytes = end - raw_start_ - at;
    const std::string records = separators_->without_separators(std::string_view(raw_).substr(at, bytes));
    at += bytes;
    if (records.empty()) continue;
    write(records);
    ends_.push_back(written_);
  }
  raw_.erase(0, at);
  raw_start_ += at;
}

void PipeSource::finish() {
  is_over_ = true;
  if (!blocks_) end_header(setup_.find_header ? setup_.find_header(beginning_).value_or(0) : 0);
  std::vector<std::uint64_t> ends;
  std::visit([&](auto& blocks) { blocks.finish(ends); }, *blocks_);
  add_blocks(ends);
}

}  // namespace farm
