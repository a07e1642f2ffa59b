#include "store/run_dir.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "store/directory.hpp"
#include "store/file_ops.hpp"

namespace farm {
namespace {

constexpr mode_t directory_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr const char* lock_name = "lock";
constexpr const char* output_name = "output";
constexpr const char* input_name = "input";
constexpr const char* results_name = "results";
constexpr const char* status_name = "status.json";

// Files that carry a number: "journal-0001.jsonl", "seg-00001".
struct Numbered {
  std::string_view prefix;
  int digits;
  std::string_view suffix;

  std::string name(std::uint32_t number) const { return fmt::format("{}{:0{}}{}", prefix, number, digits, suffix); }

  std::optional<std::uint32_t> number(std::string_view text) const {
    if (!text.starts_with(prefix) || !text.ends_with(suffix)) return std::nullopt;
    if (text.size() < prefix.size() + suffix.size()) return std::nullopt;
    const auto count = parse_count(text.substr(prefix.size(), text.size() - prefix.size() - suffix.size()));
    if (!count || *count == 0 || *count > UINT32_MAX) return std::nullopt;
    const auto parsed = static_cast<std::uint32_t>(*count);
    return text == name(parsed) ? std::optional(parsed) : std::nullopt;
  }

  std::vector<std::uint32_t> numbers_in(int directory) const {
    std::vector<std::uint32_t> numbers;
    for (const std::string& file : names_in(directory)) {
      if (const auto found = number(file)) numbers.push_back(*found);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
};

constexpr Numbered journal_files{"journal-", 4, ".jsonl"};
constexpr Numbered segment_files{"seg-", 5, ""};
constexpr Numbered input_files{"stdin-", 4, ""};

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string user_name(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : fmt::format("user {}", uid);
}

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  fail_usage(fmt::format("cannot use the run directory {}: {}", path, why));
}

[[noreturn]] void refuse_errno(const std::string& path, int error) {
  constexpr std::string_view elsewhere = "choose another place with --run DIR";
  switch (error) {
    case ENOENT:
      refuse(path, "the directory it would be in does not exist");
    case EACCES:
    case EPERM:
    case EROFS:
      refuse(path, fmt::format("{}; {}", error_text(error), elsewhere));
    case ENOSPC:
    case EDQUOT:
      refuse(path, fmt::format("{}; make room, or {}", error_text(error), elsewhere));
    default:
      refuse(path, error_text(error));
  }
}

// Says why a path did not open as a directory. Only for the message: what is opened has been checked by descriptor.
[[noreturn]] void refuse_unopened(const std::string& path, int error) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) refuse_errno(path, errno);
  if (S_ISLNK(status.st_mode)) refuse(path, "it is a symbolic link; name the directory it stands for with --run DIR");
  if (!S_ISDIR(status.st_mode))
    refuse(path, "there is a file of that name; remove it, or choose another with --run DIR");
  refuse_errno(path, error);
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

std::string describe_this_process(const Clock& clock) {
  const std::time_t now = std::chrono::duration_cast<std::chrono::seconds>(clock.wall()).count();
  return fmt::format("pid {} on {}, since {:%Y-%m-%d %H:%M:%S} UTC", ::getpid(), host_name(), fmt::gmtime(now));
}

std::string read_start(int fd) {
  constexpr std::size_t limit = 512;  // more than any description is long
  std::array<char, limit> text{};
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  std::string_view line(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  return printable(line.substr(0, line.find('\n')));
}

// Not worth failing for: only another farm's complaint needs it.
void write_start(int fd, const std::string& text) {
  if (::ftruncate(fd, 0) == 0) static_cast<void>(!::pwrite(fd, text.data(), text.size(), 0));
}

UniqueFd create_exclusively(int dir, const std::string& name) {
  constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  return UniqueFd(::openat(dir, name.c_str(), flags, file_mode));
}

// The first free number after those there; others may be looking for one, too.
RunDir::File create_next(int dir, const std::string& path, const Numbered& files, Error::Kind kind) {
  const std::vector<std::uint32_t> taken = files.numbers_in(dir);
  for (std::uint32_t number = taken.empty() ? 1 : taken.back() + 1;; ++number) {
    const std::string name = files.name(number);
    const std::string file_path = fmt::format("{}/{}", path, name);
    UniqueFd fd = create_exclusively(dir, name);
    if (fd) return {std::move(fd), file_path, number};
    if (errno != EEXIST) throw Error(kind, fmt::format("cannot create {}: {}", file_path, error_text(errno)));
  }
}

void remove_all(int dir, const Numbered& files) {
  for (const std::uint32_t number : files.numbers_in(dir)) ::unlinkat(dir, files.name(number).c_str(), 0);
}

// A new name must not go with the power, and with it all that is durable behind it. A file system that cannot sync
// directories says EINVAL: there is no more to be done then.
bool bring_names_to_disk(int dir) { return ::fsync(dir) == 0 || errno == EINVAL; }

// Those of the directory it is in, which may be one that cannot be read.
void sync_parent(const std::string& path) {
  const std::string::size_type slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd dir(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir && !bring_names_to_disk(dir.get())) refuse_errno(path, errno);
}

}  // namespace

RunDir RunDir::open_checked(std::string path) {
  path = without_slashes(std::move(path));
  UniqueFd dir = open_directory(path);
  if (!dir) refuse_unopened(path, errno);
  return RunDir(std::move(path), std::move(dir));
}

RunDir RunDir::view(const std::string& path) { return open_checked(path); }

RunDir RunDir::open(const std::string& path, const Clock& clock) {
  const bool is_new = ::mkdir(without_slashes(path).c_str(), directory_mode) == 0;
  if (!is_new && errno != EEXIST) refuse_errno(path, errno);
  RunDir run = open_checked(path);
  run.require_ours();
  if (is_new) sync_parent(run.path_);
  run.lock(clock);
  return run;
}

RunDir RunDir::temporary(const std::string& parent, const Clock& clock) {
  std::string path = without_slashes(parent) + "/farm-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    fail_usage(
        fmt::format("cannot create a temporary run directory in {}: {}; set TMPDIR to a directory you may write to",
                    parent, error_text(errno)));
  }
  RunDir run = open_checked(path);
  run.keep_loosely();
  run.lock(clock);
  return run;
}

