#include "shepherd/shepherd.hpp"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/machine.hpp"
#include "shepherd/environment.hpp"
#include "shepherd/fed_command.hpp"
#include "shepherd/memory_watch.hpp"
#include "shepherd/output_files.hpp"
#include "shepherd/plain_command.hpp"
#include "shepherd/rank_signals.hpp"
#include "shepherd/task_input.hpp"

namespace farm {
namespace {

// Output waiting for a rank that does not read: four full windows. Above it the tasks wait.
constexpr std::size_t backlog_bytes = 1 << 20;

// Open MPI's launcher sends SIGKILL a second after SIGTERM (odls_base_sigkill_timeout); the tasks have to go before.
constexpr Nanos grace_after_term = std::chrono::milliseconds(800);

// Without its launcher nobody waits for the rank: a second is enough to write what it knows.
constexpr Nanos grace_without_launcher = std::chrono::seconds(1);

// Who presses ^C three times means it.
constexpr int patient_interrupts = 3;

UniqueFd open_signals() {
  sigset_t signals = rank_signals();
  sigaddset(&signals, SIGCHLD);
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

UniqueFd open_process(pid_t pid) { return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))); }

std::vector<std::string> inherit_environment(const Settings& settings, std::string_view mark) {
  std::vector<std::string_view> inherited;
  for (char** entry = environ; *entry != nullptr; ++entry) inherited.emplace_back(*entry);
  std::vector<std::string> common = common_environment(inherited, settings, mark);
  common.push_back("PARALLEL_SSHHOST=" + host_name());
  return common;
}

std::vector<std::string> arguments(const LaunchRequest& request, const Settings& settings) {
  if (!request.argv.empty()) return request.argv;
  if (auto fed = fed_command(request, settings.shell)) return std::move(*fed);
  if (!settings.shell_always) {
    if (auto words = plain_command(request.command)) return std::move(*words);
  }
  return {settings.shell, "-c", request.command};
}

// No two attempts of a run have the same, nor two runs on this host.
std::string token(LaunchKey key) {
  return std::to_string(value(key.task) + 1) + "-" + std::to_string(value(key.attempt) + 1) + "-" +
         std::to_string(::getpid());
}

std::string complaint(const Program& program, const Started& failed) {
  const bool is_about_directory = failed.failure == Started::Failure::no_directory;
  const std::string what =
      is_about_directory ? "enter directory '" + program.directory : "run '" + program.argv.front();
  return "cannot " + what + "': " + std::strerror(failed.error);
}

}  // namespace

Shepherd::Shepherd(UniqueFd socket, pid_t rank, std::optional<std::int32_t> launched_as)
    : socket_(std::move(socket)),
      rank_(rank),
      launched_as_(launched_as),
      mark_(shepherd_mark(::getpid())),
      family_(mark_, rank),
      common_environment_(inherit_environment(settings_, mark_)),
      signals_(open_signals()) {
  poller_.watch(socket_.fd(), Poller::readable, [this](unsigned) { read_requests(); });
  poller_.watch(signals_.get(), Poller::readable, [this](unsigned) { read_signals(); });
  if (launched_as_ && ::getppid() > 0) launcher_ = open_process(::getppid());
  if (launcher_) poller_.watch(launcher_.get(), Poller::readable, [this](unsigned) { launcher_gone(); });
}

Shepherd::Farewell Shepherd::run() {
  // The rank may have ended before there was anybody to be told.
  reap();
  while (!rank_status_) turn();
  // Its last words may still be in the socket.
  read_requests();
  tasks_.clear();
  kill_descendants();
  if (leave_) return {.status = leave_->status, .owes_stand_in = launched_as_ && leave_->owes_stand_in};
  const bool is_signaled = WIFSIGNALED(*rank_status_);
  const int code = is_signaled ? WTERMSIG(*rank_status_) : WEXITSTATUS(*rank_status_);
  Farewell farewell{.status = is_signaled ? 128 + code : code};
  if (launched_as_.value_or(0) == 0 || is_told_to_end_) return farewell;
  // Before it has its settings it may not have come out of MPI_Init, where the others would wait for more than a
  // stand-in does.
  farewell.owes_stand_in = has_settings_;
  if (farewell.owes_stand_in) farewell.status = EXIT_SUCCESS;
  farewell.is_finishing = is_finishing_;
  farewell.notice = obituary(is_signaled ? "signal " : "exit status ", code);
  return farewell;
}

std::string Shepherd::obituary(const char* how, int code) const {
  const std::string who = "farm: worker rank " + std::to_string(*launched_as_);
  const char* const ending = has_settings_ ? "\n" : " before the run began; the same command starts it again\n";
  if (was_frozen_) {
    const auto tenths = settings_.heartbeat * HeartbeatTimes::shepherds_looks / std::chrono::milliseconds(100);
    const std::string silence = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    return who + " was killed: it had not moved for " + silence + " s (--heartbeat)" + ending;
  }
  return who + " died (" + how + std::to_string(code) + ")" + ending;
}

