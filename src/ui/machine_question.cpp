#include "ui/machine_question.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "node/node_facts.hpp"

namespace farm {
namespace {

// The release that tests/program/sweep_differential.py runs beside farm.
constexpr std::uint64_t followed_version = 20221122;

std::string answer_version(const std::string& wanted) {
  const auto least = parse_count(wanted);
  if (!least) {
    fail_usage(fmt::format("--minversion {}: expected a version of GNU parallel, such as {}", printable(wanted),
                           followed_version));
  }
  if (*least > followed_version) {
    fail_fatal(fmt::format("--minversion {}: farm sweep follows GNU parallel {}", *least, followed_version));
  }
  return fmt::format("{}\n", followed_version);
}

}  // namespace

std::optional<std::string> answer_question(const Arguments& words) {
  if (words.empty()) return std::nullopt;
  const std::string_view first = words.front();
  if (first == "--minversion") return answer_version(words.size() > 1 ? words[1] : "");
  if (first.starts_with("--minversion=")) return answer_version(std::string(first.substr(first.find('=') + 1)));
  if (!first.starts_with("--number-of-")) return std::nullopt;
  const MachineParts parts = count_machine_parts();
  if (first == "--number-of-sockets") return fmt::format("{}\n", parts.sockets);
  if (first == "--number-of-cores" || first == "--number-of-cpus") return fmt::format("{}\n", parts.cores);
  if (first == "--number-of-threads") return fmt::format("{}\n", parts.threads);
  return std::nullopt;
}

}  // namespace farm
