/// Cuts bytes that come in any pieces into the records of an input source. Knows nothing of where the bytes come from,
/// nor of columns.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "farm/sweep.hpp"

namespace farm {

class RecordSplitter {
 public:
  /// Takes separator, csv, end_marker, skip_blank and grouping.lines of `rules`.
  explicit RecordSplitter(const Sweep& rules);

  /// Ends the life of the record next() returned.
  void feed(std::string_view bytes);
  /// Nothing more will be fed: a last record may lack its separator.
  void finish() { is_complete_ = true; }

  /// The next record without its separator; nullopt when the rest of it is still to come or when there is none.
  std::optional<std::string_view> next();

  /// No record will come any more, whatever is fed.
  bool has_ended() const { return ended_; }

  /// How many newlines came before the record next() returned.
  std::size_t lines_before() const { return lines_before_; }

 private:
  std::optional<std::string_view> cut();
  std::size_t find_end() const;
  std::optional<std::string_view> continued(std::string_view record);

  std::string separator_;
  bool csv_;
  bool joins_;  // a record that ends in a blank goes on in the next one
  bool skip_blank_;
  std::optional<std::string> end_marker_;
  std::string bytes_;
  std::size_t begin_ = 0;
  std::string begun_;  // the record that goes on
  bool has_begun_ = false;
  bool is_complete_ = false;
  bool ended_ = false;
  std::size_t lines_before_ = 0;
  std::size_t lines_cut_ = 0;
};

}  // namespace farm
