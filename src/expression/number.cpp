#include "expression/number.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace farm {
namespace {

__extension__ using Wide = __int128;  // holds the sum, difference and product of any two signed or unsigned integers
                                      // but the largest products, which `narrow` has no business with

constexpr double two_to_53 = 9007199254740992.0;
constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_64 = 18446744073709551616.0;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The parts of a text that begins with a number.
struct Prefix {
  std::string_view text;  ///< sign, digits, point, exponent
  bool is_integer = false;
  std::size_t end = 0;  ///< in the whole text
};

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

std::size_t skip_exponent(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  std::size_t digits = at + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const std::size_t end = skip_digits(text, digits);
  return end > digits ? end : at;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::size_t skip_sign(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == '+' || text[at] == '-') ? at + 1 : at;
}

Prefix find_prefix(std::string_view text) {
  const std::size_t begin = skip_spaces(text, 0);
  const std::size_t digits = skip_sign(text, begin);
  std::size_t at = skip_digits(text, digits);
  std::size_t count = at - digits;
  const bool has_point = at < text.size() && text[at] == '.';
  if (has_point) {
    const std::size_t end = skip_digits(text, at + 1);
    count += end - at - 1;
    at = end;
  }
  if (count == 0) return {};
  const std::size_t end = skip_exponent(text, at);
  return {text.substr(begin, end - begin), !has_point && end == at, end};
}

bool has_word(std::string_view text, std::size_t at, std::string_view lower) {
  if (text.size() - at < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if ((text[at + i] | 0x20) != lower[i]) return false;
  }
  return true;
}

/// "inf", "infinity", "nan" in any case; the end of it in `text`, or 0.
std::size_t find_special(std::string_view text, double& value) {
  const std::size_t begin = skip_spaces(text, 0);
  const std::size_t at = skip_sign(text, begin);
  const bool negative = at > begin && text[begin] == '-';
  for (const std::string_view word : {"infinity", "inf", "nan"}) {
    if (!has_word(text, at, word)) continue;
    const double limit =
        word == "nan" ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    value = negative ? -limit : limit;
    return at + word.size();
  }
  return 0;
}

double read_double(std::string_view digits) {
  if (digits.front() == '+') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  // from_chars leaves the value alone then; which way it went is in the text.
  const bool tiny = digits.find("e-") != digits.npos || digits.find("E-") != digits.npos;
  const double limit = tiny ? 0 : std::numeric_limits<double>::infinity();
  return digits.front() == '-' ? -limit : limit;
}

std::optional<Number> read_integer(std::string_view digits) {
  const bool negative = digits.front() == '-';
  if (negative || digits.front() == '+') digits.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  if (!negative) return Number(value);
  if (value > std::uint64_t{1} << 63) return std::nullopt;
  return Number(static_cast<std::int64_t>(std::uint64_t{0} - value));
}

std::optional<Number> narrow(Wide value) {
  if (value >= std::numeric_limits<std::int64_t>::min() && value <= std::numeric_limits<std::int64_t>::max()) {
    return Number(static_cast<std::int64_t>(value));
  }
  if (value >= 0 && value <= static_cast<Wide>(std::numeric_limits<std::uint64_t>::max())) {
    return Number(static_cast<std::uint64_t>(value));
  }
  return std::nullopt;
}

Wide widen(const Number& integer) {
  return integer.is_negative() ? Wide{integer.integer()} : static_cast<Wide>(integer.bits());
}

std::uint64_t absolute(const Number& integer) {
  const Wide value = widen(integer);
  return static_cast<std::uint64_t>(value < 0 ? -value : value);
}

/// Both as integers, when they are.
bool simplify(Number& left, Number& right) {
  left = left.simplified();
  right = right.simplified();
  return left.is_integer() && right.is_integer();
}

std::optional<Number> modulo_of_reals(double left, double right) {
  right = std::floor(std::fabs(right) + 0.5);
  if (right == 0) return std::nullopt;
  return Number(std::fmod(std::floor(std::fabs(left) + 0.5), right));
}

/// An integer power that surely fits into 64 bits.
std::optional<Number> integer_power(std::uint64_t base, bool negative, std::uint64_t exponent) {
  const auto width = static_cast<std::uint64_t>(std::bit_width(base));
  if (std::has_single_bit(base) || base == 0) return std::nullopt;  // the double is exact
  if (exponent > 64 || width * exponent > 64) return std::nullopt;
  std::uint64_t result = 1;
  for (std::uint64_t i = 0; i < exponent; ++i) result *= base;
  if (!negative || exponent % 2 == 0) return Number(result);
  if (result > std::uint64_t{1} << 63) return Number(-static_cast<double>(result));
  return Number(static_cast<std::int64_t>(std::uint64_t{0} - result));
}

}  // namespace

Number::Number(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    value_ = static_cast<std::int64_t>(value);
  } else {
    value_ = value;
  }
}

Number Number::parse(std::string_view text) {
  const Prefix prefix = find_prefix(text);
  if (prefix.is_integer && skip_spaces(text, prefix.end) == text.size()) {
    if (const auto integer = read_integer(prefix.text)) return *integer;
  }
  Number number(0.0);
  if (!prefix.text.empty()) {
    number.value_ = read_double(prefix.text);
  } else if (double special = 0; find_special(text, special) > 0) {
    number.value_ = special;
  }
  number.is_loose_ = true;
  return number;
}