void Shepherd::turn() {
  socket_.flush();
  regulate_reading();
  if (is_listening_) {
    poller_.change(socket_.fd(), Poller::readable | (socket_.queued() > 0 ? unsigned{Poller::writable} : 0U));
  }
  poller_.wait(patience());
  family_.forget();
  on_time();
}

Nanos Shepherd::patience() const {
  TimePoint due = std::min({kill_rank_at_, look_, heart_.next_look()});
  for (const auto& [key, task] : tasks_) due = std::min(due, task.due());
  return due == end_of_time ? Nanos::max() : std::max(due - clock_.now(), Nanos::zero());
}

void Shepherd::on_time() {
  const TimePoint now = clock_.now();
  if (now >= kill_rank_at_) {
    kill_rank_at_ = end_of_time;
    ::kill(rank_, SIGKILL);
  }
  if (now >= look_) watch_limits(now);
  watch_rank(now);
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    Task& task = (at++)->second;
    if (task.due() > now) continue;
    task.on_time(now, family_);
    task_changed(task.key());
  }
}

void Shepherd::watch_heart() {
  heart_ = Heartbeats(settings_.heartbeat, HeartbeatTimes::shepherds_looks);
  heart_.heard(settings_.rank);
}

// A rank that does not move keeps tasks and gives no results, and it may wake when others have its tasks. Killed like
// this it is one that died.
void Shepherd::watch_rank(TimePoint now) {
  // In MPI_Init and MPI_Finalize its loop does not turn, and they may take their time.
  const bool is_turning = has_settings_ && !is_finishing_ && !leave_;
  if (!is_turning && now >= heart_.next_look() && !is_stopped(rank_)) heart_.heard(settings_.rank);
  if (heart_.look(now).empty()) return;
  was_frozen_ = true;
  ::kill(rank_, SIGKILL);
}

// All tasks at one look: most of what it costs is finding out which processes there are.
void Shepherd::watch_limits(TimePoint now) {
  family_.forget();
  // When there are more, one of the tasks has too many of them: the rest are what ended ones have left.
  constexpr std::size_t left_behind = 200;
  if (settings_.most_processes > 0) {
    family_.look_at_most(tasks_.size() * (settings_.most_processes + std::size_t{1}) + left_behind);
  }
  bool has_any = false;
  Nanos pause = longest_look_pause;
  for (auto& [key, task] : tasks_) {
    if (!task.has_limits_to_watch()) continue;
    has_any = true;
    pause = std::min(pause, task.watch_limits(now, family_));
  }
  look_ = has_any ? now + affordable_pause(pause, clock_.now() - now) : end_of_time;
}

void Shepherd::read_requests() {
  if (is_listening_ && !socket_.receive()) {
    is_listening_ = false;
    poller_.forget(socket_.fd());
  }
  while (auto message = socket_.next<ToShepherd>()) {
    std::visit([this](auto& request) { handle(std::move(request)); }, *message);
  }
}

void Shepherd::handle(Settings settings) {
  settings_ = std::move(settings);
  has_settings_ = true;
  common_environment_ = inherit_environment(settings_, mark_);
  watch_heart();
  if (const auto steps = parse_term_sequence(settings_.term_sequence)) {
    term_sequence_ = std::make_shared<const std::vector<TermStep>>(*steps);
  }
}

void Shepherd::handle(LaunchRequest request) {
  const LaunchKey key{request.task, request.attempt};
  if (is_ending() || tasks_.contains(key)) return;
  // Farm's own input is here only when this process was started by hand and not by a launcher.
  TaskInput input = open_input(request, !launched_as_);
  if (input.error != 0) return refuse(key, input.error, input.complaint);
  auto files = std::make_unique<OutputFiles>();
  const OutputFiles::Failure failed = files->open(request.stdout_file, request.stderr_file, token(key));
  if (failed.error != 0) return refuse(key, failed.error, failed.complaint);
  std::vector<std::string> own = own_environment(request, ::getpid(), settings_.gpu_variables);
  const Program program{.argv = arguments(request, settings_),
                        .environment = merge_environment(common_environment_, own),
                        .directory = request.cwd,
                        .nice = settings_.nice,
                        .shell = settings_.shell,
                        .input = input.descriptor(),
                        .output = files->out(),
                        .errors = files->err(),
                        .cpus = request.cpus};
  const Nanos wall_start = clock_.wall();
  const TimePoint start = clock_.now();
  Started started = starter_.start(program);
  if (started.failure != Started::Failure::none) return refuse(key, started.error, complaint(program, started));
  running_[started.pid] = key;
  tasks_.try_emplace(
      key, poller_, request, std::move(started), start, wall_start,
      [this, key](Stream stream, std::string_view bytes) {
        socket_.queue(ToRank(TaskOutput{key, stream, bytes}));
      },
      [this, key] { task_changed(key); });
  Task& task = tasks_.at(key);
  files->close();
  task.write_to(std::move(files));
  task.limit_processes(settings_.most_processes);
  if (task.has_limits_to_watch()) look_ = std::min(look_, start + shortest_look_pause);
  task.set_term_sequence(term_sequence_);
  if (!may_read_) task.allow_reading(false);
  if (!input.feed) return;
  // Before the feed looks: it is to find a pipe without reader once the task has closed its end.
  input.fd.reset();
  task.feed(std::move(input.feed), poller_, [this, key](const std::string& why) { input_failed(key, why); });
}

