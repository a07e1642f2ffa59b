#include "manifest/pipe_part_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

// As GNU parallel has it when nothing is said: enough for the slots to end at about the same time.
constexpr std::int64_t usual_blocks_per_slot = 10;

// So many borders are found in the blink of an eye, and then progress and percentages are known.
constexpr std::uint64_t counted_blocks = 1024;

// A page or two hold the end of most records; a long one is read in larger steps.
constexpr std::size_t first_step = 8 << 10;
constexpr std::size_t largest_step = 1 << 20;

std::uint64_t part_bytes(const PipeOptions& options, std::uint64_t slots, std::uint64_t all_bytes) {
  const std::int64_t given = options.block.value_or(0);
  if (given > 0) return static_cast<std::uint64_t>(given);
  const auto per_slot = static_cast<std::uint64_t>(given == 0 ? usual_blocks_per_slot : -(given + 1)) + (given < 0);
  return all_bytes / std::max<std::uint64_t>(1, slots) / per_slot + 1;
}

std::string absolute(const std::string& path, const std::string& launch_dir) {
  return (std::filesystem::path(launch_dir) / path).string();
}

}  // namespace

PipePartSource::PipePartSource(Setup setup) : setup_(std::move(setup)), border_(setup_.options) {
  if (setup_.options.records > 0 || setup_.options.lines > 0) {
    fail_usage("--pipepart does not count records (-N, -L): it would have to read the files as a whole; use --pipe");
  }
  if (setup_.options.removes_separators) {
    fail_usage("--rrs has no meaning with --pipepart: tasks read the files as they are; use --pipe");
  }
  if (setup_.options.regexp) pattern_.emplace(setup_.options);
  std::uint64_t all_bytes = 0;
  for (const std::string& file : setup_.files) {
    files_.emplace_back(absolute(file, setup_.launch_dir));
    all_bytes += files_.back().size();
  }
  block_bytes_ = part_bytes(setup_.options, setup_.slots, all_bytes);
  digest_ = make_digest();
  rewind();
  if (all_bytes / block_bytes_ + files_.size() <= counted_blocks) total_ = count();
}

TaskSource::Next PipePartSource::next(TaskSpec& task) {
  if (!advance(at_)) return Next::end;
  const DataFile& file = files_[at_.file];
  task = setup_.make(++sequence_);
  task.stdin_parts = block_of(file.path(), header_, at_.start, at_.end);
  task.stdin_version = file.version();
  return Next::task;
}

void PipePartSource::rewind() {
  if (at_.file < files_.size()) files_[at_.file].close();
  at_ = {};
  sequence_ = 0;
  header_ = files_.empty() ? 0 : header_end(files_.front());
  at_.end = header_;
}

bool PipePartSource::advance(Block& block) {
  while (block.file < files_.size() && block.end == files_[block.file].size()) {
    files_[block.file].close();
    if (++block.file == files_.size()) return false;
    header_ = header_end(files_[block.file]);
    block.end = header_;
  }
  if (block.file >= files_.size()) return false;
  DataFile& file = files_[block.file];
  block.start = block.end;
  block.end = border_from(file, block.start + std::min(block_bytes_, file.size() - block.start));
  return true;
}

std::uint64_t PipePartSource::header_end(DataFile& file) const {
  if (setup_.find_header) return match_header(file);
  return setup_.options.header_lines > 0 ? count_header(file) : 0;
}

std::uint64_t PipePartSource::match_header(DataFile& file) const {
  std::string text;
  for (std::size_t bytes = std::max<std::size_t>(block_bytes_, usual_header_bytes);; bytes *= 2) {
    text.resize(std::min({bytes, longest_header, static_cast<std::size_t>(file.size())}));
    file.read(0, text);
    if (const auto header = setup_.find_header(text)) return *header;
    if (text.size() == file.size()) return 0;
    if (text.size() < longest_header) continue;
    fail_fatal(fmt::format("{} has no header in its first {} bytes: is --header right?", printable(file.path()),
                           longest_header));
  }
}

std::uint64_t PipePartSource::count_header(DataFile& file) const {
  std::string text(largest_step, '\0');
  std::uint64_t lines = 0;
  for (std::uint64_t at = 0; at < file.size(); at += text.size()) {
    const std::string_view read(text.data(), file.read(at, text));
    for (std::size_t end = read.find('\n'); end != std::string_view::npos; end = read.find('\n', end + 1)) {
      if (++lines == setup_.options.header_lines) return at + end + 1;
    }
  }
  return 0;
}

// The border behind the first mark that begins at `from` or later, else the end of the file.
std::uint64_t PipePartSource::border_from(DataFile& file, std::uint64_t from) const {
  if (border_.mark().empty() && !pattern_) return from;
  std::string text;
  for (std::size_t step = first_step; from + text.size() < file.size();
       step = pattern_ ? step * 2 : std::min(step * 2, largest_step)) {
    const std::size_t held = text.size();
    text.resize(held + step);
    text.resize(held + file.read(from + held, std::span(text).subspan(held)));
    if (pattern_) {
      if (const auto border = pattern_->first(text, from + text.size() >= file.size())) return from + *border;
      continue;
    }
    if (const auto mark = border_.first(text)) return from + *mark + border_.before();
    // What may be the beginning of a mark.
    const std::size_t passed = text.size() - std::min(text.size(), border_.mark().size() - 1);
    text.erase(0, passed);
    from += passed;
  }
  return file.size();
}

std::uint64_t PipePartSource::count() {
  std::uint64_t blocks = 0;
  while (advance(at_)) ++blocks;
  rewind();
  return blocks;
}

Fingerprint PipePartSource::make_digest() const {
  Fingerprinter fingerprinter;
  fingerprinter.field("pipepart");
  for (const DataFile& file : files_) {
    fingerprinter.field(file.path());
    fingerprinter.field(file.version());
  }
  fingerprinter.field(std::to_string(block_bytes_));
  fingerprinter.field(border_.mark());
  fingerprinter.field(std::to_string(border_.before()));
  if (pattern_) fingerprinter.field("regexp");
  fingerprinter.field(std::to_string(setup_.options.header_lines));
  fingerprinter.field(setup_.options.header_pattern);
  const Fingerprint command = identity(setup_.make(1), setup_.launch_dir);
  fingerprinter.field(command.text());
  return fingerprinter.value();
}

}  // namespace farm
