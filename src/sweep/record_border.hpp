/// Where one record ends and the next begins, in bytes that are at hand.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "farm/pipe.hpp"

namespace farm {

class RecordBorder {
 public:
  explicit RecordBorder(const PipeOptions& options);

  /// What marks a border: the end of a record and the start of the next; empty when every byte is a record.
  const std::string& mark() const { return mark_; }

  /// Bytes of a mark that belong to the record before the border.
  std::size_t before() const { return before_; }

  /// Where the first or last mark that is wholly in `text` begins. Only when marks are not empty.
  std::optional<std::size_t> first(std::string_view text) const;
  std::optional<std::size_t> last(std::string_view text) const;

 private:
  std::string mark_;
  std::size_t before_;
};

}  // namespace farm
