#include "manifest/task_members.hpp"

#include <fmt/format.h>

#include "base/quote.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "manifest/task_keys.hpp"
#include "manifest/task_lists.hpp"

namespace farm {
namespace {

// What execve(2) takes as one argument, without the NUL at its end.
constexpr std::size_t longest_argument = 131'071;

std::optional<std::string> too_long(std::string_view what, std::size_t bytes) {
  if (bytes <= longest_argument) return std::nullopt;
  return fmt::format("{} has {} bytes; the system takes {} at most", what, format_count(bytes),
                     format_count(longest_argument));
}

void set_command(TaskSpec& task, const Node& node, const ComplainAt& complain) {
  if (!check_kind(node.kind == Node::Kind::string || node.kind == Node::Kind::array, node, "command",
                  "a string (a shell line) or an array (a program and its arguments)", complain)) {
    return;
  }
  task.command = node.text;
  for (const Node& item : node.items) {
    if (check_kind(item.kind == Node::Kind::string || item.is_number(), item, "command",
                   "an array of strings and numbers", complain)) {
      task.argv.push_back(item.text);
    }
  }
  if (task.argv.size() != node.items.size()) return;
  if (!task.argv.empty()) task.command = shown_command(task.argv);
  if (const auto trouble = complaint_about_command(task)) complain(node.place, *trouble);
}

void set_env(TaskSpec& task, const Node& node, const std::string& launch_dir, const ComplainAt& complain) {
  if (!check_kind(node.kind == Node::Kind::table, node, "env", "a table of variables", complain)) return;
  for (const NodeMember& variable : node.members) {
    const std::string key = "env." + variable.key;
    if (const auto trouble = complaint_about_key(key)) {
      complain(variable.place, *trouble);
    } else if (check_kind(variable.value.is_scalar(), variable.value, key, "a string, a number or a boolean",
                          complain)) {
      set_task_key(task, key, variable.value.text, launch_dir);
    }
  }
}

void set_list(TaskSpec& task, std::string_view key, const Node& array, const ComplainAt& complain) {
  std::vector<std::string> items;
  for (const Node& item : array.items) {
    if (check_kind(item.kind == Node::Kind::string, item, key, "an array of strings", complain)) {
      items.push_back(item.text);
    }
  }
  if (items.size() != array.items.size()) return;
  for (const ItemTrouble& trouble : set_task_list(task, key, std::move(items))) {
    complain(array.items.empty() ? array.place : array.items[trouble.item].place, trouble.message);
  }
}

// Alone it stands for itself, blanks and commas and all: an array is how several are written.
Node one_item(const Node& text) {
  Node array;
  array.kind = Node::Kind::array;
  array.place = text.place;
  array.items = {text};
  return array;
}

void set_tokens(TaskSpec& task, const Node& table, const std::string& launch_dir, const ComplainAt& complain) {
  task.needs.tokens.clear();
  for (const NodeMember& token : table.members) {
    const std::string key = "tokens." + token.key;
    if (!check_kind(token.value.is_number() || token.value.kind == Node::Kind::string, token.value, key, "a number",
                    complain)) {
      continue;
    }
    if (const auto trouble = set_task_key(task, key, token.value.text, launch_dir)) {
      complain(token.value.place, *trouble);
    }
  }
}

std::string_view expected_kind(KeyKind kind) {
  switch (kind) {
    case KeyKind::text:
      return "a string";
    case KeyKind::quantity:
      return "a number or a string";
    case KeyKind::list:
      return "an array of strings";
    case KeyKind::table:
      return "a table of names and numbers";
  }
  return "";
}

}  // namespace

bool check_kind(bool is_expected, const Node& node, std::string_view key, std::string_view expected,
                const ComplainAt& complain) {
  if (!is_expected) {
    complain(node.place, fmt::format("'{}' must be {}, not {}", printable(key), expected, kind_name(node.kind)));
  }
  return is_expected;
}

std::string shown_command(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& argument : argv) {
    if (!line.empty()) line += ' ';
    append_quoted(line, argument);
  }
  return line;
}

std::optional<std::string> complaint_about_command(const TaskSpec& task) {
  if (!task.argv.empty()) {
    if (task.argv.front().empty()) return "the name of the program must not be empty";
    for (const std::string& argument : task.argv) {
      if (auto trouble = too_long("an argument", argument.size())) return trouble;
    }
    return std::nullopt;
  }
  if (task.command.find_first_not_of(" \t\r\n\v\f") == std::string::npos) return "a command must not be empty";
  return too_long("this command", task.command.size());
}

void set_task_member(TaskSpec& task, const NodeMember& member, const std::string& launch_dir,
                     const ComplainAt& complain) {
  if (member.key == "command") return set_command(task, member.value, complain);
  if (member.key == "env") return set_env(task, member.value, launch_dir, complain);
  if (const auto trouble = complaint_about_key(member.key, KeyForm::table)) return complain(member.place, *trouble);
  const KeyKind kind = kind_of_key(member.key);
  if (kind == KeyKind::list && member.value.kind == Node::Kind::array) {
    return set_list(task, member.key, member.value, complain);
  }
  if (kind == KeyKind::table && member.value.kind == Node::Kind::table) {
    return set_tokens(task, member.value, launch_dir, complain);
  }
  const bool is_expected =
      member.value.kind == Node::Kind::string || (kind == KeyKind::quantity && member.value.is_number());
  if (!check_kind(is_expected, member.value, member.key, expected_kind(kind), complain)) return;
  if (kind == KeyKind::list && member.key != "retry_on")
    return set_list(task, member.key, one_item(member.value), complain);
  if (const auto trouble = set_task_key(task, member.key, member.value.text, launch_dir)) {
    complain(member.value.place, *trouble);
  }
}

}  // namespace farm
