/// Whether a start of a run is still its last one. What is left over of an earlier start, because its batch system or
/// the network took it for dead, must not go on beside its successor. Blocks as file systems do; knows nothing of
/// locks, which hold on one host, or on none.
#pragma once
#include <cstdint>
#include <string>

namespace farm {

class StartWatch {
 public:
  /// Start number `start` of the run with the id `run`. Where its directory is not to be seen nothing ever supersedes
  /// it.
  StartWatch(std::string run_dir, const std::string& run, std::uint32_t start);

  /// A later start has a journal there, or another run has taken the directory's name. Two questions to the file
  /// system.
  bool is_superseded() const;

 private:
  std::string run_dir_;
  std::uint32_t start_;
  std::uint64_t directory_ = 0;  // its inode; 0: nothing of this run is to be seen
};

}  // namespace farm
