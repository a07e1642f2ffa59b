/// One value of an expression: nothing, a number or bytes, each of which Perl reads as the others. May only refer to
/// bytes that are somewhere else.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "expression/number.hpp"

namespace farm {

class Scalar {
 public:
  /// undef: reads as "" and 0.
  Scalar() = default;
  explicit Scalar(Number number) : value_(number) {}
  explicit Scalar(std::string text) : value_(std::move(text)) {}
  explicit Scalar(bool truth);
  static Scalar of(std::uint64_t number) { return Scalar(Number(number)); }
  /// The bytes stay where they are, and must.
  static Scalar view(std::string_view text);

  bool is_defined() const { return !std::holds_alternative<std::monostate>(value_); }
  /// False for undef, "", "0" and 0.
  bool is_true() const;
  Number number() const;
  /// The number, if it is held as one.
  const Number* held_number() const { return std::get_if<Number>(&value_); }
  /// The bytes; written into `buffer` first if they are not held as such. Good while neither changes.
  std::string_view text(std::string& buffer) const;
  std::string text() const;
  /// Of the bytes it holds; 0 for a number.
  std::size_t size() const;

 private:
  std::variant<std::monostate, Number, std::string_view, std::string> value_;
};

using Scalars = std::vector<Scalar>;

}  // namespace farm
