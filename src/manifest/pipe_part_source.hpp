/// `--pipepart`: tasks that read parts of files, which are found by looking for a record's end near every multiple of
/// the block size. What is between is read by the tasks alone.
#pragma once
#include <string>
#include <vector>

#include "farm/pipe.hpp"
#include "manifest/data_file.hpp"
#include "manifest/pipe_task.hpp"
#include "manifest/task_source.hpp"
#include "sweep/record_border.hpp"
#include "sweep/record_pattern.hpp"

namespace farm {

class PipePartSource final : public TaskSource {
 public:
  struct Setup {
    std::vector<std::string> files;
    PipeOptions options;      ///< without `records` and `lines`: counting them would mean reading everything
    FindHeader find_header;   ///< instead of `header_lines`, when there is one
    std::uint64_t slots = 1;  ///< of the whole run, for sizes that are given in blocks per slot
    std::string launch_dir;   ///< where relative names begin
    MakePipeTask make;
  };

  /// Looks at the files. Throws Error (usage) for one that cannot be read, and for options that make no sense here.
  explicit PipePartSource(Setup setup);

  Next next(TaskSpec& task) override;
  int fd() const override { return -1; }

  /// Known when there are so few blocks that all their ends were looked for at once.
  std::optional<std::uint64_t> total() const override { return total_; }

  /// Of the files' names, sizes and times, the size of blocks and the first command: another number of slots makes
  /// other blocks unless --block says how large they are.
  std::optional<Fingerprint> digest() const override { return digest_; }
  void rewind() override;

 private:
  struct Block {
    std::size_t file = 0;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
  };

  bool advance(Block& block);
  std::uint64_t header_end(DataFile& file) const;
  std::uint64_t match_header(DataFile& file) const;
  std::uint64_t count_header(DataFile& file) const;
  std::uint64_t border_from(DataFile& file, std::uint64_t from) const;
  std::uint64_t count();
  Fingerprint make_digest() const;

  Setup setup_;
  RecordBorder border_;
  std::optional<RecordPattern> pattern_;  // instead
  std::vector<DataFile> files_;
  std::uint64_t block_bytes_ = 0;
  std::optional<std::uint64_t> total_;
  Fingerprint digest_;
  Block at_;                  // what was given out last
  std::uint64_t header_ = 0;  // of that file
  std::uint64_t sequence_ = 0;
};

}  // namespace farm
