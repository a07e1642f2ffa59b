/// Reads one journal file, record by record, and tells what a crash leaves from damage: a torn last line, and holes of
/// zeros, where a write that was never synced did not reach the disk before the power failed, but a later one did.
/// Other processes may be writing it meanwhile: what they have not finished looks like the end.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/journal_format.hpp"
#include "store/run_dir.hpp"

namespace farm {

class JournalReader {
 public:
  enum class Damage {
    refuse,  ///< a damaged line with good ones after it is an Error
    skip,    ///< it is passed over and counted
  };

  struct Place {
    std::uint64_t line = 1;    ///< from 1
    std::uint64_t offset = 0;  ///< of its first byte in the file
  };

  JournalReader(RunDir::File file, Damage damage);

  /// The next record, or false at the end. Throws Error (usage): the file is not a journal, is written by a newer farm,
  /// is damaged, or cannot be read.
  bool next(Record& record);

  /// Damaged lines passed over so far.
  std::uint64_t skipped() const { return skipped_; }

  /// The places passed over so far where a write was lost. Nothing in them had been acknowledged as durable.
  const std::vector<Place>& holes() const { return holes_; }

  /// After the end: where the last write was cut off by a crash; nothing when the file ends with a whole line.
  std::optional<Place> torn() const { return bad_; }

  const std::string& path() const { return file_.path; }

 private:
  bool next_line(std::string_view& line);
  bool refill();
  void require_journal(std::string_view line, JournalDecoder::Verdict verdict, const Record& record) const;
  JournalDecoder::Verdict decode(std::string_view line, Record& record);
  void pass_bad_lines();
  void note_bad_line(std::string_view line);

  RunDir::File file_;
  Damage damage_;
  JournalDecoder decoder_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is not yet read in buffer_
  std::size_t end_ = 0;
  Place place_;  // of the line being read
  Place next_place_;
  std::optional<Place> bad_;      // the first of the bad lines since the last good one
  std::uint64_t bad_lines_ = 0;   // how many they are, without those in holes
  std::vector<Place> new_holes_;  // among them
  std::vector<Place> holes_;
  std::uint64_t skipped_ = 0;
};

}  // namespace farm
