/// Where tasks come from, one at a time and only when asked: the seam between the master and every manifest form. Knows
/// nothing of runs, resumption or scheduling.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fingerprint.hpp"
#include "farm/ids.hpp"
#include "farm/task.hpp"
#include "manifest/complaint.hpp"

namespace farm {

class TaskSource {
 public:
  enum class Next {
    task,   ///< one more task was stored
    later,  ///< nothing yet: ask again when fd() is readable
    end,    ///< there are no more; every later call says so again
  };

  virtual ~TaskSource() = default;

  /// Tasks come in manifest order; the first has ordinal 0 and none is left out. Throws Error (fatal) when the source
  /// can no longer be trusted: it changed while it was read, or a line of a stream is bad. What came before stays
  /// valid.
  virtual Next next(TaskSpec& task) = 0;

  /// Readable when next() may have more after it said `later`; -1 for a source that never says so.
  virtual int fd() const = 0;

  /// How many tasks there will be; nullopt when only the end will tell.
  virtual std::optional<std::uint64_t> total() const = 0;

  /// Of the source's bytes: equal digests mean the same tasks with the same ordinals. nullopt for a stream.
  virtual std::optional<Fingerprint> digest() const = 0;

  /// What any of the tasks say of others, known in advance for a source with a digest.
  struct Links {
    bool asks = false;          ///< some have `after`, `inputs` or `stdin`
    bool makes = false;         ///< some have `outputs`, `stdout` or `stderr`
    bool takes_tokens = false;  ///< some have `tokens`
    bool lacks_names = false;   ///< mistakes hide some of their names
  };
  virtual Links links() const { return {}; }

  /// `message` about an item of `key` of the task that next() gave last, with its place; without that key, about the
  /// task. Without the name of a file where nobody knows.
  virtual Complaint complaint(std::string_view /*key*/, std::size_t /*item*/, const std::string& message) const {
    return {"", 1, 1, message, ""};
  }

  /// The task with this ordinal has ended for good: what the source keeps for it alone can go. A task that is not run
  /// at all is not spoken of.
  virtual void settled(std::uint64_t /*ordinal*/) {}

  /// Starts again from the first task. Only where digest() is known.
  virtual void rewind() = 0;
};

/// The identity of a task: its name if it has one, else its command (or argument vector), its directory, its env and
/// the file or the parts of files that are its standard input. `launch_dir` stands in for an empty cwd. What it needs,
/// waits for and makes, its limits and tags are not part of it.
Fingerprint identity(const TaskSpec& task, std::string_view launch_dir);

}  // namespace farm
