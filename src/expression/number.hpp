/// Numbers as Perl has them: 64-bit integers while they are exact, doubles otherwise. Knows nothing of strings but how
/// a number is read from and written as one.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace farm {

/// A signed integer, an unsigned one that no signed one can hold, or a double.
class Number {
 public:
  Number() = default;
  explicit Number(std::int64_t value) : value_(value) {}
  explicit Number(std::uint64_t value);
  explicit Number(double value) : value_(value) {}

  /// The number `text` begins with, after white space; 0 if there is none.
  static Number parse(std::string_view text);

  bool is_integer() const { return !std::holds_alternative<double>(value_); }
  double real() const;
  /// Towards zero, into 64 bits: what is below them becomes the smallest, what is above all ones.
  std::int64_t integer() const;
  /// The same, the bits taken as unsigned.
  std::uint64_t bits() const;
  bool is_zero() const { return real() == 0; }
  bool is_negative() const { return real() < 0; }

  /// As print writes it: integers in full, doubles with 15 significant digits.
  void append_to(std::string& out) const;

  /// An integer if it is one that a double holds exactly, else itself: sums of such doubles are integers again.
  Number simplified() const;

 private:
  std::variant<std::int64_t, std::uint64_t, double> value_;
  bool is_loose_ = false;  ///< read from a text that is not just an integer: stays a double
};

/// Whether `text` is nothing but a number, white space around it aside.
bool looks_like_number(std::string_view text);

Number operator+(const Number& left, const Number& right);
Number operator-(const Number& left, const Number& right);
Number operator*(const Number& left, const Number& right);
/// nullopt for a division by zero.
std::optional<Number> divide(const Number& left, const Number& right);
/// Of integers, with the sign of `right`; nullopt for a modulus of zero.
std::optional<Number> modulo(const Number& left, const Number& right);
Number power(const Number& base, const Number& exponent);
Number truncate(const Number& number);
Number magnitude(const Number& number);
/// Unordered when one is not a number.
std::partial_ordering compare(const Number& left, const Number& right);

}  // namespace farm
