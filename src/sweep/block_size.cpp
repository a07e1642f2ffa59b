#include "sweep/block_size.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace farm {
namespace {

// nullopt for what is no unit.
std::optional<double> factor(std::string_view unit) {
  constexpr std::string_view decimal = "kmgtp";
  constexpr std::string_view binary = "KMGTP";
  if (unit.empty()) return 1.0;
  const bool has_i = unit.size() == 2 && (unit[1] == 'i' || unit[1] == 'I');
  if (unit.size() > 1 && !has_i) return std::nullopt;
  const std::size_t small = decimal.find(unit[0]);
  const std::size_t large = binary.find(unit[0]);
  if (small == std::string_view::npos && large == std::string_view::npos) return std::nullopt;
  const bool is_decimal = small != std::string_view::npos && !has_i;
  return std::pow(is_decimal ? 1000.0 : 1024.0, static_cast<double>(std::min(small, large) + 1));
}

}  // namespace

std::optional<std::int64_t> parse_block_size(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (text.starts_with('-')) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end && number < 0 ? std::optional(number) : std::nullopt;
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const auto times = factor({stop, static_cast<std::size_t>(end - stop)});
  constexpr double too_many = 0x1p63;
  if (error != std::errc{} || !times || !(number * *times < too_many)) return std::nullopt;
  return static_cast<std::int64_t>(number * *times);
}

}  // namespace farm