std::string RunDir::set_aside(const std::string& path, const Clock& clock) {
  struct stat status {};
  if (::lstat(without_slashes(path).c_str(), &status) != 0 && errno == ENOENT) return {};
  const RunDir run = open(path, clock);
  for (std::uint32_t number = 1;; ++number) {
    std::string aside = fmt::format("{}.{}", run.path_, number);
    if (::lstat(aside.c_str(), &status) == 0) continue;
    if (::rename(run.path_.c_str(), aside.c_str()) == 0) return aside;
    refuse(run.path_, fmt::format("it cannot be set aside as {}: {}", aside, error_text(errno)));
  }
}

void RunDir::require_ours() const {
  struct stat status {};
  if (::fstat(dir_.get(), &status) != 0) refuse_errno(path_, errno);
  if (status.st_uid != ::geteuid()) {
    refuse(path_, fmt::format("it belongs to {}; choose another with --run DIR", user_name(status.st_uid)));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse(path_, fmt::format("others may write to it; mend it with: chmod go-w {}", shell_quote(path_)));
  }
  const std::vector<std::string> names = names_in(dir_.get());
  const auto is_farms = [](const std::string& name) { return name == lock_name || journal_files.number(name); };
  if (!names.empty() && std::none_of(names.begin(), names.end(), is_farms)) {
    refuse(path_, fmt::format("it is not one: it has other things in it, such as {}", printable(names.front())));
  }
}

void RunDir::lock(const Clock& clock) {
  lock_ = UniqueFd(::openat(dir_.get(), lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, file_mode));
  if (!lock_) refuse_errno(path_, errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      refuse(path_, fmt::format("another farm is running there ({}); wait for it or stop it", read_start(lock_.get())));
    }
    // Some parallel file systems are mounted without locks. Each start has its own journal, so two masters waste work
    // but corrupt nothing.
    notice_ = fmt::format("{} cannot be locked ({}): see to it that only one farm uses it", path_, error_text(errno));
  }
  write_start(lock_.get(), describe_this_process(clock) + '\n');
}

