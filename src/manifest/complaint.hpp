/// What is wrong with a manifest and where, collected so that everything is told at once. Knows no manifest form.
#pragma once
#include <cstdint>
#include <string>
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
  bool empty() const { return count_ == 0; }

  /// Does nothing when there are none; else throws one Error with the first 20 of them and how many more there are.
  void raise_if_any(Error::Kind kind) const;

 private:
  std::vector<std::string> shown_;
  std::uint64_t count_ = 0;
};

}  // namespace farm
