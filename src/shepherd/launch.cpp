#include "shepherd/launch.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/machine.hpp"
#include "shepherd/environment.hpp"

namespace farm {
namespace {

// What the C library looks through when there is no PATH.
constexpr std::string_view default_path = "/bin:/usr/bin";

// More different programs than this, and remembering them would cost more memory than the shepherd has otherwise.
constexpr std::size_t remembered_programs = 256;

// The pointers execve wants, and where the new process leaves its errno: the two share their memory until the exec.
struct Plan {
  const Program& program;
  std::vector<std::string> candidates;
  std::vector<char*> argv;  ///< starts with a free place, for a shell that is to read argv[0]
  int input;
  int out;
  int err;
  const rlimit& descriptors;
  const ProcessorSet* cpus;
  volatile std::size_t tried = 0;  ///< candidates before the one that was executed
  volatile Started::Failure failure = Started::Failure::none;
  volatile int error = 0;
};

std::string_view search_path(const Program& program) {
  const std::string_view path = find_variable(program.environment, "PATH");
  return path.empty() ? default_path : path;
}

std::string search_key(const Program& program) {
  return program.argv.front() + ':' + std::string(search_path(program));
}

bool is_path(const std::string& name) { return name.empty() || name.find('/') != std::string::npos; }

std::vector<std::string> find_candidates(const std::string& name, std::string_view path) {
  std::vector<std::string> candidates;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string_view directory = path.substr(at, end - at);
    candidates.push_back(directory.empty() ? "./" + name : std::string(directory) + "/" + name);
    at = end + 1;
  }
  return candidates;
}

[[noreturn]] void give_up(Plan& plan, Started::Failure failure, int error) {
  plan.failure = failure;
  plan.error = error;
  ::_exit(127);
}

void volunteer_for_the_oom_killer() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, "1000", 4);
  ::close(file);
}

void execute(Plan& plan, std::string& candidate) {
  char* const* const environment = plan.program.environment.data();
  ::execve(candidate.c_str(), plan.argv.data() + 1, environment);
  if (errno != ENOEXEC) return;
  // A script without #!: as execvp(3), let a shell read it.
  plan.argv[0] = const_cast<char*>(plan.program.shell.c_str());
  plan.argv[1] = candidate.data();
  ::execve(plan.program.shell.c_str(), plan.argv.data(), environment);
}

// Runs in the new process on its parent's memory.
[[noreturn]] void become(Plan& plan, pid_t parent) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  volunteer_for_the_oom_killer();
  // What it may not have is no reason not to run it: it is slower then, not wrong.
  if (plan.cpus != nullptr) ::sched_setaffinity(0, plan.cpus->bytes(), plan.cpus->data());
  if (plan.program.nice != 0) [[maybe_unused]]
    const int niceness = ::nice(plan.program.nice);
  ::dup2(plan.input, STDIN_FILENO);
  ::dup2(plan.out, STDOUT_FILENO);
  ::dup2(plan.err, STDERR_FILENO);
  const std::string& directory = plan.program.directory;
  if (!directory.empty() && ::chdir(directory.c_str()) != 0) give_up(plan, Started::Failure::no_directory, errno);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setrlimit(RLIMIT_NOFILE, &plan.descriptors);
  int error = ENOENT;
  for (std::string& candidate : plan.candidates) {
    execute(plan, candidate);
    plan.tried = plan.tried + 1;
    // A later directory may have what an earlier one has not; what may not be executed is the better complaint.
    if (errno == EACCES) error = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) give_up(plan, Started::Failure::no_program, errno);
  }
  give_up(plan, Started::Failure::no_program, error);
}

pid_t fork_on_shared_memory(Plan& plan) {
  const pid_t self = ::getpid();
  const pid_t pid = ::vfork();
  if (pid == 0) become(plan, self);
  return pid;
}

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

bool open_pipe(Pipe& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe = {UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Only this end: the task must find an ordinary, blocking pipe.
  return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

Starter::Starter() : null_input_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  if (!null_input_) throw std::system_error(errno, std::generic_category(), "/dev/null");
  ::getrlimit(RLIMIT_NOFILE, &task_descriptors_);
  const rlimit raised{.rlim_cur = task_descriptors_.rlim_max, .rlim_max = task_descriptors_.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &raised);
}

std::vector<std::string> Starter::candidates(const Program& program) const {
  const std::string& name = program.argv.front();
  if (is_path(name)) return {name};
  std::vector<std::string> all = find_candidates(name, search_path(program));
  const auto known = found_.find(search_key(program));
  if (known != found_.end()) all.insert(all.begin(), known->second);
  return all;
}

void Starter::remember(const Program& program, const std::string& place) {
  // What a relative directory holds depends on where the next task starts.
  if (is_path(program.argv.front()) || !place.starts_with('/')) return;
  if (found_.size() >= remembered_programs) found_.clear();
  found_[search_key(program)] = place;
}

Started Starter::start(const Program& program) {
  Pipe out;
  Pipe err;
  if (program.output < 0 && !open_pipe(out)) return {.failure = Started::Failure::no_resources, .error = errno};
  if (program.errors < 0 && !open_pipe(err)) return {.failure = Started::Failure::no_resources, .error = errno};
  const std::optional<ProcessorSet> cpus =
      program.cpus.empty() ? std::nullopt : std::optional<ProcessorSet>(std::in_place, program.cpus);
  Plan plan{.program = program,
            .candidates = candidates(program),
            .argv = {nullptr},
            .input = program.input >= 0 ? program.input : null_input_.get(),
            .out = program.output >= 0 ? program.output : out.writer.get(),
            .err = program.errors >= 0 ? program.errors : err.writer.get(),
            .descriptors = task_descriptors_,
            .cpus = cpus ? &*cpus : nullptr};
  for (const std::string& word : program.argv) plan.argv.push_back(const_cast<char*>(word.c_str()));
  plan.argv.push_back(nullptr);

  const pid_t pid = fork_on_shared_memory(plan);
  if (pid < 0) return {.failure = Started::Failure::no_resources, .error = errno};
  if (plan.failure != Started::Failure::none) {
    ::waitpid(pid, nullptr, 0);
    return {.failure = plan.failure, .error = plan.error};
  }
  remember(program, plan.candidates[plan.tried]);
  return {.pid = pid, .out = std::move(out.reader), .err = std::move(err.reader)};
}

}  // namespace farm
