#include "manifest/sweep_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "manifest/task_keys.hpp"
#include "manifest/task_members.hpp"
#include "manifest/value_table.hpp"
#include "sweep/random.hpp"

namespace farm {
namespace {

using Groups = std::vector<std::vector<Parameter>>;

// Stops at what is wrong with one parameter or one text; the rest of the sweep is still looked at.
class Wrong : public std::runtime_error {
 public:
  Wrong(const Place& at, const std::string& message) : std::runtime_error(message), place(at) {}
  Place place;
};

template <class Number>
Number number_of(const Node& node) {
  Number number{};
  const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
  if (node.is_number() && error == std::errc() && end == node.text.data() + node.text.size()) return number;
  throw Wrong(node.place, std::is_floating_point_v<Number> ? "expected a number" : "expected a whole number");
}

void expect_items(const Node& node, std::size_t least, std::size_t most, std::string_view form) {
  if (node.kind != Node::Kind::array || node.items.size() < least || node.items.size() > most) {
    throw Wrong(node.place, fmt::format("expected {}", form));
  }
}

class SweepReader {
 public:
  SweepReader(const Node& table, const SweepContext& context) : table_(table), context_(context) {}

  std::optional<ParameterSweep> read() {
    read_parameters();
    if (is_bad_) return std::nullopt;
    std::optional<ParameterSpace> space;
    attempt(table_.place, [&] { space.emplace(combined()); });
    if (!space) return std::nullopt;
    ParameterSweep sweep{std::move(*space), {}, context_.defaults, {}, {}, {}, table_.place, context_.launch_dir};
    for (const NodeMember& member : table_.members) read_member(sweep, member);
    if (table_.find("command") == nullptr) complain(table_.place, "this sweep has no command");
    return is_bad_ ? std::nullopt : std::optional(std::move(sweep));
  }

 private:
  void complain(const Place& place, const std::string& message) {
    context_.complain(place, message);
    is_bad_ = true;
  }

  template <class Action>
  void attempt(const Place& place, const Action& action) {
    try {
      action();
    } catch (const Wrong& wrong) {
      complain(wrong.place, wrong.what());
    } catch (const ValueError& error) {
      complain(place, error.what());
    } catch (const TableError& error) {
      complain(place, error.what());
    }
  }

  // --- parameters ---

  void read_parameters() {
    for (const NodeMember& member : table_.members) {
      if (member.key == "table") attempt(member.value.place, [&] { add_table(member.value); });
      if (member.key == "samples") attempt(member.value.place, [&] { add_samples(member.value); });
      if (member.key != "parameters") continue;
      if (!check_kind(member.value.kind == Node::Kind::table, member.value, member.key, "a table", context_.complain)) {
        is_bad_ = true;
      }
      for (const NodeMember& parameter : member.value.members) {
        attempt(parameter.value.place, [&] { groups_.push_back({named(parameter, values_of(parameter))}); });
      }
    }
    if (groups_.empty() && !is_bad_) complain(table_.place, "this sweep has no parameters");
  }

  Parameter named(const NodeMember& member, Values values) {
    return named(member.key, member.place, std::move(values));
  }

  Parameter named(const std::string& name, const Place& place, Values values) {
    const bool is_name = !name.empty() && name.find_first_of("{}:/.#") == std::string::npos;
    if (!is_name) throw Wrong(place, fmt::format("'{}' is not a name for a parameter", printable(name)));
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      throw Wrong(place, fmt::format("there are two parameters '{}'", printable(name)));
    }
    names_.push_back(name);
    return {name, std::move(values)};
  }

  ValueTable load(const Node& file) {
    if (file.kind != Node::Kind::string) throw Wrong(file.place, "expected the name of a file");
    ValueTable table = read_value_table(file.text.starts_with('/') ? file.text : context_.directory + "/" + file.text);
    context_.digest->field(table.bytes);
    return table;
  }

  void add_table(const Node& file) {
    ValueTable table = load(file);
    std::vector<Parameter> group;
    for (std::size_t i = 0; i < table.heading.size(); ++i) {
      group.push_back(named(table.heading[i], file.place, list_values(std::move(table.columns[i]))));
    }
    groups_.push_back(std::move(group));
  }

  void check_keys(const Node& node, const std::vector<std::string>& known) {
    for (const NodeMember& member : node.members) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      const std::string meant = nearest(member.key, known);
      throw Wrong(member.place,
                  meant.empty()
                      ? fmt::format("unknown key '{}'; there are {}", printable(member.key), fmt::join(known, ", "))
                      : fmt::format("unknown key '{}'; did you mean '{}'?", printable(member.key), meant));
    }
  }

