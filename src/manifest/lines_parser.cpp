#include "manifest/lines_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/needs_text.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "manifest/task_keys.hpp"

namespace farm {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::array<std::string_view, 3> directives{"default", "task", "barrier"};

// A blank behind a backslash stays: there it is part of the last word, not space.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()) && !(text.size() > 1 && text[text.size() - 2] == '\\')) {
    text.remove_suffix(1);
  }
  return text;
}

// Of these the place is still wanted when the task is known.
bool keeps_place(std::string_view key) {
  constexpr std::array<std::string_view, 5> others{"tokens", "cpus", "mem", "gpus", "cwd"};
  return asks_for_tasks(key) || makes_files(key) || std::find(others.begin(), others.end(), key) != others.end();
}

std::string unknown_directive(std::string_view word) {
  if (word.empty()) return fmt::format("'#FARM' needs a directive: {}", fmt::join(directives, ", "));
  const std::string meant = nearest(word, {directives.begin(), directives.end()});
  if (!meant.empty()) return fmt::format("unknown directive '{}'; did you mean '{}'?", printable(word), meant);
  return fmt::format("unknown directive '{}'; there are {}", printable(word), fmt::join(directives, ", "));
}

}  // namespace

LinesParser::LinesParser(std::string file, std::string launch_dir, NameLines* names)
    : file_(std::move(file)), launch_dir_(std::move(launch_dir)), names_(names) {}

bool LinesParser::accept(std::string_view line) {
  ++line_number_;
  if (line_number_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  line_ = line;
  if (!is_well_formed()) return false;
  command_ = trimmed(line_);
  if (command_.empty()) return false;
  if (command_.front() == '#') {
    if (is_directive(command_)) obey();
    return false;
  }
  own_ = std::exchange(ahead_, {});
  any_task_ = true;
  return true;
}

void LinesParser::make(TaskSpec& task) const {
  task = defaults_;
  for (const Setting& setting : own_.settings) set_task_key(task, setting.key, setting.value, launch_dir_);
  task.command = command_;
  task.after_barrier = own_.barrier;
}

void LinesParser::finish() {
  if (!ahead_.settings.empty()) complaints_.add(if_no_task_follows_);
}

void LinesParser::complain(std::size_t at, const std::string& message) { complaints_.add(complaint(at, message)); }

Complaint LinesParser::complaint(std::size_t at, const std::string& message) const {
  return {file_, line_number_, at + 1, message, std::string(line_)};
}

bool LinesParser::is_well_formed() {
  if (line_.size() > longest_line) {
    links_.lacks_names = true;
    complain(0, fmt::format("this line is longer than {} bytes, the most the system takes as one command; "
                            "put it into a script",
                            format_count(longest_line)));
    return false;
  }
  const std::size_t nul = line_.find('\0');
  if (nul == std::string_view::npos) return true;
  links_.lacks_names = true;
  complain(nul, "a NUL byte, which no command can contain");
  return false;
}

void LinesParser::obey() {
  const Directive directive =
      parse_directive(line_, [this](std::size_t at, const std::string& message) { complain(at, message); });
  if (directive.word == "default") {
    set_defaults(directive);
  } else if (directive.word == "task") {
    set_ahead(directive);
  } else if (directive.word == "barrier") {
    if (!directive.settings.empty()) complain(directive.settings.front().key_at, "a barrier takes no keys");
    ahead_.barrier = any_task_;
  } else {
    complain(directive.word_at, unknown_directive(directive.word));
    links_.lacks_names = true;
  }
}

void LinesParser::set_defaults(const Directive& directive) {
  for (const Setting& setting : directive.settings) {
    if (setting.key == "name") {
      complain(setting.key_at, "a name belongs to one task; write it into a '#FARM task' line");
    } else if (set(defaults_, setting)) {
      note_link(default_links_, setting);
    }
  }
}

void LinesParser::set_ahead(const Directive& directive) {
  TaskSpec trial;
  for (const Setting& setting : directive.settings) {
    if (!set(trial, setting)) continue;
    if (setting.key == "name") check_name(setting);
    ahead_.settings.push_back(setting);
    note_link(ahead_.links, setting);
  }
  if_no_task_follows_ = complaint(directive.word_at, "no task follows, and this holds for the next one only");
}

bool LinesParser::set(TaskSpec& task, const Setting& setting) {
  if (const auto trouble = complaint_about_key(setting.key)) {
    complain(setting.key_at, *trouble);
    return false;
  }
  if (const auto trouble = set_task_key(task, setting.key, setting.value, launch_dir_)) {
    complain(setting.value_at, *trouble);
    links_.lacks_names = links_.lacks_names || setting.key == "name";
    return false;
  }
  return true;
}

void LinesParser::note_link(std::vector<Link>& links, const Setting& setting) {
  if (!keeps_place(setting.key)) return;
  links_.asks = links_.asks || asks_for_tasks(setting.key);
  links_.makes = links_.makes || makes_files(setting.key);
  links_.takes_tokens = links_.takes_tokens || setting.key == "tokens";
  std::erase_if(links, [&](const Link& link) { return link.setting.key == setting.key; });
  links.push_back({setting, complaint(setting.value_at, "")});
}

Complaint LinesParser::complaint_about(std::string_view key, std::size_t item, const std::string& message) const {
  const auto is_key = [&](const Link& link) { return link.setting.key == key; };
  const std::vector<Link>& own = own_.links;
  const auto of_task = std::find_if(own.begin(), own.end(), is_key);
  const auto of_all = std::find_if(default_links_.begin(), default_links_.end(), is_key);
  if (of_task == own.end() && of_all == default_links_.end()) {
    return complaint(static_cast<std::size_t>(command_.data() - line_.data()), message);
  }
  const Link& link = of_task == own.end() ? *of_all : *of_task;
  Complaint found = link.place;
  found.message = message;
  const std::vector<std::string> words = split_words(link.setting.value);
  const std::size_t at = item < words.size() ? found.excerpt.find(words[item], found.column - 1) : std::string::npos;
  if (at != std::string::npos) found.column = at + 1;
  return found;
}

void LinesParser::check_name(const Setting& setting) {
  if (names_ == nullptr) return;
  if (const auto trouble = claim_name(*names_, setting.value, line_number_)) complain(setting.value_at, *trouble);
}

}  // namespace farm