void Shepherd::refuse(LaunchKey key, int error, const std::string& complaint) {
  Outcome outcome;
  outcome.cause = Cause::not_started;
  outcome.code = error;
  const std::string text = "farm: " + complaint + "\n";
  socket_.queue(ToRank(TaskEnded{key, outcome, {}, text}));
}

void Shepherd::handle(const StopTask& stop) {
  // What has ended already keeps the end it had.
  reap();
  const auto found = tasks_.find(stop.key);
  if (found != tasks_.end()) found->second.stop(stop.order, clock_.now(), family_);
}

void Shepherd::handle(const Consumed& consumed) {
  const auto found = tasks_.find(consumed.key);
  if (found != tasks_.end()) found->second.consumed(consumed.stream, consumed.bytes);
}

void Shepherd::handle(const Starting& starting) {
  settings_.heartbeat = starting.heartbeat;
  watch_heart();
}

void Shepherd::handle(const Finishing& /*finishing*/) { is_finishing_ = true; }

void Shepherd::handle(const Beat& /*beat*/) { heart_.heard(settings_.rank); }

void Shepherd::handle(const Tidy& /*tidy*/) {
  end_tasks();
  socket_.queue(ToRank(Tidied{}));
}

void Shepherd::handle(const Leave& leave) {
  leave_ = leave;
  end_tasks();
}

void Shepherd::end_tasks() {
  if (is_tidy_) return;
  is_tidy_ = true;
  tasks_.clear();
  running_.clear();
  kill_descendants(rank_);
  // That has taken the news of the rank's own end, if there were any.
  reap();
}

void Shepherd::task_changed(LaunchKey key) {
  const auto found = tasks_.find(key);
  if (found == tasks_.end()) return;
  Task& task = found->second;
  task.allow_reading(may_read_);
  if (!task.is_over()) return;
  socket_.queue(ToRank(task.ended()));
  tasks_.erase(found);
}

void Shepherd::input_failed(LaunchKey key, const std::string& complaint) {
  const auto found = tasks_.find(key);
  if (found != tasks_.end()) found->second.input_failed(complaint, clock_.now(), family_);
}

void Shepherd::regulate_reading() {
  const bool may_read = socket_.queued() <= backlog_bytes;
  if (may_read == may_read_) return;
  may_read_ = may_read;
  for (auto& [key, task] : tasks_) task.allow_reading(may_read);
}

void Shepherd::read_signals() {
  std::array<signalfd_siginfo, 8> received;
  const ssize_t bytes = ::read(signals_.get(), received.data(), sizeof received);
  const std::size_t count = bytes > 0 ? static_cast<std::size_t>(bytes) / sizeof received[0] : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto signal = static_cast<int>(received[i].ssi_signo);
    if (signal == SIGCHLD) {
      reap();
    } else {
      pass_on(signal);
    }
  }
}

void Shepherd::reap() {
  family_.forget();
  const TimePoint now = clock_.now();
  int status = 0;
  rusage usage{};
  for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    if (pid == rank_) rank_status_ = status;
    const auto found = running_.extract(pid);
    if (!found) continue;
    tasks_.at(found.mapped()).reaped(status, usage, now, family_);
    task_changed(found.mapped());
  }
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    Task& task = (at++)->second;
    if (!task.is_waiting_for_strays()) continue;
    task.look_for_strays(now, family_);
    task_changed(task.key());
  }
}

void Shepherd::pass_on(int signal) {
  socket_.queue(ToRank(Signalled{signal}));
  if (launched_as_ && signal == SIGTERM) tell_to_end(grace_after_term);
  if (launched_as_ || (signal != SIGTERM && signal != SIGINT)) return;
  if (++interrupts_ >= patient_interrupts) ::kill(rank_, SIGKILL);
}

void Shepherd::launcher_gone() {
  poller_.forget(launcher_.get());
  socket_.queue(ToRank(Signalled{SIGTERM}));
  tell_to_end(grace_without_launcher);
}

void Shepherd::tell_to_end(Nanos grace) {
  is_told_to_end_ = true;
  kill_rank_at_ = std::min(kill_rank_at_, clock_.now() + grace);
  kill_left_behind();
}

// What ended tasks have left running: there may be no time for it later.
void Shepherd::kill_left_behind() {
  family_.forget();
  std::unordered_set<pid_t> busy;
  for (const auto& [key, task] : tasks_) {
    for (const Process& process : family_.members(task.pid(), key)) busy.insert(process.pid);
  }
  for (const Process& process : family_.all()) {
    if (!busy.contains(process.pid)) ::kill(process.pid, SIGKILL);
  }
}

}  // namespace farm