  const Node& required(const Node& node, std::string_view key) {
    if (const NodeMember* const member = node.find(key)) return member->value;
    throw Wrong(node.place, fmt::format("'{}' is missing", key));
  }

  std::uint64_t seed_of(const Node& node) {
    const NodeMember* const seed = node.find("seed");
    return seed == nullptr ? 1 : static_cast<std::uint64_t>(number_of<std::int64_t>(seed->value));
  }

  void add_samples(const Node& node) {
    if (node.kind != Node::Kind::table) throw Wrong(node.place, "expected a table with n, seed and parameters");
    check_keys(node, {"n", "seed", "parameters"});
    const auto count = number_of<std::uint64_t>(required(node, "n"));
    const std::uint64_t seed = seed_of(node);
    std::vector<Parameter> group;
    for (const NodeMember& member : required(node, "parameters").members) {
      attempt(member.value.place, [&] {
        check_keys(member.value, {"uniform", "loguniform", "normal", "integer"});
        group.push_back(
            named(member, stratified_values(distribution_of(member.value), count, seed_for(seed, member.key))));
      });
    }
    if (group.empty() && !is_bad_) throw Wrong(node.place, "there are no parameters to sample");
    if (!group.empty()) groups_.push_back(std::move(group));
  }

  Distribution distribution_of(const Node& node) {
    using Kind = Distribution::Kind;
    constexpr std::array<std::pair<std::string_view, Kind>, 4> kinds{{{"uniform", Kind::uniform},
                                                                      {"loguniform", Kind::log_uniform},
                                                                      {"normal", Kind::normal},
                                                                      {"integer", Kind::integer}}};
    for (const auto& [key, kind] : kinds) {
      const NodeMember* const member = node.find(key);
      if (member == nullptr) continue;
      expect_items(member->value, 2, 2, "[a, b]");
      const Node& first = member->value.items[0];
      const Node& second = member->value.items[1];
      Distribution found{.kind = kind};
      if (kind == Kind::integer) {
        found.lowest = number_of<std::int64_t>(first);
        found.highest = number_of<std::int64_t>(second);
      } else {
        found.first = number_of<double>(first);
        found.second = number_of<double>(second);
      }
      check(found);
      return found;
    }
    throw Wrong(node.place, "expected { uniform = [a, b] }, loguniform, normal or integer");
  }

  Values values_of(const NodeMember& parameter) {
    const Node& node = parameter.value;
    if (node.kind == Node::Kind::array) return list_of(node);
    if (node.kind != Node::Kind::table) {
      throw Wrong(node.place, "expected a list [...], or a table with range, linspace, logspace, random or file");
    }
    check_keys(node, {"range", "linspace", "logspace", "random", "file", "column"});
    if (const NodeMember* const range = node.find("range")) return range_of(range->value);
    if (const NodeMember* const random = node.find("random")) return random_of(parameter.key, random->value);
    if (node.find("file") != nullptr) return column_of(node);
    const NodeMember* const linear = node.find("linspace");
    const NodeMember* const space = linear != nullptr ? linear : node.find("logspace");
    if (space == nullptr) throw Wrong(node.place, "expected range, linspace, logspace, random or file");
    expect_items(space->value, 3, 3, "[first, last, number of values]");
    const auto first = number_of<double>(space->value.items[0]);
    const auto last = number_of<double>(space->value.items[1]);
    const auto count = number_of<std::uint64_t>(space->value.items[2]);
    return linear != nullptr ? linear_space(first, last, count) : logarithmic_space(first, last, count);
  }

  Values list_of(const Node& node) {
    std::vector<std::string> texts;
    for (const Node& item : node.items) {
      if (!item.is_scalar()) throw Wrong(item.place, "expected a string, a number or a boolean");
      if (item.text == "nan" || item.text == "-nan" || item.text == "inf" || item.text == "-inf") {
        if (item.is_number()) throw Wrong(item.place, "numbers must be finite");
      }
      texts.push_back(item.text);
    }
    return list_values(std::move(texts));
  }

  Values range_of(const Node& node) {
    expect_items(node, 2, 3, "[start, stop] or [start, stop, step]");
    const bool is_whole = std::all_of(node.items.begin(), node.items.end(),
                                      [](const Node& item) { return item.kind == Node::Kind::integer; });
    if (is_whole) {
      return integer_range(number_of<std::int64_t>(node.items[0]), number_of<std::int64_t>(node.items[1]),
                           node.items.size() < 3 ? 1 : number_of<std::int64_t>(node.items[2]));
    }
    return real_range(number_of<double>(node.items[0]), number_of<double>(node.items[1]),
                      node.items.size() < 3 ? 1 : number_of<double>(node.items[2]));
  }

