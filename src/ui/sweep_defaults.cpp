#include "ui/sweep_defaults.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// nullopt when it cannot be read. A line whose first character is # is a comment.
std::optional<Arguments> read_words(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) text += line + '\n';
  }
  if (file.bad()) return std::nullopt;
  return typed_words(text);
}

void append(ArgumentGroup& group, const Arguments& words) {
  group.words.insert(group.words.end(), words.begin(), words.end());
}

}  // namespace

Arguments typed_words(std::string_view text) {
  Arguments words;
  bool is_inside = false;  // a word
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && is_blank(c)) {
      is_inside = false;
      continue;
    }
    if (!is_inside) words.emplace_back();
    is_inside = true;
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
      words.back() += text[++at];
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::vector<ArgumentGroup> default_words(const SweepDefaults& defaults, const std::vector<std::string>& profiles) {
  ArgumentGroup from_files{"the profile", {}};
  for (const std::string& name : profiles) {
    const bool is_path = name.starts_with('/') || name.starts_with('.');
    const std::string path = is_path ? name : defaults.home + "/.parallel/" + name;
    const auto words = read_words(path);
    if (!words)
      fail_usage(fmt::format("-J {}: cannot read {}: {}", printable(name), printable(path), std::strerror(errno)));
    append(from_files, *words);
  }
  if (profiles.empty() && !defaults.home.empty()) {
    for (const std::string& path : {std::string("/etc/parallel/config"), defaults.home + "/.parallel/config"}) {
      if (const auto words = read_words(path)) append(from_files, *words);
    }
    from_files.place = "~/.parallel/config";
  }
  return {from_files, {"$PARALLEL", typed_words(defaults.parallel)}};
}

}  // namespace farm
