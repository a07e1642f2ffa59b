/// What a rank and its shepherd say to each other: length-prefixed records over a stream socket. Both ends are the same
/// build on the same host, so numbers travel as they lie in memory; nothing here reads or writes a descriptor.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "farm/ids.hpp"
#include "farm/outcome.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

/// What holds for all tasks of a rank. Sent before the first launch; without it the defaults hold.
struct Settings {
  std::string shell = "/bin/sh";           ///< runs what is not a plain command, as `shell -c command`
  bool shell_always = false;               ///< plain commands, too
  std::string run_dir;                     ///< FARM_RUN_DIR of the tasks; not set when empty
  Rank rank{};                             ///< FARM_RANK of the tasks
  std::int32_t nice = 0;                   ///< added to the niceness of the tasks
  std::vector<std::string> gpu_variables;  ///< which of the drivers' variables show a task its GPUs
  Nanos heartbeat{0};                      ///< the rank beats at least so often, or is killed; 0: it need not
  std::string term_sequence;               ///< how they are ended, as for parse_term_sequence(); empty: as usual
  std::uint32_t most_processes = 0;        ///< a task may have at a time; 0: any number
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct StopTask {
  LaunchKey key;
  StopOrder order;
};

/// The rank has disposed of so many bytes of TaskOutput.
struct Consumed {
  LaunchKey key;
  Stream stream{};
  std::uint64_t bytes = 0;
};

/// The rank ends in order; `status` is what mpirun gets to see.
struct Leave {
  std::int32_t status = 0;
  bool owes_stand_in = false;  ///< it has not finalised MPI
};

/// The rank enters its MPI_Finalize.
struct Finishing {};

/// The rank's loop turns.
struct Beat {};

/// The rank enters its MPI_Init.
struct Starting {
  Nanos heartbeat{0};  ///< as in the settings that follow
};

/// No more tasks: what is left of those there were is to be killed.
struct Tidy {};

using ToShepherd = std::variant<Settings, LaunchRequest, StopTask, Consumed, Leave, Finishing, Beat, Starting, Tidy>;

struct TaskOutput {
  LaunchKey key;
  Stream stream{};
  std::string_view bytes;
};

struct TaskEnded {
  LaunchKey key;
  Outcome outcome;
  std::string_view out;
  std::string_view err;
};

struct Signalled {
  std::int32_t signal = 0;
};

/// The answer to Tidy: nothing is left.
struct Tidied {};

using ToRank = std::variant<TaskOutput, TaskEnded, Signalled, Tidied>;

void append_record(std::string& to, const ToShepherd& message);
void append_record(std::string& to, const ToRank& message);

/// Takes the first record off `bytes`; nullopt when it is not there in full yet. The views in a message point into
/// `bytes`. Throws Error (fatal) for anything the other end cannot have meant.
template <class Message>
std::optional<Message> take_record(std::string_view& bytes);

extern template std::optional<ToShepherd> take_record<ToShepherd>(std::string_view&);
extern template std::optional<ToRank> take_record<ToRank>(std::string_view&);

}  // namespace farm
