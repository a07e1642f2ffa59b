/// Everything a run can be told, as one plain struct; each command-line option is one field. Nothing here is read from
/// the environment: whoever fills it in has done that at the edge.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace farm {

/// When a run stops early because of how its tasks end (`--halt WHEN,WHY=VALUE`).
struct HaltRule {
  enum class When {
    never,
    soon,  ///< start nothing more, let what runs end
    now,   ///< end what runs too
  };
  enum class Why { fail, success, done };

  When when = When::never;
  Why why = Why::fail;
  std::uint64_t count = 0;  ///< so many tasks; 0 when a percentage is meant
  double percent = 0;       ///< of all tasks, which makes farm count them first

  friend bool operator==(const HaltRule&, const HaltRule&) = default;
};

/// How many slots a node offers (`-j`), relative to the processors this job may use there.
struct SlotRule {
  enum class Kind {
    automatic,  ///< the processors divided by the worker ranks of the node, at least 1
    count,      ///< `number` slots per node (`-j 8`)
    percent,    ///< `number` percent of the processors (`-j 50%`)
    more,       ///< the processors plus `number`, which may be negative (`-j +2`, `-j -1`)
  };
  Kind kind = Kind::automatic;
  std::int64_t number = 0;

  friend bool operator==(const SlotRule&, const SlotRule&) = default;
};

enum class Durability {
  task,      ///< a task is reported only after its record is on the disk
  interval,  ///< records reach the disk every 200 ms (the default)
  none,      ///< the operating system decides
};

enum class OutputMode {
  group,        ///< a task's output in one piece when it ends
  line_buffer,  ///< whole lines as they come
  quiet,        ///< none; it stays retrievable with `farm output`
};

enum class ProgressMode { automatic, bar, plain, json, none };

struct RunOptions {
  std::string manifest;                ///< a path, or "-" for standard input
  std::optional<std::string> run_dir;  ///< `--run`; unset: beside the manifest, or temporary for standard input
  bool fresh = false;                  ///< set an existing run aside and start over
  bool salvage = false;                ///< read a damaged journal as far as it can be read
  Durability durability = Durability::interval;

  SlotRule slots;
  std::optional<std::uint32_t> rank0_slots;  ///< unset: rank 0 runs tasks only when it is alone
  std::uint32_t tries = 1;                   ///< `--retries`: attempts per task in all, 0 without limit
  std::optional<std::chrono::nanoseconds> timeout;
  std::chrono::nanoseconds delay{0};  ///< between any two task starts of the whole run
  HaltRule halt;
  std::string shell;          ///< runs what is not a plain command; empty: $SHELL, else /bin/sh
  bool shell_always = false;  ///< `--shell` was given: plain commands go through it, too
  bool dry_run = false;

  OutputMode output = OutputMode::group;
  bool keep_order = false;
  bool tag = false;
  ProgressMode progress = ProgressMode::automatic;
  bool color = true;
};

}  // namespace farm
