/// The text of a journal: one line per record, and back. Knows nothing of files; a line that lies is told by its check.
///
/// A line is a JSON object in UTF-8, then "\n". Its first member is "e", the kind of record; its last is "crc", the
/// CRC-32C of all bytes before `,"crc"` as 8 hexadecimal digits. The first line of a journal is the "start" line, whose
/// second member "v" is the version of this format.
///
///     {"e":"start","v":1,"run":"k3v9","start":1,"manifest":"jobs.txt","digest":"<32 hex digits>","dir":"/home/ada",
///      "host":"n1","pid":4711,"t_ns":1700000000000000000,"farm":"0.1.0","crc":"..."}     (on one line, like all
///      others)
///     {"e":"joined","w":1,"host":"n2","pid":815,"slots":4,"t_ns":1700000000100000000,"crc":"..."}
///     {"e":"kept","first":0,"last":11,"crc":"..."}
///     {"e":"sent","w":1,"t_ns":1700000000200000000,"a":[[12,0],[13,0]],"crc":"..."}
///     {"e":"end","task":12,"try":0,"w":1,"host":"n2","slot":2,"cause":"exited","code":0,"t_ns":1700000000200000000,
///      "wall_ns":500000000,"user_ns":400000000,"sys_ns":1000000,"rss":1048576,"final":true,"id":"<32 hex digits>",
///      "cmd":"sim a 1","out":[5000,3,8192],"crc":"..."}
///     {"e":"lost","w":1,"why":"its connection closed","t_ns":1700000001000000000,"crc":"..."}
///     {"e":"stop","ok":1,"failed":0,"left":1,"why":"SIGINT","t_ns":1700000002000000000,"crc":"..."}
///
/// - Tasks ("task", "first", "last", and the first of each pair in "a") are ordinals in the manifest, from 0; "try" and
///   the second of a pair count the attempts, from 0; "w" is the worker's rank.
/// - "..._ns" are integer nanoseconds: "t_ns" of wall-clock time since the UNIX epoch, the others durations. "rss" is
/// bytes.
/// - "out" and "err" say where a stream lies: its bytes in all, the number of the segment file, the offset of its last
/// frame.
/// - Text that is not UTF-8 stands with U+FFFD in it for people, and once more exactly, in hexadecimal digits, in a
/// member
///   that follows it: "cmd" and "cmd_hex".
/// - A member that is absent is empty, false, or not known. Members and kinds a reader does not know are to be ignored;
///   what may not be ignored comes with a higher "v".
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "store/record.hpp"

namespace farm {

inline constexpr std::uint32_t journal_version = 1;

/// Appends the line of `record` with its newline. Never fails.
void append_line(std::string& out, const Record& record);

/// Reads lines. Keeps buffers between calls, so one decoder serves a whole file.
class JournalDecoder {
 public:
  enum class Verdict {
    record,   ///< `record` was set
    unknown,  ///< whole, but of a kind that a later farm added: to be skipped
    newer,    ///< the start line of a format this farm does not know
    foreign,  ///< a JSON object without a check: farm did not write it
    damaged,  ///< anything else
  };

  JournalDecoder();
  JournalDecoder(JournalDecoder&&) noexcept;
  JournalDecoder& operator=(JournalDecoder&&) noexcept;
  ~JournalDecoder();

  /// `line` comes without its newline and may be any bytes. `record` is meaningless unless the verdict says it was set.
  Verdict decode(std::string_view line, Record& record);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace farm
