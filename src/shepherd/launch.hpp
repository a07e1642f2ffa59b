/// Starts one process in its own session, with its output going into two pipes or where it is told. Knows nothing of
/// tasks.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"

namespace farm {

/// What is to run. Everything is laid out before the new process exists: between vfork and exec it may only make system
/// calls.
struct Program {
  std::vector<std::string> argv;    ///< at least one; argv[0] is looked up in the PATH of `environment`
  std::vector<char*> environment;   ///< NAME=VALUE, ended by a null pointer; not owned
  std::string directory;            ///< to start in; empty: the caller's
  int nice = 0;                     ///< added to the niceness, as far as that is allowed
  std::string shell;                ///< runs what is executable but has no format the kernel knows
  int input = -1;                   ///< not owned; to be its standard input; -1: /dev/null
  int output = -1;                  ///< not owned; to be its standard output; -1: a pipe
  int errors = -1;                  ///< not owned; to be its standard error; -1: a pipe
  std::vector<std::uint32_t> cpus;  ///< the processors it may run on, in the kernel's numbers; none: the caller's
};

struct Started {
  enum class Failure { none, no_resources, no_directory, no_program };

  Failure failure = Failure::none;
  int error = 0;  ///< the errno that goes with it
  pid_t pid = 0;
  UniqueFd out{};  ///< nonblocking; none when the program said where its output goes
  UniqueFd err{};
};

class Starter {
 public:
  /// Opens what every process gets, and raises this process's own limit on descriptors: two for each task may be more
  /// than a task needs. The caller's descriptors 0, 1 and 2 must be open. Throws std::system_error.
  Starter();

  /// Returns when the new process has executed its program or has failed to, and is gone again. The process has an
  /// empty signal mask and the caller's dispositions, of the caller's other descriptors those
  /// that are not closed on exec and the limit on them the caller had at first, dies with the caller, and is the first
  /// the kernel takes when memory is short.
  Started start(const Program& program);

 private:
  std::vector<std::string> candidates(const Program& program) const;
  void remember(const Program& program, const std::string& place);

  UniqueFd null_input_;
  rlimit task_descriptors_{};

  /// Where a name was found in a PATH, as shells remember it: on a network file system every directory that does not
  /// have the program costs the new process a round trip.
  std::unordered_map<std::string, std::string> found_;
};

}  // namespace farm
