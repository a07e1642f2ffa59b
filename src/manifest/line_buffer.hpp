/// Cuts bytes that come in any pieces into lines, in constant memory. Knows nothing of where the bytes come from or
/// what the lines mean.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace farm {

class LineBuffer {
 public:
  /// Lines up to `longest` bytes come out whole. A longer one comes out cut, or whole by chance, but in any case longer
  /// than `longest + 1` bytes.
  explicit LineBuffer(std::size_t longest);

  /// Where to put what is read next; never empty. Ends the life of the line next() returned.
  std::span<char> space();

  /// So many bytes were put there. 0 is the end of the text, where a last line may lack its newline.
  void filled(std::size_t bytes);
  bool at_end() const { return at_end_; }

  /// The next line without its newline; nullopt when the rest of it is still to come or, at the end, when there is
  /// none.
  std::optional<std::string_view> next();

 private:
  std::string_view take(std::size_t line_end, std::size_t next_begin);

  std::size_t kept_of_long_line_;
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;  ///< not cleared: most texts fill a small part of it
  std::size_t begin_ = 0;          ///< of what next() has not returned
  std::size_t searched_ = 0;       ///< there is no newline between begin_ and here
  std::size_t end_ = 0;
  bool at_end_ = false;
};

}  // namespace farm
