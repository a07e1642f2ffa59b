#include "manifest/sweep_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "manifest/sweep_parameters.hpp"
#include "manifest/task_keys.hpp"
#include "manifest/task_members.hpp"

namespace farm {
namespace {

class SweepReader {
 public:
  SweepReader(const Node& table, const SweepContext& context) : table_(table), context_(context) {}

  std::optional<ParameterSweep> read() {
    auto space = read_parameters(table_, context_.files, context_.complain);
    if (!space) return std::nullopt;
    ParameterSweep sweep{
        std::move(*space),     {},   context_.defaults, {}, {}, {}, {}, table_.place, context_.launch_dir,
        context_.output_names, false};
    for (const NodeMember& member : table_.members) read_member(sweep, member);
    if (table_.find("command") == nullptr) complain(table_.place, "this sweep has no command");
    sweep.is_flawed = is_bad_;
    return sweep;
  }

 private:
  void complain(const Place& place, const std::string& message) {
    context_.complain(place, message);
    is_bad_ = true;
  }

  void read_member(ParameterSweep& sweep, const NodeMember& member) {
    static const std::vector<std::string> own{"parameters", "samples", "table", "combine", "zip", "exclude"};
    const Node& value = member.value;
    if (member.key == "exclude") return read_conditions(sweep, value);
    if (std::find(own.begin(), own.end(), member.key) != own.end()) return;
    if (member.key == "command") return read_command(sweep, value);
    if (member.key == "env" && value.kind == Node::Kind::table) return read_env(sweep, value);
    if (const auto trouble = complaint_about_key(member.key, KeyForm::table, own))
      return complain(member.place, *trouble);
    if (!has_placeholder(value)) {
      // The same for all: checked once, and with the place of what is wrong in it.
      return set_task_member(sweep.base, member, context_.launch_dir,
                             [this](const Place& place, const std::string& message) { complain(place, message); });
    }
    switch (kind_of_key(member.key)) {
      case KeyKind::list:
        return read_list(sweep, member);
      case KeyKind::table:
        return read_tokens(sweep, value);
      case KeyKind::text:
      case KeyKind::quantity:
        read_key(sweep, member.key, value);
    }
  }

  // A brace in any text of it, and every text of a kind that can be a pattern.
  static bool has_placeholder(const Node& value) {
    return value.text.find_first_of("{}") != std::string::npos ||
           std::any_of(value.items.begin(), value.items.end(), has_placeholder) ||
           std::any_of(value.members.begin(), value.members.end(),
                       [](const NodeMember& member) { return has_placeholder(member.value); });
  }

  void read_key(ParameterSweep& sweep, const std::string& key, const Node& value) {
    if (!check_kind(value.kind == Node::Kind::string, value, key, "a string", context_.complain)) {
      is_bad_ = true;
      return;
    }
    add_pattern(sweep, value, Pattern::Insert::as_is,
                [&](PlacedPattern pattern) { sweep.keys.emplace_back(key, std::move(pattern)); });
  }

  void read_list(ParameterSweep& sweep, const NodeMember& member) {
    const std::vector<Node> one{member.value};
    std::vector<PlacedPattern> patterns;
    for (const Node& item : member.value.kind == Node::Kind::array ? member.value.items : one) {
      if (!check_kind(item.kind == Node::Kind::string, item, member.key, "an array of strings", context_.complain)) {
        is_bad_ = true;
        continue;
      }
      add_pattern(sweep, item, Pattern::Insert::as_is,
                  [&](PlacedPattern pattern) { patterns.push_back(std::move(pattern)); });
    }
    // None is left when every item is bad, and then there is no item to blame for an empty list.
    if (!patterns.empty()) sweep.lists.emplace_back(member.key, std::move(patterns));
  }

  void read_tokens(ParameterSweep& sweep, const Node& value) {
    if (value.kind != Node::Kind::table) return read_key(sweep, "tokens", value);
    sweep.base.needs.tokens.clear();
    for (const NodeMember& token : value.members) {
      const std::string key = "tokens." + token.key;
      if (token.value.is_number()) {
        // A pattern without placeholders.
        Node text = token.value;
        text.kind = Node::Kind::string;
        read_key(sweep, key, text);
      } else {
        read_key(sweep, key, token.value);
      }
    }
  }

  template <class Keep>
  void add_pattern(const ParameterSweep& sweep, const Node& text, Pattern::Insert insert, const Keep& keep) {
    try {
      keep(PlacedPattern{Pattern(text.text, sweep.space.names(), insert), text});
    } catch (const PatternError& error) {
      complain(text.inside(error.offset()), error.what());
    }
  }

  void read_command(ParameterSweep& sweep, const Node& value) {
    if (value.kind == Node::Kind::string) {
      return add_pattern(sweep, value, Pattern::Insert::quoted,
                         [&](PlacedPattern pattern) { sweep.command = std::move(pattern); });
    }
    // The kinds are checked where those of a task are, on a copy whose texts have no placeholders.
    TaskSpec trial;
    set_task_member(trial, {"command", value.place, value}, context_.launch_dir,
                    [this](const Place& place, const std::string& message) { complain(place, message); });
    for (const Node& item : value.items) {
      add_pattern(sweep, item, Pattern::Insert::as_is,
                  [&](PlacedPattern pattern) { sweep.argv.push_back(std::move(pattern)); });
    }
  }

  void read_env(ParameterSweep& sweep, const Node& value) {
    for (const NodeMember& variable : value.members) {
      const std::string key = "env." + variable.key;
      if (const auto trouble = complaint_about_key(key)) {
        complain(variable.place, *trouble);
      } else if (!variable.value.is_scalar()) {
        complain(variable.value.place, fmt::format("'{}' must be a string, a number or a boolean", key));
      } else {
        add_pattern(sweep, variable.value, Pattern::Insert::as_is,
                    [&](PlacedPattern pattern) { sweep.keys.emplace_back(key, std::move(pattern)); });
      }
    }
  }

  void read_conditions(ParameterSweep& sweep, const Node& value) {
    const std::vector<Node> one{value};
    for (const Node& text : value.kind == Node::Kind::array ? value.items : one) {
      if (text.kind != Node::Kind::string) {
        complain(text.place, "expected a condition as a string");
        continue;
      }
      try {
        sweep.excluded.push_back({Condition(text.text, sweep.space.names()), text});
      } catch (const ConditionError& error) {
        complain(text.inside(error.offset()), error.what());
      }
    }
  }

  const Node& table_;
  const SweepContext& context_;
  bool is_bad_ = false;
};

}  // namespace

std::optional<ParameterSweep> read_sweep(const Node& table, const SweepContext& context) {
  return SweepReader(table, context).read();
}

}  // namespace farm
