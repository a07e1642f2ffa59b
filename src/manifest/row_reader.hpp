/// The records of one input source, cut into columns, as they come: from the command line, a file, a FIFO or standard
/// input. Knows nothing of other sources.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "farm/sweep.hpp"
#include "sweep/columns.hpp"
#include "sweep/record_splitter.hpp"

namespace farm {

class RowReader {
 public:
  enum class Next {
    row,    ///< one more row was stored
    later,  ///< nothing yet: ask again when fd() is readable
    end,    ///< there are no more
  };

  /// `input` and `rules` must outlive it. Throws Error (usage) for a file that cannot be opened.
  RowReader(const SweepInput& input, const Sweep& rules);

  /// With a heading, the first record is not a row but names(). Throws Error (fatal) for a record with a NUL, a file
  /// that cannot be read, or one that was changed since the reader was made.
  Next next(Row& row);

  /// As next(), but waits instead of saying `later`.
  bool wait_for(Row& row);

  /// -1 when next() never says `later`.
  int fd() const { return is_stream_ ? file_.get() : -1; }
  /// Its rows can be read only once.
  bool is_stream() const { return is_stream_; }

  /// The names of the columns; known once next() has returned anything but `later`.
  const Row& names() const { return names_; }

 private:
  void open();
  bool next_record(std::string_view& record);
  bool refill();
  void require_no_nul(std::string_view record) const;
  void require_unchanged() const;

  const SweepInput& input_;
  const Sweep& rules_;
  ColumnSplitter columns_;
  RecordSplitter records_;
  std::size_t next_word_ = 0;
  UniqueFd file_;
  struct stat opened_ {};
  bool is_stream_ = false;
  bool is_at_end_ = false;
  bool needs_heading_;
  Row names_;
};

}  // namespace farm
