#include "ui/walltime.hpp"

#include <fmt/core.h>

#include <ctime>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view advice) {
  fail_usage(fmt::format("--walltime {}: {}", shell_quote(printable(text)), advice));
}

// "90", "1.5h", and units one after the other from large to small: "1h30m", "1d12h", "2m30s".
std::optional<Nanos> read_long_time(std::string_view text) {
  if (const auto plain = parse_duration(text)) return plain;
  constexpr std::string_view units = "dhms";
  Nanos sum{0};
  std::size_t smallest_unit = 0;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(units);
    if (end == std::string_view::npos) return std::nullopt;
    const std::size_t unit = units.find(text[end]) + 1;
    const auto part = parse_duration(text.substr(0, end + 1));
    if (!part || unit <= smallest_unit || *part > Nanos::max() - sum) return std::nullopt;
    smallest_unit = unit;
    sum += *part;
    text.remove_prefix(end + 1);
  }
  return smallest_unit > 0 ? std::optional(sum) : std::nullopt;
}

std::optional<Nanos> read_walltime(std::string_view text) {
  if (const auto time = read_long_time(text)) return time;
  return parse_slurm_time(text);
}

// "2026-03-01T18:30", with seconds or without, in local time.
std::optional<Nanos> read_moment(std::string_view text) {
  const std::string whole(text);
  for (const char* const form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"}) {
    std::tm parts{};
    const char* const end = ::strptime(whole.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;
    const int day = parts.tm_mday;
    const std::time_t moment = std::mktime(&parts);
    if (parts.tm_mday != day) return std::nullopt;  // there is no 30 February
    constexpr std::time_t last = Nanos::max() / std::chrono::seconds(1);
    if (moment >= 0 && moment < last) return std::chrono::seconds(moment);
  }
  return std::nullopt;
}

}  // namespace

AllocationEnd parse_walltime(std::string_view text, Nanos now) {
  constexpr const char* advice =
      "expected how long the run may still take, as 90m, 1h30m or 1-12:00:00, or when it has to be over, as "
      "2030-12-31T18:00";
  const auto length = read_walltime(text);
  if (length && *length == Nanos::zero()) refuse(text, "no time is left to run anything in");
  if (length && *length < Nanos::max() - now) return {now + *length, "--walltime", length};
  const auto end = read_moment(text);
  if (!end) refuse(text, advice);
  if (*end <= now) refuse(text, "that is in the past");
  return {*end, "--walltime"};
}

}  // namespace farm
