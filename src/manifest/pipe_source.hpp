/// `--pipe`: tasks that read what comes on a stream, cut into blocks of records. Every byte goes into a file first,
/// where the tasks find it on any node and as often as they are tried; only what is asked for is read.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/unique_fd.hpp"
#include "farm/pipe.hpp"
#include "manifest/pipe_task.hpp"
#include "manifest/task_source.hpp"
#include "sweep/pattern_blocks.hpp"
#include "sweep/record_blocks.hpp"

namespace farm {

class PipeSource final : public TaskSource {
 public:
  /// Where the stream is kept: empty, open for writing.
  struct Spool {
    UniqueFd fd;
    std::string path;  ///< absolute, as the tasks see it, and another one at every start of a run
  };

  struct Setup {
    std::string name = "standard input";  ///< for messages
    PipeOptions options;
    FindHeader find_header;             ///< instead of `header_lines`, when there is one
    std::function<Spool()> open_spool;  ///< called once there is something to keep
    bool is_remote = false;  ///< tasks run on other nodes, too: on NFS they see only what was brought to the server
    MakePipeTask make;
  };

  /// The stream's flags are left alone. Throws Error (usage) for options that make no sense here.
  PipeSource(UniqueFd stream, Setup setup);

  Next next(TaskSpec& task) override;
  int fd() const override { return stream_.get(); }
  std::optional<std::uint64_t> total() const override { return std::nullopt; }
  std::optional<Fingerprint> digest() const override { return std::nullopt; }
  void rewind() override;

  /// Instead of what the setup said. Before the first task.
  void set_spool(std::function<Spool()> open) { setup_.open_spool = std::move(open); }

  /// Gives back the room that the task's block takes in the spool, where the file system can do that.
  void settled(std::uint64_t ordinal) override;

 private:
  struct Block {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
  };

  bool read_some();
  void keep(std::string_view bytes);
  void write(std::string_view bytes);
  void divide(std::string_view bytes);
  void begin_blocks(std::uint64_t header);
  void add_blocks(const std::vector<std::uint64_t>& ends);
  std::optional<std::uint64_t> match_header();
  std::optional<std::uint64_t> count_header(std::size_t looked);
  void end_header(std::uint64_t bytes);
  void finish();
  void give_out(TaskSpec& task);

  UniqueFd stream_;
  Setup setup_;
  std::optional<Spool> spool_;
  std::string beginning_;  // as long as the header is not complete
  std::uint64_t header_lines_ = 0;
  std::size_t match_at_ = 0;  // so much of the beginning must there be for the next try
  std::uint64_t header_ = 0;
  std::optional<std::variant<RecordBlocks, PatternBlocks>> blocks_;  // once the header is complete
  std::optional<RecordPattern> separators_;                          // where tasks do not get them
  std::string raw_;                                                  // with separators: what is in no block yet
  std::uint64_t raw_start_ = 0;                                      // where that begins in the stream
  std::uint64_t written_ = 0;                                        // bytes in the spool
  std::vector<std::uint64_t> ends_;                                  // in the spool, of blocks that were not given out
  std::size_t given_ = 0;                                            // so many of them were
  std::uint64_t start_ = 0;                                          // of the next block
  std::uint64_t sequence_ = 0;
  std::unordered_map<std::uint64_t, Block> unsettled_;  // by ordinal
  bool is_over_ = false;
};

}  // namespace farm