  Values random_of(const std::string& name, const Node& node) {
    if (node.kind != Node::Kind::table) throw Wrong(node.place, "expected { uniform = [a, b], n = 100, seed = 1 }");
    check_keys(node, {"uniform", "loguniform", "normal", "integer", "n", "seed"});
    return random_values(distribution_of(node), number_of<std::uint64_t>(required(node, "n")),
                         seed_for(seed_of(node), name));
  }

  Values column_of(const Node& node) {
    ValueTable table = load(required(node, "file"));
    const Node& column = required(node, "column");
    const auto found = std::find(table.heading.begin(), table.heading.end(), column.text);
    if (found == table.heading.end()) {
      throw Wrong(column.place, fmt::format("there is no column '{}'; there are {}", printable(column.text),
                                            printable(fmt::format("{}", fmt::join(table.heading, ", ")))));
    }
    return list_values(std::move(table.columns[static_cast<std::size_t>(found - table.heading.begin())]));
  }

  // --- how they are combined ---

  Groups combined() {
    const NodeMember* const combine = table_.find("combine");
    const bool is_zip = combine != nullptr && combine->value.text == "zip";
    if (combine != nullptr && !is_zip && combine->value.text != "cross") {
      throw Wrong(combine->value.place, "'combine' must be \"cross\" or \"zip\"");
    }
    if (is_zip) join(names_, table_.place);
    if (const NodeMember* const zip = table_.find("zip")) {
      expect_items(zip->value, 1, zip->value.items.size(), R"(groups of parameters: [["a", "b"]])");
      for (const Node& group : zip->value.items) {
        expect_items(group, 1, group.items.size(), R"(groups of parameters: [["a", "b"]])");
        std::vector<std::string> names;
        for (const Node& name : group.items) names.push_back(known(name));
        join(names, group.place);
      }
    }
    return std::move(groups_);
  }

  std::string known(const Node& name) {
    if (std::find(names_.begin(), names_.end(), name.text) != names_.end()) return name.text;
    throw Wrong(name.place,
                fmt::format("there is no parameter '{}'; there are {}", printable(name.text), fmt::join(names_, ", ")));
  }

  // All groups with one of the names become one, where the first of them was.
  void join(const std::vector<std::string>& names, const Place& place) {
    const auto is_named = [&](const std::vector<Parameter>& group) {
      return std::any_of(group.begin(), group.end(), [&](const Parameter& parameter) {
        return std::find(names.begin(), names.end(), parameter.name) != names.end();
      });
    };
    const auto first = std::find_if(groups_.begin(), groups_.end(), is_named);
    if (first == groups_.end()) throw Wrong(place, "there is no such parameter");
    for (auto group = first + 1; group != groups_.end(); ++group) {
      if (is_named(*group)) first->insert(first->end(), group->begin(), group->end());
    }
    groups_.erase(std::remove_if(first + 1, groups_.end(), is_named), groups_.end());
  }

  // --- what a task is made of ---

  void read_member(ParameterSweep& sweep, const NodeMember& member) {
    static const std::vector<std::string> own{"parameters", "samples", "table", "combine", "zip", "exclude"};
    const Node& value = member.value;
    if (member.key == "exclude") return read_conditions(sweep, value);
    if (std::find(own.begin(), own.end(), member.key) != own.end()) return;
    if (member.key == "command") return read_command(sweep, value);
    if (member.key == "env" && value.kind == Node::Kind::table) return read_env(sweep, value);
    const bool is_pattern = member.key == "name" || member.key == "cwd" || member.key == "tag";
    if (is_pattern && value.kind == Node::Kind::string) {
      return add_pattern(sweep, value, Pattern::Insert::as_is,
                         [&](PlacedPattern pattern) { sweep.keys.emplace_back(member.key, std::move(pattern)); });
    }
    if (const auto trouble = complaint_about_key(member.key, KeyForm::table, own))
      return complain(member.place, *trouble);
    set_task_member(sweep.base, member, context_.launch_dir,
                    [this](const Place& place, const std::string& message) { complain(place, message); });
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
        sweep.excluded.emplace_back(text.text, sweep.space.names());
      } catch (const ConditionError& error) {
        complain(text.inside(error.offset()), error.what());
      }
    }
  }

  const Node& table_;
  const SweepContext& context_;
  Groups groups_;
  std::vector<std::string> names_;
  bool is_bad_ = false;
};

}  // namespace

std::optional<ParameterSweep> read_sweep(const Node& table, const SweepContext& context) {
  return SweepReader(table, context).read();
}

}  // namespace farm
