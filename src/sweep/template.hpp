/// A command line, or any other text, with replacement strings: parsed once, filled in for every task. Knows nothing of
/// where values come from.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sweep/placeholder.hpp"

namespace farm {

/// What a task's replacement strings stand for. The values are the columns of its records, one record after the other.
struct SweepJob {
  std::span<const std::string_view> values;
  std::size_t unchanged = 0;           ///< so many of the first values are those of the job before
  std::uint64_t sequence = 1;          ///< from 1
  bool blank_values = false;           ///< nothing is inserted for them (`-N0`)
  std::optional<std::uint64_t> total;  ///< tasks in all; known whenever the template says that it uses it
};

class Template {
 public:
  struct Form {
    bool quote_values = true;    ///< what is inserted is quoted for a shell
    bool quote_words = false;    ///< instead, every word is, with what is inserted in it (`-q`)
    bool repeat_words = false;   ///< words with a replacement string that means all values come once for each of them
    bool is_command = false;     ///< when it begins with a replacement string, nothing is quoted
    bool append_values = false;  ///< when it says nowhere where to insert them
  };

  /// `words` are joined by spaces. Throws Error (usage) for an expression that is wrong.
  Template(const std::vector<std::string>& words, const Placeholders& placeholders, Form form);

  /// Appends the text for `job`. What depends on the slot is left to be filled in (sweep/late.hpp). Returns false when
  /// an expression said skip().
  bool render(const SweepJob& job, std::string& out) const;

  /// What was rendered last, and where in it each piece begins.
  struct Memory {
    std::string text;
    std::vector<std::size_t> begins;
  };

  /// As render() into an empty text, but renders only what SweepJob::unchanged does not vouch for: from one combination
  /// to the next mostly the last value changes. `memory` belongs to this template and to one sequence of jobs.
  bool render_next(const SweepJob& job, Memory& memory) const;

  /// Whether the total number of tasks is needed before the first can be rendered.
  bool uses_total() const { return uses_total_; }
  /// The text before the first placeholder.
  std::string beginning() const;
  bool has_placeholders() const { return has_placeholders_; }
  bool is_empty() const { return !has_placeholders_ && words_.front().pieces.empty(); }

 private:
  using Piece = std::variant<std::string, Placeholder>;
  struct Word {
    std::string gap{};  // what stands before it
    std::vector<Piece> pieces{};
    bool repeats = false;
    bool begins_argument = false;
  };

  class Renderer;

  std::vector<Piece> parse(std::string_view text, const Placeholders& placeholders);
  void add_words(std::vector<Piece> pieces);
  void append_values();

  Form form_;
  std::vector<std::string> columns_;
  std::vector<Word> words_;
  bool uses_total_ = false;
  bool has_placeholders_ = false;
};

}  // namespace farm
