/// The combinations of a sweep's sources in order, one at a time: a cursor over their product, never a list. Knows
/// nothing of commands.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fingerprint.hpp"
#include "farm/sweep.hpp"
#include "manifest/row_reader.hpp"
#include "sweep/shuffled.hpp"

namespace farm {

class SweepRows {
 public:
  using Next = RowReader::Next;

  /// Reads all sources but the first, and that one, too, when it must be known as a whole: for `load_first`, a shuffled
  /// or a linked sweep. `rules` must outlive it. Throws one Error (usage) with everything that is wrong.
  SweepRows(const Sweep& rules, bool load_first);

  /// The values of one more combination. They are views that hold until the next call.
  Next next(std::vector<std::string_view>& values);

  /// How many of the first values are those of the combination before.
  std::size_t unchanged() const { return unchanged_; }

  /// Readable when next() may have more after it said `later`; -1 when it never does.
  int fd() const;

  /// The names of the columns where the sources have headings; known once next() said something else than `later`.
  std::vector<std::string> columns() const;

  /// Combinations in all; nullopt when only the end will tell, or when they are more than 2^64.
  std::optional<std::uint64_t> total() const { return total_; }

  /// Of all values; nullopt when some come from a stream.
  std::optional<Fingerprint> digest() const { return digest_; }

 private:
  // Sources that go in step.
  struct Group {
    std::vector<const SweepInput*> inputs;
    std::vector<std::vector<Row>> rows;  // of each input
    std::vector<Row> names;              // of each input
    std::uint64_t size = 0;              // rows of the group; inputs with fewer begin again
  };

  void make_groups();
  void load(Group& group);
  void drop_if_all_empty();
  void scan_first();
  Next next_of_first();
  bool advance();
  void append_group(std::size_t group, std::uint64_t index, std::vector<std::string_view>& values);
  void set_total();

  const Sweep& rules_;
  std::vector<Group> groups_;
  bool first_is_loaded_;
  bool streams_first_ = false;
  bool reads_stream_ = false;
  bool has_values_ = false;
  std::deque<RowReader> first_;  // readers of the first group where it is not loaded
  std::vector<Row> first_rows_;  // what they read last
  std::uint64_t first_count_ = 0;
  std::size_t arrived_ = 0;  // how many of them have read their next row

  std::vector<std::uint64_t> sizes_;        // of the loaded groups
  std::vector<std::uint64_t> combination_;  // an index for each of them
  std::vector<std::uint64_t> shuffled_combination_;
  std::vector<std::size_t> starts_;  // where each group's values begin
  std::size_t changed_ = 0;          // the first group whose values are not up to date
  std::size_t unchanged_ = 0;
  bool has_begun_ = false;
  bool ended_ = false;
  std::optional<Shuffled> shuffled_;
  std::optional<std::uint64_t> total_;
  Fingerprinter fingerprinter_;
  std::optional<Fingerprint> digest_;
};

}  // namespace farm
