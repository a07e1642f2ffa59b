/// The words of a condition: `size * 2 >= 'x'` is five. Knows which names are parameters, but no grammar.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

struct ConditionWord {
  enum class Kind {
    end,
    number,
    text,  ///< was in quotes
    parameter,
    word,    ///< and, or, not, true, false
    symbol,  ///< an operator or a parenthesis
  };

  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 0;
  std::size_t parameter = 0;

  bool is(Kind wanted, std::string_view written) const { return kind == wanted && text == written; }
};

class ConditionScanner {
 public:
  ConditionScanner(std::string_view text, const std::vector<std::string>& names) : text_(text), names_(names) {}

  /// Throws ConditionError for what is none of these.
  ConditionWord next();

 private:
  ConditionWord quoted();
  ConditionWord braced();
  ConditionWord symbol();
  ConditionWord word();
  std::size_t number_size() const;
  std::size_t keyword_size() const;
  ConditionWord take(ConditionWord::Kind kind, std::size_t size);
  [[noreturn]] void fail_unknown(std::string_view name, std::size_t at) const;
  std::string_view rest() const { return text_.substr(at_); }

  std::string_view text_;
  const std::vector<std::string>& names_;
  std::size_t at_ = 0;
};

/// A finite number in decimal, with or without a sign; nullopt for anything else.
std::optional<long double> parse_condition_number(std::string_view text);

}  // namespace farm
