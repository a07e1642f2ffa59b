#include "expression/format.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <stdexcept>

namespace farm {
namespace {

struct Conversion {
  bool left = false, plus = false, space = false, zero = false, alternative = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  std::size_t position = 0;  ///< of the argument, from 1; 0: the next
  char letter = 0;
};

class Printer {
 public:
  Printer(std::string_view format, std::span<const Scalar> arguments, std::size_t limit)
      : format_(format), arguments_(arguments), limit_(limit) {}

  std::string print() {
    while (at_ < format_.size()) {
      if (format_[at_] != '%') {
        out_ += format_[at_++];
        continue;
      }
      const std::size_t begin = at_++;
      const std::size_t next = next_;
      Conversion conversion;
      if (read(conversion)) {
        append(conversion);
      } else {
        next_ = next;
        out_ += format_.substr(begin, at_ - begin);
      }
      check(0);
    }
    return std::move(out_);
  }

 private:
  bool more() const { return at_ < format_.size(); }
  bool take(char c) {
    if (!more() || format_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::size_t> take_number() {
    const std::size_t begin = at_;
    std::size_t value = 0;
    while (more() && format_[at_] >= '0' && format_[at_] <= '9') {
      value = std::min<std::size_t>(value * 10 + static_cast<std::size_t>(format_[at_++] - '0'), limit_ + 1);
    }
    if (at_ == begin) return std::nullopt;
    return value;
  }

  void take_position(Conversion& conversion) {
    const std::size_t begin = at_;
    const auto position = take_number();
    if (position && *position > 0 && take('$')) {
      conversion.position = *position;
    } else {
      at_ = begin;
    }
  }

  void take_flags(Conversion& conversion) {
    for (; more(); ++at_) {
      switch (format_[at_]) {
        case '-':
          conversion.left = true;
          break;
        case '+':
          conversion.plus = true;
          break;
        case ' ':
          conversion.space = true;
          break;
        case '0':
          conversion.zero = true;
          break;
        case '#':
          conversion.alternative = true;
          break;
        default:
          return;
      }
    }
  }

  void take_width(Conversion& conversion) {
    if (!take('*')) {
      conversion.width = take_number().value_or(0);
      return;
    }
    const std::int64_t width = argument(0).number().integer();
    if (width < 0) conversion.left = true;
    conversion.width =
        clamp(width < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(width) : static_cast<std::uint64_t>(width));
  }

  void take_precision(Conversion& conversion) {
    if (!take('.')) return;
    if (!take('*')) {
      conversion.precision = take_number().value_or(0);
      return;
    }
    const std::int64_t precision = argument(0).number().integer();
    if (precision >= 0) conversion.precision = clamp(static_cast<std::uint64_t>(precision));
  }

  bool read(Conversion& conversion) {
    take_position(conversion);
    take_flags(conversion);
    take_width(conversion);
    take_precision(conversion);
    while (more() && std::string_view("hlqLVzt").find(format_[at_]) != std::string_view::npos) ++at_;
    if (!more()) return false;
    conversion.letter = format_[at_++];
    return std::string_view("diuscxXobBeEfFgG%").find(conversion.letter) != std::string_view::npos;
  }

  std::size_t clamp(std::uint64_t count) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(count, limit_ + 1));
  }

  void check(std::size_t more) const {
    if (out_.size() + more > limit_) throw std::length_error("too long");
  }

  Scalar argument(std::size_t position) {
    const std::size_t index = position > 0 ? position - 1 : next_++;
    return index < arguments_.size() ? arguments_[index] : Scalar();
  }

  /// `sign` and prefix stay in front of padding zeros.
  void pad(const Conversion& conversion, std::string_view prefix, std::string_view body, bool zeros) {
    const std::size_t size = prefix.size() + body.size();
    const std::size_t padding = conversion.width > size ? conversion.width - size : 0;
    check(size + padding);
    if (!conversion.left && !zeros) out_.append(padding, ' ');
    out_ += prefix;
    if (!conversion.left && zeros) out_.append(padding, '0');
    out_ += body;
    if (conversion.left) out_.append(padding, ' ');
  }

