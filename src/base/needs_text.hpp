/// What a task needs and which of its ends get another try, as people write it: `db=1,licence=2`,
/// `exit:75, signal:KILL, timeout*2`. Knows nothing of where that stands: callers add the place to a complaint.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "farm/needs.hpp"

namespace farm {

/// What is wrong with such a text, for the user.
class NeedsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The words between commas and blanks; none is empty.
std::vector<std::string> split_words(std::string_view text);

/// `KILL`, `SIGKILL` or `9`. Throws NeedsError.
std::int32_t parse_signal(std::string_view text);

/// One end: `exit`, `exit:75`, `signal`, `signal:KILL`, `signal:9`, `timeout`, `timeout*2`, `memory`, `memory*1.5` or
/// `not_started`. Throws NeedsError, also for what no task can end with.
RetryCondition parse_retry_condition(std::string_view word);

/// Throws NeedsError when there is none, or two that say different things of one end.
RetryRule make_retry_rule(std::vector<RetryCondition> conditions);

/// Ends between commas and blanks. Throws NeedsError with all that is wrong.
RetryRule parse_retry_rule(std::string_view text);

/// Adds a token, or throws NeedsError: for a name that is none or comes twice, and a `count` that is not a whole number
/// from 1.
void add_token(std::vector<std::pair<std::string, std::uint32_t>>& tokens, std::string_view name,
               std::string_view count);

/// `name=count` between commas and blanks; none for an empty text. Throws NeedsError with all that is wrong.
std::vector<std::pair<std::string, std::uint32_t>> parse_tokens(std::string_view text);

/// "4 cpus, 2 GiB of memory, 1 gpu, 3 of db"; "nothing" when it needs nothing.
std::string format_needs(const Needs& needs);

}  // namespace farm
