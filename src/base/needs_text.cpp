#include "base/needs_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "base/signal_name.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

using End = RetryCondition::End;

struct EndName {
  std::string_view name;
  End end;
  bool has_code;
  bool can_grow;
};

constexpr std::array<EndName, 5> ends{{{"exit", End::exit, true, false},
                                       {"signal", End::signal, true, false},
                                       {"timeout", End::timeout, false, true},
                                       {"memory", End::memory, false, true},
                                       {"not_started", End::not_started, false, false}}};

// A limit that grows a thousandfold from one try to the next is a slip.
constexpr double most_growth = 1000;

constexpr std::string_view separators = ", \t\r\n";

const EndName& find_end(std::string_view name) {
  const auto found = std::find_if(ends.begin(), ends.end(), [&](const EndName& end) { return end.name == name; });
  if (found != ends.end()) return *found;
  std::vector<std::string> names;
  for (const EndName& end : ends) names.emplace_back(end.name);
  const std::string meant = nearest(name, names);
  if (!meant.empty()) throw NeedsError(fmt::format("unknown end '{}'; did you mean '{}'?", printable(name), meant));
  throw NeedsError(
      fmt::format("unknown end '{}'; there are exit:CODE, signal:NAME, timeout*FACTOR, memory*FACTOR and "
                  "not_started",
                  printable(name)));
}

std::int32_t exit_code(std::string_view text) {
  const auto code = parse_count(text);
  if (code && *code >= 1 && *code <= 255) return static_cast<std::int32_t>(*code);
  throw NeedsError(fmt::format("no task that fails has the exit status '{}'; there are 1 to 255", printable(text)));
}

}  // namespace

std::int32_t parse_signal(std::string_view text) {
  if (const auto number = signal_number(text)) return *number;
  throw NeedsError(fmt::format("'{}' is not a signal; write its name, such as KILL, or its number", printable(text)));
}

namespace {

double growth_factor(std::string_view text) {
  double factor = 0;
  const bool is_decimal = !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  const bool is_number = is_decimal && error == std::errc() && end == text.data() + text.size();
  if (is_number && factor >= 1 && factor <= most_growth) return factor;
  throw NeedsError(
      fmt::format("a limit cannot grow by '{}'; write a factor from 1 to {}", printable(text), most_growth));
}

// Calls `read` for every word of `text`, and only then throws what it has thrown.
template <class Read>
void read_words(std::string_view text, const Read& read) {
  std::vector<std::string> troubles;
  for (const std::string& word : split_words(text)) {
    try {
      read(word);
    } catch (const NeedsError& error) {
      troubles.emplace_back(error.what());
    }
  }
  if (!troubles.empty()) throw NeedsError(fmt::format("{}", fmt::join(troubles, "; and ")));
}

bool is_name(std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_part);
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(separators); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(separators, end);
  }
  return words;
}

RetryCondition parse_retry_condition(std::string_view word) {
  const std::size_t mark = std::min(word.find_first_of(":*"), word.size());
  const EndName& end = find_end(word.substr(0, mark));
  RetryCondition condition{.end = end.end, .code = std::nullopt, .growth = 1};
  if (mark == word.size()) return condition;
  const std::string_view rest = word.substr(mark + 1);
  if (word[mark] == ':') {
    if (!end.has_code) throw NeedsError(fmt::format("'{}' takes no ':'; only exit and signal do", end.name));
    condition.code = end.end == End::exit ? exit_code(rest) : parse_signal(rest);
  } else {
    if (!end.can_grow) throw NeedsError(fmt::format("'{}' has no limit that could grow", end.name));
    condition.growth = growth_factor(rest);
  }
  return condition;
}

RetryRule make_retry_rule(std::vector<RetryCondition> conditions) {
  if (conditions.empty()) throw NeedsError("there is no end in it; write for example exit:75 or timeout*2");
  for (auto condition = conditions.begin(); condition != conditions.end(); ++condition) {
    const bool is_twice = std::any_of(conditions.begin(), condition, [&](const RetryCondition& other) {
      return other.end == condition->end && other.growth != condition->growth;
    });
    if (is_twice) throw NeedsError("the same end has two factors");
  }
  return {std::move(conditions)};
}

RetryRule parse_retry_rule(std::string_view text) {
  std::vector<RetryCondition> conditions;
  read_words(text, [&](const std::string& word) { conditions.push_back(parse_retry_condition(word)); });
  return make_retry_rule(std::move(conditions));
}

void add_token(std::vector<std::pair<std::string, std::uint32_t>>& tokens, std::string_view name,
               std::string_view count) {
  if (!is_name(name)) {
    throw NeedsError(fmt::format("'{}' is not a name for a token: letters, digits, '.', '_' and '-'", printable(name)));
  }
  const auto number = parse_count(count);
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    throw NeedsError(fmt::format("'{}' is not a number of tokens; write a whole number from 1", printable(count)));
  }
  const bool is_taken =
      std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) { return token.first == name; });
  if (is_taken) throw NeedsError(fmt::format("the token '{}' is given twice", name));
  tokens.emplace_back(name, static_cast<std::uint32_t>(*number));
}

std::vector<std::pair<std::string, std::uint32_t>> parse_tokens(std::string_view text) {
  std::vector<std::pair<std::string, std::uint32_t>> tokens;
  read_words(text, [&](std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      throw NeedsError(fmt::format("expected NAME=COUNT, found '{}'; for example db=1", printable(word)));
    }
    add_token(tokens, word.substr(0, equals), word.substr(equals + 1));
  });
  return tokens;
}

std::string format_needs(const Needs& needs) {
  std::vector<std::string> parts;
  const auto count = [&](std::uint32_t number, const char* what) {
    if (number > 0) parts.push_back(fmt::format("{} {}{}", number, what, number == 1 ? "" : "s"));
  };
  count(needs.cpus, "cpu");
  if (needs.memory > 0) parts.push_back(format_bytes(needs.memory) + " of memory");
  count(needs.gpus, "gpu");
  for (const auto& [name, number] : needs.tokens) parts.push_back(fmt::format("{} of {}", number, name));
  return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace farm
