/// What a task needs of the node it runs on, and which of its ends get another try. Plain data; knows nothing of nodes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace farm {

struct Needs {
  std::uint32_t cpus = 0;  ///< cores of its own, to which it is bound; 0: one slot and no binding
  /// Bytes of resident memory it may use, all its processes together; 0: no limit. Pages that they share count for each
  /// of them. What has more is killed, a twentieth of a second to a fifth after the fact.
  std::uint64_t memory = 0;
  std::uint32_t gpus = 0;
  std::vector<std::pair<std::string, std::uint32_t>> tokens;  ///< of the whole run (`--token`); each name once

  /// A task as most are: one slot, and nothing that would have to be set apart for it.
  bool is_plain() const { return cpus == 0 && memory == 0 && gpus == 0 && tokens.empty(); }
  friend auto operator<=>(const Needs&, const Needs&) = default;
};

/// One kind of end that gets another try, and what the next attempt has more of.
struct RetryCondition {
  enum class End {
    exit,         ///< an exit status that is not 0: `code`, or any
    signal,       ///< a signal: `code`, or any
    timeout,      ///< its time was over; `growth` applies to the limit
    memory,       ///< its memory was; `growth` applies to the limit
    not_started,  ///< its program could not be executed
  };
  End end = End::exit;
  std::optional<std::int32_t> code;
  double growth = 1;  ///< factor on the limit, from attempt to attempt
  friend bool operator==(const RetryCondition&, const RetryCondition&) = default;
};

/// Which ends get another try, as long as there are tries left. Empty: every end.
struct RetryRule {
  std::vector<RetryCondition> conditions;
  friend bool operator==(const RetryRule&, const RetryRule&) = default;
};

}  // namespace farm