  std::string_view sign(const Conversion& conversion, bool negative) const {
    return negative ? "-" : conversion.plus ? "+" : conversion.space ? " " : "";
  }

  void append(const Conversion& conversion) {
    const char letter = conversion.letter;
    if (letter == '%') return pad(conversion, "", "%", conversion.zero);
    const Scalar value = argument(conversion.position);
    if (letter == 's') return append_text(conversion, value);
    if (letter == 'c') return append_character(conversion, value);
    const Number number = value.number();
    if (!std::isfinite(number.real())) return append_special(conversion, number);
    if (letter == 'd' || letter == 'i') {
      const std::int64_t integer = number.integer();
      const auto bits = static_cast<std::uint64_t>(integer);
      return append_integer(conversion, sign(conversion, integer < 0), integer < 0 ? std::uint64_t{0} - bits : bits,
                            10);
    }
    switch (letter) {
      case 'u':
        return append_integer(conversion, "", number.bits(), 10);
      case 'x':
      case 'X':
        return append_integer(conversion, "", number.bits(), 16);
      case 'o':
        return append_integer(conversion, "", number.bits(), 8);
      case 'b':
      case 'B':
        return append_integer(conversion, "", number.bits(), 2);
      default:
        return append_real(conversion, number.real());
    }
  }

  void append_text(const Conversion& conversion, const Scalar& value) {
    std::string buffer;
    std::string_view text = value.text(buffer);
    if (conversion.precision) text = text.substr(0, *conversion.precision);
    pad(conversion, "", text, conversion.zero);
  }

  void append_character(const Conversion& conversion, const Scalar& value) {
    const char byte = static_cast<char>(value.number().integer());
    pad(conversion, "", std::string_view(&byte, 1), conversion.zero);
  }

  void append_special(const Conversion& conversion, const Number& number) {
    std::string text;
    magnitude(number).append_to(text);
    pad(conversion, number.is_negative() ? "-" : conversion.plus || conversion.space ? "+" : "", text, conversion.zero);
  }

  void append_integer(const Conversion& conversion, std::string_view prefix, std::uint64_t value, int base) {
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, base);
    std::string digits(buffer, end.ptr);
    if (value == 0 && conversion.precision == std::size_t{0}) digits.clear();
    if (conversion.alternative && value != 0) {
      if (base == 16) prefix = conversion.letter == 'X' ? "0X" : "0x";
      if (base == 2) prefix = conversion.letter == 'B' ? "0B" : "0b";
      if (base == 8) digits.insert(0, 1, '0');
    }
    if (conversion.letter == 'X') {
      std::transform(digits.begin(), digits.end(), digits.begin(), [](char c) { return c >= 'a' ? char(c - 32) : c; });
    }
    const std::size_t least = conversion.precision.value_or(0);
    check(least);
    if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
    pad(conversion, prefix, digits, conversion.zero && !conversion.precision);
  }

  void append_real(const Conversion& conversion, double value) {
    std::string directive = conversion.alternative ? "%#.*" : "%.*";
    directive += conversion.letter;
    const std::size_t precision = conversion.precision.value_or(6);
    check(precision);
    const double size = std::fabs(value);
    std::string digits(precision + 330, '\0');  // the longest double has 309 digits before its point
    const int length =
        std::snprintf(digits.data(), digits.size(), directive.c_str(), static_cast<int>(precision), size);
    digits.resize(static_cast<std::size_t>(length));
    pad(conversion, sign(conversion, std::signbit(value)), digits, conversion.zero);
  }

  std::string_view format_;
  std::span<const Scalar> arguments_;
  std::size_t limit_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  std::string out_;
};

}  // namespace

std::string format_printf(std::string_view format, std::span<const Scalar> arguments, std::size_t limit) {
  return Printer(format, arguments, limit).print();
}

}  // namespace farm
