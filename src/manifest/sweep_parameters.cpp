#include "manifest/sweep_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "manifest/task_members.hpp"

namespace farm {
namespace {

using Groups = std::vector<std::vector<Parameter>>;

class ParameterReader {
 public:
  ParameterReader(const Node& table, const ValueFiles& files, const ComplainAt& complain)
      : table_(table), files_(files), complain_(complain) {}

  std::optional<ParameterSpace> read() {
    read_groups();
    if (is_bad_) return std::nullopt;
    std::optional<ParameterSpace> space;
    attempt(table_.place, [&] { space.emplace(combined()); });
    return space;
  }

 private:
  void complain(const Place& place, const std::string& message) {
    complain_(place, message);
    is_bad_ = true;
  }

  template <class Action>
  void attempt(const Place& place, const Action& action) {
    try {
      action();
    } catch (const WrongNode& wrong) {
      complain(wrong.place(), wrong.what());
    } catch (const ValueError& error) {
      complain(place, error.what());
    } catch (const TableError& error) {
      complain(place, error.what());
    }
  }

  void read_groups() {
    for (const NodeMember& member : table_.members) {
      if (member.key == "table") attempt(member.value.place, [&] { add_table(member.value); });
      if (member.key == "samples") attempt(member.value.place, [&] { add_samples(member.value); });
      if (member.key != "parameters") continue;
      if (!check_kind(member.value.kind == Node::Kind::table, member.value, member.key, "a table", complain_)) {
        is_bad_ = true;
      }
      for (const NodeMember& parameter : member.value.members) {
        attempt(parameter.value.place, [&] { groups_.push_back({named(parameter, read_values(parameter, files_))}); });
      }
    }
    if (groups_.empty() && !is_bad_) complain(table_.place, "this sweep has no parameters");
  }

  Parameter named(const NodeMember& member, Values values) {
    return named(member.key, member.place, std::move(values));
  }

  Parameter named(const std::string& name, const Place& place, Values values) {
    const bool is_name = !name.empty() && name.find_first_of("{}:/.#") == std::string::npos;
    if (!is_name) throw WrongNode(place, fmt::format("'{}' is not a name for a parameter", printable(name)));
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      throw WrongNode(place, fmt::format("there are two parameters '{}'", printable(name)));
    }
    names_.push_back(name);
    return {name, std::move(values)};
  }

  void add_table(const Node& file) {
    ValueTable table = load_table(file, files_);
    std::vector<Parameter> group;
    for (std::size_t i = 0; i < table.heading.size(); ++i) {
      group.push_back(named(table.heading[i], file.place, list_values(std::move(table.columns[i]))));
    }
    groups_.push_back(std::move(group));
  }

  void add_samples(const Node& node) {
    if (node.kind != Node::Kind::table) throw WrongNode(node.place, "expected a table with n, seed and parameters");
    expect_keys(node, {"n", "seed", "parameters"});
    const std::uint64_t count = read_sample_size(node);
    const std::uint64_t seed = read_seed(node);
    std::vector<Parameter> group;
    for (const NodeMember& member : required_member(node, "parameters").members) {
      attempt(member.value.place, [&] {
        expect_keys(member.value, {"uniform", "loguniform", "normal", "integer"});
        group.push_back(
            named(member, stratified_values(read_distribution(member.value), count, seed_for(seed, member.key))));
      });
    }
    if (group.empty() && !is_bad_) throw WrongNode(node.place, "there are no parameters to sample");
    if (!group.empty()) groups_.push_back(std::move(group));
  }

  // --- how they are combined ---

  Groups combined() {
    const NodeMember* const combine = table_.find("combine");
    const bool is_zip = combine != nullptr && combine->value.text == "zip";
    if (combine != nullptr && !is_zip && combine->value.text != "cross") {
      throw WrongNode(combine->value.place, "'combine' must be \"cross\" or \"zip\"");
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
    throw WrongNode(name.place, fmt::format("there is no parameter '{}'; there are {}", printable(name.text),
                                            fmt::join(names_, ", ")));
  }

  // All groups with one of the names become one, where the first of them was.
  void join(const std::vector<std::string>& names, const Place& place) {
    const auto is_named = [&](const std::vector<Parameter>& group) {
      return std::any_of(group.begin(), group.end(), [&](const Parameter& parameter) {
        return std::find(names.begin(), names.end(), parameter.name) != names.end();
      });
    };
    const auto first = std::find_if(groups_.begin(), groups_.end(), is_named);
    if (first == groups_.end()) throw WrongNode(place, "there is no such parameter");
    for (auto group = first + 1; group != groups_.end(); ++group) {
      if (is_named(*group)) first->insert(first->end(), group->begin(), group->end());
    }
    groups_.erase(std::remove_if(first + 1, groups_.end(), is_named), groups_.end());
  }

  const Node& table_;
  const ValueFiles& files_;
  const ComplainAt& complain_;
  Groups groups_;
  std::vector<std::string> names_;
  bool is_bad_ = false;
};

}  // namespace

std::optional<ParameterSpace> read_parameters(const Node& table, const ValueFiles& files, const ComplainAt& complain) {
  return ParameterReader(table, files, complain).read();
}

}  // namespace farm
