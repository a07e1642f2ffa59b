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

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace farm {
namespace {

// What is told to die and does not within this time (it sleeps in the kernel, or is not ours to kill) is left behind.
constexpr Nanos kill_patience = std::chrono::seconds(1);

constexpr timespec kill_pause{.tv_sec = 0, .tv_nsec = 2'000'000};

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

bool carries(const std::string& environment, std::string_view name, std::string_view value) {
  std::string entry(name);
  entry += '=';
  entry += value;
  entry += '\0';
  return environment.starts_with(entry) || environment.find('\0' + entry) != std::string::npos;
}

// The mark is asked for, too: the tasks of a farm that is itself a task count from 1 again.
bool carries_key(pid_t pid, LaunchKey key, std::string_view mark) {
  const std::string environment = read_file(proc_path(pid, "environ"));
  return carries(environment, mark_variable, mark) &&
         carries(environment, "FARM_TASK_ID", std::to_string(value(key.task) + 1)) &&
         carries(environment, "FARM_ATTEMPT", std::to_string(value(key.attempt) + 1));
}

std::vector<pid_t> marked(std::string_view mark) {
  std::vector<pid_t> found;
  for (const pid_t pid : numbers_in("/proc")) {
    if (carries(read_file(proc_path(pid, "environ")), mark_variable, mark)) found.push_back(pid);
  }
  return found;
}

bool contains(const std::vector<Process>& processes, pid_t pid) {
  return std::ranges::find(processes, pid, &Process::pid) != processes.end();
}

}  // namespace

std::string shepherd_mark(pid_t pid) {
  constexpr std::size_t start_time_field = 19;
  const std::vector<std::string> fields = stat_fields(pid);
  return std::to_string(pid) + "-" + (fields.size() > start_time_field ? fields[start_time_field] : "0");
}

std::vector<Process> descendants(pid_t root, pid_t except) {
  std::vector<Process> found;
  const auto add_children = [&](pid_t parent) {
    for (const pid_t pid : children_of(parent)) {
      if (pid == except || contains(found, pid)) continue;
      if (const auto process = living(pid)) found.push_back(*process);
    }
  };
  add_children(root);
  for (std::size_t i = 0; i < found.size(); ++i) add_children(found[i].pid);
  return found;
}

std::uint64_t resident_bytes(pid_t pid) {
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::string text = read_file(proc_path(pid, "statm"));
  const std::size_t blank = text.find(' ');  // before it the size, behind it what of it is resident
  if (blank == std::string::npos) return 0;
  return parse<std::uint64_t>(std::string_view(text).substr(blank + 1)) * page_bytes;
}

std::vector<Process> Family::members(pid_t leader, LaunchKey key) {
  const pid_t shepherd = ::getpid();
  if (!seen_) seen_ = descendants(shepherd, rank_);
  std::vector<Process> found;
  for (const Process& process : *seen_) {
    const bool is_ours = process.session == leader || contains(found, process.parent) ||
                         (process.parent == shepherd && carries_key(process.pid, key, mark_));
    if (is_ours) found.push_back(process);
  }
  return found;
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
