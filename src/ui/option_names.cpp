#include "ui/option_names.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_like(std::string_view name, std::string_view typed) {
  return typed.size() <= name.size() &&
         std::equal(typed.begin(), typed.end(), name.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

// Two names of one option do not make its beginning ambiguous.
std::string full_name(const CLI::App& app, const std::string& typed) {
  Arguments names;
  const CLI::Option* meant = nullptr;
  bool is_ambiguous = false;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (!begins_like(name, typed)) continue;
      if (name.size() == typed.size()) return name;
      if (option->get_group() == written_out) continue;
      is_ambiguous = is_ambiguous || (meant != nullptr && meant != option);
      meant = option;
      names.push_back("--" + name);
    }
  }
  if (!is_ambiguous) return names.empty() ? typed : names.front().substr(2);
  fail_usage(fmt::format("--{} is the beginning of {}: write more of it", printable(typed), fmt::join(names, ", ")));
}

// What the word behind an option is.
enum class Behind { nothing_of_it, its_value, attached };

Behind complete_long(const CLI::App& app, std::string& word) {
  const std::size_t equals = std::min(word.find('='), word.size());
  word = "--" + full_name(app, word.substr(2, equals - 2)) + word.substr(equals);
  const CLI::Option* option = app.get_option_no_throw(word.substr(0, word.find('=')));
  const bool takes_next = option != nullptr && option->get_items_expected_min() > 0 && word.find('=') == word.npos;
  return takes_next ? Behind::its_value : Behind::nothing_of_it;
}

// The same for `-kj4`, `-k -j 4`, `-l`.
Behind complete_short(const CLI::App& app, std::string& word, const std::string& next) {
  for (std::size_t at = 1; at < word.size(); ++at) {
    const CLI::Option* option = app.get_option_no_throw(fmt::format("-{}", word[at]));
    if (option == nullptr || option->get_items_expected_max() == 0) continue;
    if (at + 1 < word.size()) return Behind::nothing_of_it;
    if (option->get_items_expected_min() > 0) return Behind::its_value;
    const bool has_number = parse_count(next).has_value();
    word += has_number ? next : "1";
    return has_number ? Behind::attached : Behind::nothing_of_it;
  }
  return Behind::nothing_of_it;
}

}  // namespace

Arguments complete_options(const CLI::App& app, Arguments arguments) {
  Arguments completed;
  std::size_t at = 0;
  while (at < arguments.size() && is_option(arguments[at])) {
    std::string& word = arguments[at++];
    const std::string next = at < arguments.size() ? arguments[at] : std::string();
    const Behind behind = word.starts_with("--") ? complete_long(app, word) : complete_short(app, word, next);
    completed.push_back(word);
    if (behind == Behind::nothing_of_it || at == arguments.size()) continue;
    if (behind == Behind::its_value) completed.push_back(next);
    ++at;
  }
  completed.insert(completed.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
  return completed;
}

}  // namespace farm
