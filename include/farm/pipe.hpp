/// How a stream or file of records is divided among tasks (`--pipe`, `--pipepart`). Plain data; bytes are meant as they
/// are, whoever fills it in has undone escapes like "\n".
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace farm {

struct PipeOptions {
  /// About so many bytes for each task (`--block 10M`); when negative, for --pipepart only, so many tasks for each slot
  /// (`--block -2`). Unset or 0: 1 MiB for --pipe, 10 tasks for each slot for --pipepart.
  std::optional<std::int64_t> block;

  /// What a record begins and ends with. One record ends where `recend` stands, followed by `recstart`. Neither: "\n"
  /// is the end. Only one: the other is empty. Both empty: every byte is a record.
  std::optional<std::string> recstart;
  std::optional<std::string> recend;
  bool regexp = false;              ///< these are regular expressions (`--regexp`)
  bool removes_separators = false;  ///< tasks do not get what the two match at the borders between records (`--rrs`)

  std::uint64_t records = 0;  ///< exactly so many for each task, of any size (`-N`); 0: by `block`. Not for --pipepart
  std::uint64_t lines = 0;    ///< a record is so many lines (`-L`), whatever recstart and recend say; 0: is not

  /// So many lines at the beginning (of each file) come before every task's records (`--header :` is 1); when there are
  /// not so many lines, there is no header.
  std::uint64_t header_lines = 0;
  /// Instead: what this regular expression matches there (`--header '(#.*\n)*'`). Only text here: whoever makes a
  /// source gives it a function that matches.
  std::string header_pattern;

  bool tee = false;          ///< every task reads all of the data, and the values are those of the other sources
  bool round_robin = false;  ///< one task for each slot; the blocks are dealt to them in turn

  /// How a task gets its data: the name of a file or FIFO that has it then stands for `{}`.
  enum class Feed : std::uint8_t { standard_input, file, fifo };
  Feed feed = Feed::standard_input;

  friend bool operator==(const PipeOptions&, const PipeOptions&) = default;
};

}  // namespace farm