bool looks_like_number(std::string_view text) {
  double special = 0;
  const Prefix prefix = find_prefix(text);
  const std::size_t end = prefix.text.empty() ? find_special(text, special) : prefix.end;
  return end > 0 && skip_spaces(text, end) == text.size();
}

double Number::real() const {
  return std::visit([](auto value) { return static_cast<double>(value); }, value_);
}

std::int64_t Number::integer() const {
  if (const auto* integer = std::get_if<std::int64_t>(&value_)) return *integer;
  if (const auto* integer = std::get_if<std::uint64_t>(&value_)) return static_cast<std::int64_t>(*integer);
  const double value = std::get<double>(value_);
  if (std::isnan(value)) return 0;
  if (value >= -two_to_63 && value < two_to_63) return static_cast<std::int64_t>(value);
  if (value < 0) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value < two_to_64 ? static_cast<std::uint64_t>(value) : ~std::uint64_t{0});
}

std::uint64_t Number::bits() const { return static_cast<std::uint64_t>(integer()); }

void Number::append_to(std::string& out) const {
  char buffer[32];
  if (is_integer()) {
    const auto* negative = std::get_if<std::int64_t>(&value_);
    const auto end = negative != nullptr ? std::to_chars(buffer, buffer + sizeof(buffer), *negative)
                                         : std::to_chars(buffer, buffer + sizeof(buffer), bits());
    out.append(buffer, end.ptr);
    return;
  }
  const double value = std::get<double>(value_);
  if (value == 0) {
    out += '0';  // also when it is negative
  } else if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Inf" : "Inf";
  } else {
    out.append(buffer, static_cast<std::size_t>(std::snprintf(buffer, sizeof(buffer), "%.15g", value)));
  }
}

Number Number::simplified() const {
  if (is_integer() || is_loose_) return *this;
  const double value = std::get<double>(value_);
  if (std::fabs(value) < two_to_53 && value == std::trunc(value)) return Number(static_cast<std::int64_t>(value));
  return *this;
}

Number operator+(const Number& left, const Number& right) {
  Number a = left, b = right;
  if (simplify(a, b)) {
    if (const auto sum = narrow(widen(a) + widen(b))) return *sum;
  }
  return Number(left.real() + right.real());
}

Number operator-(const Number& left, const Number& right) {
  Number a = left, b = right;
  if (simplify(a, b)) {
    if (const auto difference = narrow(widen(a) - widen(b))) return *difference;
  }
  return Number(left.real() - right.real());
}

Number operator*(const Number& left, const Number& right) {
  Number a = left, b = right;
  if (simplify(a, b) && std::fabs(a.real() * b.real()) < 2 * two_to_64) {
    if (const auto product = narrow(widen(a) * widen(b))) return *product;
  }
  return Number(left.real() * right.real());
}

std::optional<Number> divide(const Number& left, const Number& right) {
  if (right.is_zero()) return std::nullopt;
  Number a = left, b = right;
  // Below 2^53 the division of doubles is exact whenever the quotient is an integer.
  if (simplify(a, b) && std::fabs(a.real()) >= two_to_53 && widen(a) % widen(b) == 0) {
    if (const auto quotient = narrow(widen(a) / widen(b))) return quotient;
  }
  return Number(left.real() / right.real());
}

std::optional<Number> modulo(const Number& left, const Number& right) {
  const bool negative = right.is_negative();
  const bool differ = left.is_negative() != negative;
  const auto is_huge = [](const Number& number) {
    return !number.is_integer() && !(std::fabs(number.real()) < two_to_64);
  };
  if (is_huge(left) || is_huge(right)) {
    const auto rest = modulo_of_reals(left.real(), right.real());
    if (!rest) return std::nullopt;
    const double real = differ && !rest->is_zero() ? std::floor(std::fabs(right.real())) - rest->real() : rest->real();
    return Number(negative ? -real : real);
  }
  const std::uint64_t divisor = absolute(truncate(right));
  if (divisor == 0) return std::nullopt;
  std::uint64_t rest = absolute(truncate(left)) % divisor;
  if (differ && rest != 0) rest = divisor - rest;
  return negative ? *narrow(-static_cast<Wide>(rest)) : Number(rest);
}

Number power(const Number& base, const Number& exponent) {
  Number a = base, b = exponent;
  const bool integers = simplify(a, b);
  if (integers && !b.is_negative()) {
    if (const auto exact = integer_power(absolute(a), a.is_negative(), b.bits())) return *exact;
  }
  const Number result(std::pow(base.real(), exponent.real()));
  return integers ? result.simplified() : result;
}

Number truncate(const Number& number) {
  if (number.is_integer()) return number;
  const Number whole(std::trunc(number.real()));
  const double size = std::fabs(whole.real());
  if (size < two_to_63) return Number(whole.integer());
  return size < two_to_64 && !whole.is_negative() ? Number(whole.bits()) : whole;
}

Number magnitude(const Number& number) {
  if (!number.is_integer()) return Number(std::fabs(number.real()));
  return Number(absolute(number));
}

std::partial_ordering compare(const Number& left, const Number& right) {
  if (!left.is_integer() || !right.is_integer()) return left.real() <=> right.real();
  const Wide a = widen(left), b = widen(right);
  return a < b   ? std::partial_ordering::less
         : a > b ? std::partial_ordering::greater
                 : std::partial_ordering::equivalent;
}

}  // namespace farm
