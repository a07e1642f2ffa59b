/// Text with placeholders for named parameters: `sim --t {T} > out-{T:06.2f}-{seed}.txt`. Parsed once, filled in for
/// every combination.
///
///     {name}                       the value
///     {name/} {name//}             of a path: its last part; its directory
///     {name.} {name/.}             without its extension; the last part without it
///     {name:06.2f}                 in a format of fmt's (and Python's)
///     {#} {#:05d}                  the number of the combination, from 1
///     {{ }}                        a brace
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/path_part.hpp"

namespace farm {

/// A pattern that is none, or a value that cannot be formatted as it asks.
class PatternError : public std::runtime_error {
 public:
  PatternError(const std::string& message, std::size_t offset) : std::runtime_error(message), offset_(offset) {}
  /// Into the pattern's text.
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

class Pattern {
 public:
  enum class Insert {
    as_is,
    quoted,  ///< what is inserted is one word for a shell
  };

  /// `names` are those of the parameters. Throws PatternError.
  Pattern(std::string_view text, const std::vector<std::string>& names, Insert insert);

  /// For one value per name, and the number of the combination. Throws PatternError when a value does not fit its
  /// format.
  std::string fill(const std::vector<std::string>& values, std::uint64_t number) const;

  /// What all fill() begins with: the text before the first placeholder, or all there is.
  const std::string& beginning() const { return pieces_.front().text; }

 private:
  /// `text`, then the value, if there is one.
  struct Piece {
    std::string text;
    bool has_value = false;
    std::size_t parameter = 0;  ///< the number of names for {#}
    PathPart part = PathPart::whole;
    std::string format;
    std::size_t at = 0;
  };

  void add_placeholder(std::string_view content, std::size_t at, const std::vector<std::string>& names);

  std::vector<Piece> pieces_;
  Insert insert_;
};

}  // namespace farm
