#include "shepherd/serve_rank.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/machine.hpp"
#include "shepherd/process_tree.hpp"
#include "shepherd/shepherd.hpp"
#include "shepherd/stand_in.hpp"

namespace farm {
namespace {

constexpr int fatal_status = 255;

std::optional<std::int32_t> launched_as() {
  for (const char* const name : {"PMIX_RANK", "OMPI_COMM_WORLD_RANK"}) {
    const char* const text = std::getenv(name);
    if (text == nullptr) continue;
    std::int32_t rank = 0;
    const std::string_view digits(text);
    std::from_chars(digits.data(), digits.data() + digits.size(), rank);
    return rank;
  }
  return std::nullopt;
}

// Tasks get 0, 1 and 2 of their own; were the shepherd's closed, a pipe could come to lie there.
void open_standard_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  ::close(fd);
}

// Once, instead of a close_range in every task.
void close_inherited_on_exec() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const std::string name = entry.path().filename();
    int fd = 0;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fd > STDERR_FILENO) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

// All that tasks inherit and is the same for each: done here once, it costs no system call in any of them.
void prepare(bool is_launched) {
  ::prctl(PR_SET_NAME, "farm-shepherd");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int signal = 1; signal < SIGRTMAX; ++signal) std::signal(signal, SIG_DFL);
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::sigprocmask(SIG_BLOCK, &broken_pipe, nullptr);
  open_standard_descriptors();
  close_inherited_on_exec();
  if (is_launched) undo_binding();
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = 0;
  ::setrlimit(RLIMIT_CORE, &core);
}

void print(const std::string& text) { std::fputs(text.c_str(), stderr); }

// As this very process: the launcher must see its child go on and end well.
void become_stand_in(const std::string& farm_program, const Shepherd::Farewell& farewell) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execl(farm_program.c_str(), farm_program.c_str(), stand_in_argument, std::to_string(farewell.status).c_str(),
          farewell.is_finishing ? finishing_argument : nullptr, nullptr);
}

}  // namespace

void serve_rank(UniqueFd socket, pid_t rank, const std::string& farm_program) {
  int status = fatal_status;
  try {
    const std::optional<std::int32_t> number = launched_as();
    prepare(number.has_value());
    const Shepherd::Farewell farewell = Shepherd(std::move(socket), rank, number).run();
    print(farewell.notice);
    status = farewell.status;
    if (farewell.owes_stand_in) {
      become_stand_in(farm_program, farewell);
      status = fatal_status;
    }
  } catch (const std::exception& error) {
    print(std::string("farm-shepherd: ") + error.what() + "\n");
    ::kill(rank, SIGKILL);
    kill_descendants();
  }
  ::_exit(status);
}

}  // namespace farm
