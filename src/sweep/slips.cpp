#include "sweep/slips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "sweep/placeholder.hpp"

namespace farm {
namespace {

class Finder {
 public:
  Finder(const Placeholders& placeholders, std::size_t values, bool quotes_values)
      : placeholders_(placeholders), values_(values), quotes_values_(quotes_values) {}

  void look_at(std::string_view text, bool is_command) {
    char quote = '\0';  // the open one
    for (std::size_t at = 0; at < text.size();) {
      if (const auto found = placeholders_.find(text, at)) {
        judge(text.substr(at, found->length), found->placeholder, is_command ? quote : '\0');
        at += found->length;
        continue;
      }
      const char c = text[at++];
      if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = '\0';
      }
    }
  }

  std::vector<std::string> take() { return std::move(slips_); }

 private:
  void judge(std::string_view text, const Placeholder& placeholder, char quote) {
    const bool is_of_values =
        placeholder.what == Placeholder::What::value || placeholder.what == Placeholder::What::computed;
    if (!is_of_values) return;
    const auto position = static_cast<std::size_t>(std::abs(placeholder.position));
    if (position > values_) {
      add(fmt::format("{} stands for nothing: a task has {} {}", printable(text), values_,
                      values_ == 1 ? "value" : "values"));
    }
    if (quote != '\0' && quotes_values_) {
      add(fmt::format(
          "{} stands between {} quotes, and values with blanks or the like are quoted by themselves: leave your "
          "quotes out",
          printable(text), quote == '"' ? "double" : "single"));
    }
  }

  void add(std::string slip) {
    if (std::find(slips_.begin(), slips_.end(), slip) == slips_.end()) slips_.push_back(std::move(slip));
  }

  const Placeholders& placeholders_;
  std::size_t values_;
  bool quotes_values_;
  std::vector<std::string> slips_;
};

}  // namespace

std::vector<std::string> find_slips(const Sweep& sweep, const std::vector<std::string>& columns, std::size_t values) {
  const Placeholders placeholders(sweep.names, columns);
  Finder finder(placeholders, values, !sweep.quote_words);
  std::string command;
  for (const std::string& word : sweep.command) command.append(command.empty() ? "" : " ").append(word);
  finder.look_at(command, true);
  for (const std::string* text : {&sweep.tag, &sweep.directory, &sweep.results, &sweep.filter}) {
    finder.look_at(*text, false);
  }
  return finder.take();
}

}  // namespace farm