RunDir::File RunDir::open_file(int dir, const std::string& name, std::uint32_t number) const {
  // O_NONBLOCK: opening a planted FIFO must not hang.
  File file{UniqueFd(::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)), {}, number};
  file.path = fmt::format("{}/{}", path_, name);
  if (!file.fd) fail_usage(fmt::format("cannot read {}: {}", file.path, error_text(errno)));
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    fail_usage(fmt::format("cannot read {}: it is not a regular file", file.path));
  }
  return file;
}

std::vector<std::uint32_t> RunDir::journals() const { return journal_files.numbers_in(dir_.get()); }

std::string RunDir::journal_path(const std::string& run_dir, std::uint32_t number) {
  return run_dir + '/' + journal_files.name(number);
}

RunDir::File RunDir::open_journal(std::uint32_t number) const {
  return open_file(dir_.get(), journal_files.name(number), number);
}

RunDir::File RunDir::create_journal() const {
  File file = create_next(dir_.get(), path_, journal_files, Error::Kind::usage);
  sync_names(dir_.get(), path_);
  return file;
}

RunDir::File RunDir::create_segment() const {
  const UniqueFd output = make_directory(output_name);
  const std::string path = fmt::format("{}/{}", path_, output_name);
  File file = create_next(output.get(), path, segment_files, Error::Kind::fatal);
  sync_names(output.get(), path);
  return file;
}

RunDir::File RunDir::create_input(std::uint32_t start) const {
  const UniqueFd input = make_directory(input_name);
  const std::string name = input_files.name(start);
  File file{create_exclusively(input.get(), name), fmt::format("{}/{}/{}", path_, input_name, name), start};
  if (!file.fd) fail_fatal(fmt::format("cannot create {}: {}", file.path, error_text(errno)));
  return file;
}

RunDir::File RunDir::open_results() const {
  constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  File file{UniqueFd(::openat(dir_.get(), results_name, flags, file_mode)), path_ + "/" + results_name, 0};
  if (!file.fd) fail_usage(fmt::format("cannot open {}: {}", file.path, error_text(errno)));
  return file;
}

void RunDir::remove_inputs() const {
  if (const UniqueFd input = open_directory(dir_.get(), input_name)) remove_all(input.get(), input_files);
  ::unlinkat(dir_.get(), input_name, AT_REMOVEDIR);
}

UniqueFd RunDir::make_directory(const char* name) const {
  const std::string path = fmt::format("{}/{}", path_, name);
  const bool is_new = ::mkdirat(dir_.get(), name, directory_mode) == 0;
  if (!is_new && errno != EEXIST) fail_fatal(fmt::format("cannot create {}: {}", path, error_text(errno)));
  UniqueFd directory = open_directory(dir_.get(), name);
  if (!directory) fail_fatal(fmt::format("cannot open {}: {}", path, error_text(errno)));
  if (is_new) sync_names(dir_.get(), path_);
  return directory;
}

void RunDir::sync_names(int dir, const std::string& path) const {
  if (is_durable_ && !bring_names_to_disk(dir)) {
    fail_fatal(fmt::format("cannot bring {} to the disk: {}", path, error_text(errno)));
  }
}

RunDir::File RunDir::open_segment(std::uint32_t number) const {
  const UniqueFd output = open_directory(dir_.get(), output_name);
  if (!output) fail_fatal(fmt::format("cannot open {}/{}: {}", path_, output_name, error_text(errno)));
  File file = open_file(output.get(), segment_files.name(number), number);
  file.path = fmt::format("{}/{}/{}", path_, output_name, segment_files.name(number));
  return file;
}

bool RunDir::remove() const {
  if (const UniqueFd output = open_directory(dir_.get(), output_name)) remove_all(output.get(), segment_files);
  ::unlinkat(dir_.get(), output_name, AT_REMOVEDIR);
  remove_inputs();
  remove_all(dir_.get(), journal_files);
  for (const char* name : {results_name, status_name, lock_name}) ::unlinkat(dir_.get(), name, 0);
  return ::rmdir(path_.c_str()) == 0;
}

}  // namespace farm
