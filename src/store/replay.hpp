/// What a run directory says about the starts before this one. Reads journals and nothing else; what to make of it is
/// the master's business.
///
/// Ordinals mean the same tasks in a *chain* of starts: each but the first has a header that says it continues the one
/// before it, because the manifest's digest had not changed. The last chain is what a start with an unchanged manifest
/// carries on; any other start matches tasks by their identities.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/duration_table.hpp"
#include "store/identity_pool.hpp"
#include "store/journal_reader.hpp"
#include "store/record.hpp"
#include "store/run_dir.hpp"
#include "store/task_set.hpp"

namespace farm {

/// What all earlier starts come to.
struct History {
  struct Failure {
    Attempt attempt{};
    Outcome outcome;
  };

  TaskSet succeeded;                      ///< in the last chain, in this manifest or kept from an earlier one
  IdentityPool successes;                 ///< by identity, of all starts; empty unless asked for
  std::map<TaskId, Failure> failed;       ///< for good, in the last chain, and did not succeed later
  std::unordered_set<TaskId> unfinished;  ///< in the last chain, begun after they succeeded last, if ever
  std::unordered_set<TaskId> suspects;  ///< ran twice or more where a worker was lost or a start cut off, and not done
  TaskSet preempted;                    ///< cut short by the end of an allocation in the last start, and not done since
  DurationTable durations;              ///< of what succeeded in the last chain
  std::vector<TasksSent::Item> lost;    ///< handed out in the last start and never ended, by task
  std::optional<RunEnded> end;          ///< how the last start ended; nothing when it was cut off
  std::uint64_t skipped_lines = 0;      ///< damaged ones that were passed over
  std::vector<std::string> notes;       ///< one line each, for people: where a journal was cut off by a crash
};

class Replay {
 public:
  /// Reads the first line of each journal of `dir`, which must live as long as this. Throws Error (usage) as
  /// JournalReader.
  Replay(const RunDir& dir, JournalReader::Damage damage);

  /// How many starts there were, also those that ended before they wrote anything.
  std::size_t starts() const { return starts_; }

  /// The header of the last start that recorded anything; nothing when there was none.
  const std::optional<RunStarted>& last() const { return last_; }

  /// Whether a start with this manifest continues the last one, so that ordinals hold.
  bool continues(const std::optional<Fingerprint>& digest) const;

  enum class By {
    ordinal,   ///< for a start that continues: reads the last chain only
    identity,  ///< for any other: reads all journals and fills History::successes, too
  };
  History load(By by) const;

 private:
  struct Start {
    std::uint32_t journal;
    bool begins_chain;
  };

  void add(std::uint32_t journal);

  const RunDir& dir_;
  JournalReader::Damage damage_;
  std::size_t starts_ = 0;
  std::vector<Start> recorded_;  // the starts that recorded anything
  std::optional<RunStarted> last_;
};

}  // namespace farm
