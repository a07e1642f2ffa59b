/// Where the threads that run functions leave commands for the one that talks to the launcher, and wait for their ends.
/// Knows nothing of calls and ranks.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "farm/command.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

struct Command {
  std::string line;
  CommandOptions options;
  std::string stdout_file;    ///< absolute; empty: captured
  std::uint64_t task = 0;     ///< the number of the call it belongs to
  std::uint32_t attempt = 1;  ///< of that call; raised when that one runs a command here already
};

class CommandDesk final : private LaunchEvents {
 public:
  struct Setup {
    std::uint32_t first_slot = 1;        ///< number of the first command that runs here at a time, of those of the node
    std::string directory;               ///< absolute: relative paths begin there
    std::function<void()> wake;          ///< called by other threads that have left something
    std::function<void(int)> signalled;  ///< called in turn(), as LaunchEvents::signalled()
  };

  /// The launcher outlives it and is nobody else's to turn.
  CommandDesk(Setup setup, Launcher& launcher);

  /// Blocks until the command has ended; a stop asks for that end. By any thread but the one that calls turn().
  CommandResult run(Command command, const std::stop_token& stop);

  /// By the thread that talks: starts and stops what was asked for, takes what has ended.
  void turn();
  /// Whether turn() has something to pass on.
  bool has_orders() const;

 private:
  struct Running {
    std::uint32_t slot = 0;
    std::uint64_t most_output = 0;
    CommandResult result;
    bool is_over = false;
  };

  void output(LaunchKey key, Stream stream, std::string_view bytes) override;
  void ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) override;
  void signalled(int signal) override { setup_.signalled(signal); }

  LaunchRequest begin(Command command);
  LaunchKey free_key(const Command& command) const;
  std::uint32_t take_slot();
  static void keep(Running& running, Stream stream, std::string_view bytes);

  Setup setup_;
  Launcher& launcher_;
  mutable std::mutex mutex_;  // of everything below
  std::condition_variable ended_;
  std::vector<LaunchRequest> to_launch_;
  std::vector<LaunchKey> to_stop_;
  std::map<LaunchKey, Running> running_;
  std::set<std::uint32_t> free_slots_;
  std::uint32_t used_slots_ = 0;
};

}  // namespace farm
