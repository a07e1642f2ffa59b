#include "shepherd/begin_rank.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "farm/error.hpp"
#include "shepherd/rank_signals.hpp"
#include "shepherd/serve_rank.hpp"
#include "shepherd/stand_in.hpp"

namespace farm {
namespace {

std::filesystem::path this_program() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown);
}

[[noreturn]] void fail(const char* what) {
  fail_fatal(std::string("cannot ") + what + ": " + std::strerror(errno) +
             "; is a limit on processes or files reached?");
}

// SIGCHLD must wait from the start, or a rank's early death would go unnoticed.
void block(bool rank_only) {
  sigset_t signals = rank_signals();
  if (!rank_only) sigaddset(&signals, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

[[noreturn]] void become_shepherd(UniqueFd socket, pid_t rank, const std::string& program) {
  const std::string farm_program = this_program();
  const std::string socket_number = std::to_string(socket.get());
  const std::string rank_number = std::to_string(rank);
  if (!program.empty()) {
    ::fcntl(socket.get(), F_SETFD, 0);
    ::execl(program.c_str(), program.c_str(), socket_number.c_str(), rank_number.c_str(), farm_program.c_str(),
            nullptr);
  }
  serve_rank(std::move(socket), rank, farm_program);
}

}  // namespace

std::string find_shepherd_program() {
  constexpr const char* name = "farm-shepherd";
  const std::filesystem::path here = this_program().parent_path();
  for (const std::filesystem::path& place : {here / name, here / "../libexec/farm" / name}) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  return {};
}

std::unique_ptr<ShepherdClient> begin_rank(int argc, const char* const* argv, const std::string& shepherd_program) {
  if (const auto status = stand_in(argc, argv)) ::_exit(*status);
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  block(false);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("make a socket pair");
  UniqueFd shepherd_end(ends[0]);
  UniqueFd rank_end(ends[1]);
  const pid_t shepherd = ::getpid();
  const pid_t rank = ::fork();
  if (rank < 0) fail("fork");
  if (rank > 0) {
    rank_end.reset();
    become_shepherd(std::move(shepherd_end), rank, shepherd_program);
  }
  sigdelset(&before, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  block(true);
  return std::make_unique<ShepherdClient>(std::move(rank_end), shepherd);
}

}  // namespace farm
