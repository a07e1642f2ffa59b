#include "farm/outcome.hpp"

#include <cerrno>

namespace farm {

int exit_status(const Outcome& outcome) {
  constexpr int signal_base = 128;
  switch (outcome.cause) {
    case Cause::exited:
      return outcome.code;
    case Cause::signaled:
    case Cause::cancelled:
    case Cause::out_of_memory:
    case Cause::preempted:
      return signal_base + outcome.code;
    case Cause::timed_out:
      return 124;  // as timeout(1)
    case Cause::not_started:
      return outcome.code == ENOENT || outcome.code == ENOTDIR ? 127 : 126;
    case Cause::lost:
      return 255;
  }
  return 255;
}

const char* cause_name(Cause cause) {
  switch (cause) {
    case Cause::exited:
      return "exited";
    case Cause::signaled:
      return "signaled";
    case Cause::timed_out:
      return "timed_out";
    case Cause::not_started:
      return "not_started";
    case Cause::cancelled:
      return "cancelled";
    case Cause::lost:
      return "lost";
    case Cause::out_of_memory:
      return "out_of_memory";
    case Cause::preempted:
      return "preempted";
  }
  return "lost";
}

}  // namespace farm
