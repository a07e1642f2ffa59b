/// What is wrong with a manifest and where, collected so that everything is told at once, in the order of the places.
/// Knows no manifest form.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "farm/error.hpp"

namespace farm {

struct Complaint {
  std::string file;
  std::uint64_t line = 1;    ///< from 1
  std::uint64_t column = 1;  ///< from 1, in bytes
  std::string message;
  std::string excerpt;  ///< the whole line, as bytes and without its end
};

/// `file:line:column: message`, the line made printable (a long one only around the column), and a caret below the
/// column. Three lines without a newline at the end.
std::string render(const Complaint& complaint);

class Complaints {
 public:
  void add(const Complaint& complaint);
  /// What the same words of a manifest cause again and again, as its defaults and sweeps do, counts once.
  void add_once(const Complaint& complaint);
  void add(const Complaints& others);
  bool empty() const { return count_ == 0; }

  /// Does nothing when there are none; else throws one Error with the first 20 of them and how many more there are.
  void raise_if_any(Error::Kind kind) const;

 private:
  struct Shown {
    std::uint64_t line = 1;
    std::uint64_t column = 1;
    std::string text;
  };

  bool would_show(std::uint64_t line, std::uint64_t column) const;
  void show(Shown shown);

  std::vector<Shown> shown_;               ///< by place, and those of one place as they came
  std::unordered_set<std::size_t> known_;  ///< hashes of what was added once
  std::uint64_t count_ = 0;
};

}  // namespace farm
