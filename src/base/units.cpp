#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace farm {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct DurationUnit {
  std::string_view name;
  Nanos length;
};

constexpr std::array<DurationUnit, 6> duration_units{{
    {"", std::chrono::seconds(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", std::chrono::milliseconds(1)},
    {"m", std::chrono::minutes(1)},
    {"h", std::chrono::hours(1)},
    {"d", std::chrono::hours(24)},
}};

// Digits, or digits "." digits: from_chars alone would also take "-1", "1e9", "inf" and "5.".
bool is_decimal(std::string_view text) {
  const auto is_number = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  const std::size_t dot = text.find('.');
  return is_number(text.substr(0, dot)) && (dot == std::string_view::npos || is_number(text.substr(dot + 1)));
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc{} || end != last) return std::nullopt;
  return count;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const auto number_end = std::find_if(text.begin(), text.end(), [](char c) { return !is_digit(c) && c != '.'; });
  const std::string_view number = text.substr(0, static_cast<std::size_t>(number_end - text.begin()));
  std::string_view unit = text.substr(number.size());
  if (!is_decimal(number)) return std::nullopt;
  long double bytes = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), bytes).ec != std::errc{}) return std::nullopt;
  if (!unit.empty() && unit != "B") {
    constexpr std::string_view large = "KMGTP";
    constexpr std::string_view small = "kmgtp";
    const bool is_small = small.find(unit.front()) != std::string_view::npos;
    const std::size_t power = (is_small ? small : large).find(unit.front());
    unit.remove_prefix(1);
    if (power == std::string_view::npos || (!unit.empty() && unit != "B" && unit != "iB")) return std::nullopt;
    const bool is_decimal_unit = unit == "B" || (is_small && unit.empty());
    bytes *= std::pow(is_decimal_unit ? 1000.0L : 1024.0L, static_cast<long double>(power + 1));
  }
  bytes = std::round(bytes);
  if (!(bytes < 18446744073709551615.0L)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::optional<Nanos> parse_duration(std::string_view text) {
  const auto number_end = std::find_if(text.begin(), text.end(), [](char c) { return !is_digit(c) && c != '.'; });
  const std::string_view number = text.substr(0, static_cast<std::size_t>(number_end - text.begin()));
  const std::string_view unit_name = text.substr(number.size());
  const auto unit = std::find_if(duration_units.begin(), duration_units.end(),
                                 [&](const DurationUnit& candidate) { return candidate.name == unit_name; });
  if (unit == duration_units.end() || !is_decimal(number)) return std::nullopt;

  long double value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc{}) return std::nullopt;
  const long double nanos = std::round(value * static_cast<long double>(unit->length.count()));
  // The largest count is 2^63 - 1; as a floating-point number its neighbour 2^63 is exact everywhere.
  if (nanos >= static_cast<long double>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return Nanos(static_cast<std::int64_t>(nanos));
}

std::string format_duration(Nanos duration) {
  const double exact = seconds(duration);
  // Each limit is where rounding would carry into the next larger form: 59.96 s is 1m00s, not 60.0 s.
  if (exact < 59.95) return fmt::format("{:.3g} s", std::round(exact * 1000) / 1000);
  const long long whole_seconds = std::llround(exact);
  if (whole_seconds < 3600) return fmt::format("{}m{:02}s", whole_seconds / 60, whole_seconds % 60);
  const long long minutes = std::llround(exact / 60);
  if (minutes < 24 * 60) return fmt::format("{}h{:02}m", minutes / 60, minutes % 60);
  const long long hours = std::llround(exact / 3600);
  return fmt::format("{}d{:02}h", hours / 24, hours % 24);
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 KiB would be shown as 1024.0 KiB.
  for (; value >= 1023.95 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, units.at(unit));
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t group = 3; group < digits.size(); group += 4) digits.insert(digits.size() - group, 1, ',');
  return digits;
}

}  // namespace farm
