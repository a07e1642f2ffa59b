/// The signals that are meant for a rank and reach it through its shepherd.
#pragma once
#include <csignal>

namespace farm {

/// Launchers signal the whole process group, terminals too: the rank blocks these and hears of them once, in order.
inline sigset_t rank_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace farm
