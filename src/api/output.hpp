/// What the tasks of a run printed, from its run directory: `farm output`. Needs no MPI and no lock; the run may be
/// going on.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "farm/ids.hpp"
#include "store/record.hpp"
#include "store/run_dir.hpp"
#include "store/segment.hpp"

namespace farm {

class RunOutput {
 public:
  struct Stored {
    TaskId task{};  ///< where its frames are to be found: an ordinal of the manifest it ran under
    Attempt attempt{};
    std::string name;
    OutputRef out;
    OutputRef err;
  };

  /// `run` is a run directory, or a manifest whose run is meant. Throws Error (usage) when there is none or it is
  /// damaged.
  explicit RunOutput(const std::string& run);

  /// The last ended attempt of each task, by its ordinal in the manifest as it is now.
  const std::map<TaskId, Stored>& tasks() const { return tasks_; }

  /// `which` is a number from 1 or a name. Throws Error (usage) when no such task has ended.
  const Stored& find(const std::string& which) const;

  /// Writes a stream, byte for byte, to `fd`; blocks. Throws Error (fatal) for damaged output or when it cannot be
  /// written.
  void write(const Stored& task, Stream stream, int fd) const;

 private:
  struct Journals;
  void read(Journals& journals) const;
  void add_kept(Journals& journals);

  std::string run_;
  RunDir dir_;
  std::map<TaskId, Stored> tasks_;
};

}  // namespace farm
