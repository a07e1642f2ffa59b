#include "shepherd/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <unordered_set>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace farm {
namespace {

// What is told to die and does not within this time (it sleeps in the kernel, or is not ours to kill) is left behind.
constexpr Nanos kill_patience = std::chrono::seconds(1);

constexpr timespec kill_pause{.tv_sec = 0, .tv_nsec = 2'000'000};

// How long a process may be half way through execve or its end: pages may have to come from a busy disk.
constexpr Nanos change_patience = std::chrono::milliseconds(100);
constexpr timespec change_pause{.tv_sec = 0, .tv_nsec = 200'000};

std::string read_file(const std::string& path) {
  std::string text;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; file && (count = ::read(file.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string proc_path(pid_t pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

template <class Number>
Number parse(std::string_view digits) {
  Number number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// The fields of /proc/PID/stat from the state on (field 3 of proc(5)); empty when the process is gone.
std::vector<std::string> stat_fields(pid_t pid) {
  const std::string text = read_file(proc_path(pid, "stat"));
  std::vector<std::string> fields;
  const std::size_t name_end = text.rfind(") ");  // the name before it may hold blanks and parentheses
  if (name_end == std::string::npos) return fields;
  for (std::size_t at = name_end + 2; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    fields.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

std::optional<Process> living(pid_t pid) {
  constexpr std::size_t session_field = 3;
  const std::vector<std::string> fields = stat_fields(pid);
  if (fields.size() <= session_field || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
  return Process{.pid = pid,
                 .parent = parse<pid_t>(fields[1]),
                 .group = parse<pid_t>(fields[2]),
                 .session = parse<pid_t>(fields[session_field])};
}

std::vector<pid_t> numbers_in(const std::string& directory) {
  struct Close {
    void operator()(DIR* open) const { ::closedir(open); }
  };
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, Close> open(::opendir(directory.c_str()));
  while (const dirent* const entry = open ? ::readdir(open.get()) : nullptr) {
    if (const auto number = parse<pid_t>(std::string_view(entry->d_name)); number > 0) numbers.push_back(number);
  }
  return numbers;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string threads = proc_path(pid, "task");
  for (const pid_t thread : numbers_in(threads)) {
    const std::string text = read_file(threads + "/" + std::to_string(thread) + "/children");
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      children.push_back(parse<pid_t>(std::string_view(text).substr(at, end - at)));
      at = end + 1;
    }
  }
  return children;
}

// Neither a zombie nor a thread of the kernel has any.
bool has_memory(pid_t pid) {
  constexpr std::size_t memory_field = 20;
  const std::vector<std::string> fields = stat_fields(pid);
  return fields.size() > memory_field && fields[memory_field] != "0";
}

// On its way out a process has its children still, but no memory. nullopt: it has arrived.
std::optional<Process> living_or_ended(pid_t pid) {
  const SystemClock clock;
  const TimePoint give_up = clock.now() + change_patience;
  std::optional<Process> process = living(pid);
  while (process && !has_memory(pid) && clock.now() < give_up) {
    ::nanosleep(&change_pause, nullptr);
    process = living(pid);
  }
  return process;
}

// Half way through execve a process has memory, but neither arguments nor, a moment longer, an environment yet. A
// program that was started without an environment has arguments.
std::string environment_of(pid_t pid) {
  const std::string path = proc_path(pid, "environ");
  std::string environment = read_file(path);
  if (!environment.empty() || !has_memory(pid)) return environment;
  const SystemClock clock;
  const TimePoint give_up = clock.now() + change_patience;
  for (bool is_in_exec = true; environment.empty() && is_in_exec && clock.now() < give_up;) {
    is_in_exec = read_file(proc_path(pid, "cmdline")).empty();
    ::nanosleep(&change_pause, nullptr);
    environment = read_file(path);
  }
  return environment;
}

std::optional<std::string_view> variable(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    const std::string_view entry = environment.substr(0, environment.find('\0'));
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return entry.substr(name.size() + 1);
    environment.remove_prefix(std::min(entry.size() + 1, environment.size()));
  }
  return std::nullopt;
}

bool carries_mark(std::string_view environment, std::string_view mark) {
  return variable(environment, mark_variable) == mark;
}

// The mark is asked for, too: the tasks of a farm that is itself a task count from 1 again.
std::optional<LaunchKey> key_in(std::string_view environment, std::string_view mark) {
  if (!carries_mark(environment, mark)) return std::nullopt;
  const auto task = variable(environment, "FARM_TASK_ID");
  const auto attempt = variable(environment, "FARM_ATTEMPT");
  if (!task || !attempt) return std::nullopt;
  return LaunchKey{TaskId{parse<std::uint64_t>(*task) - 1}, Attempt{parse<std::uint32_t>(*attempt) - 1}};
}

std::vector<pid_t> marked(std::string_view mark) {
  std::vector<pid_t> found;
  for (const pid_t pid : numbers_in("/proc")) {
    if (carries_mark(environment_of(pid), mark)) found.push_back(pid);
  }
  return found;
}

bool contains(const std::vector<Process>& processes, pid_t pid) {
  return std::ranges::find(processes, pid, &Process::pid) != processes.end();
}

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

// `look` says what is known of a process, or nothing when it has ended. Gives up when it has found `most`.
template <class Look>
std::vector<Process> walk(pid_t root, pid_t except, std::size_t most, Look look) {
  std::vector<Process> found;
  std::unordered_set<pid_t> looked_at{except};
  const auto add_children = [&](pid_t parent) {
    for (const pid_t pid : children_of(parent)) {
      if (found.size() >= most) return;
      if (!looked_at.insert(pid).second) continue;
      if (const std::optional<Process> process = look(pid)) found.push_back(*process);
    }
  };
  // What loses its parent meanwhile becomes the root's child, behind those it has: until there is nobody new.
  std::size_t next = 0;
  for (std::size_t known = 0; known < looked_at.size();) {
    known = looked_at.size();
    add_children(root);
    for (; next < found.size(); ++next) add_children(found[next].pid);
  }
  return found;
}

}  // namespace

std::string shepherd_mark(pid_t pid) {
  constexpr std::size_t start_time_field = 19;
  const std::vector<std::string> fields = stat_fields(pid);
  return std::to_string(pid) + "-" + (fields.size() > start_time_field ? fields[start_time_field] : "0");
}

std::vector<Process> descendants(pid_t root, pid_t except) { return walk(root, except, any_number, living); }

bool is_stopped(pid_t pid) {
  const auto fields = stat_fields(pid);
  return !fields.empty() && (fields.front() == "T" || fields.front() == "t");
}

std::uint64_t resident_bytes(pid_t pid) {
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::string text = read_file(proc_path(pid, "statm"));
  const std::size_t blank = text.find(' ');  // before it the size, behind it what of it is resident
  if (blank == std::string::npos) return 0;
  return parse<std::uint64_t>(std::string_view(text).substr(blank + 1)) * page_bytes;
}

void Family::look() {
  const pid_t shepherd = ::getpid();
  keys_.clear();
  seen_ = walk(shepherd, rank_, most_, [&](pid_t pid) {
    std::optional<Process> process = living(pid);
    if (!process || process->parent != shepherd) return process;
    // At once, not when it is asked for: it may be gone by then, and what it has started would not have been seen.
    const std::string environment = environment_of(pid);
    if (const auto key = key_in(environment, mark_)) keys_[pid] = *key;
    return environment.empty() ? living_or_ended(pid) : process;
  });
}

std::vector<Process> Family::members(pid_t leader, LaunchKey key) {
  if (!seen_) look();
  std::vector<Process> found;
  for (const Process& process : *seen_) {
    const auto marked_as = keys_.find(process.pid);
    const bool is_ours = process.session == leader || contains(found, process.parent) ||
                         (marked_as != keys_.end() && marked_as->second == key);
    if (is_ours) found.push_back(process);
  }
  return found;
}

const std::vector<Process>& Family::all() {
  if (!seen_) look();
  return *seen_;
}

void Family::kill_members(pid_t leader, LaunchKey key) {
  const pid_t shepherd = ::getpid();
  std::unordered_set<pid_t> found;
  walk(shepherd, rank_, any_number, [&](pid_t pid) {
    const std::optional<Process> process = living(pid);
    if (!process) return process;
    const bool is_ours = process->session == leader || found.contains(process->parent) ||
                         (process->parent == shepherd && key_in(environment_of(pid), mark_) == key);
    if (is_ours && found.insert(pid).second) ::kill(pid, SIGSTOP);
    return process;
  });
  for (const pid_t pid : found) ::kill(pid, SIGKILL);
  forget();
}

void kill_marked(std::string_view mark) {
  const SystemClock clock;
  const TimePoint give_up = clock.now() + kill_patience;
  for (std::vector<pid_t> left = marked(mark); !left.empty() && clock.now() < give_up; left = marked(mark)) {
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    ::nanosleep(&kill_pause, nullptr);
  }
}

void kill_descendants(pid_t except) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  const SystemClock clock;
  const TimePoint give_up = clock.now() + kill_patience;
  for (auto left = descendants(::getpid(), except); !left.empty() && clock.now() < give_up;
       left = descendants(::getpid(), except)) {
    for (const Process& process : left) {
      ::kill(process.pid, SIGKILL);
    }
    ::sigtimedwait(&child_ended, nullptr, &kill_pause);
    for (const Process& process : left) {
      if (process.parent == ::getpid()) ::waitpid(process.pid, nullptr, WNOHANG);
    }
  }
}

}  // namespace farm
