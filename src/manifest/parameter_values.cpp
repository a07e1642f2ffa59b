#include "manifest/parameter_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace farm {
namespace {

template <class Number>
Number number_of(const Node& node) {
  Number number{};
  const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
  if (node.is_number() && error == std::errc() && end == node.text.data() + node.text.size()) return number;
  throw WrongNode(node.place, std::is_floating_point_v<Number> ? "expected a number" : "expected a whole number");
}

Values list_of(const Node& node) {
  std::vector<std::string> texts;
  for (const Node& item : node.items) {
    if (!item.is_scalar()) throw WrongNode(item.place, "expected a string, a number or a boolean");
    if (item.text == "nan" || item.text == "-nan" || item.text == "inf" || item.text == "-inf") {
      if (item.is_number()) throw WrongNode(item.place, "numbers must be finite");
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
  if (node.kind != Node::Kind::table) throw WrongNode(node.place, "expected { uniform = [a, b], n = 100, seed = 1 }");
  expect_keys(node, {"uniform", "loguniform", "normal", "integer", "n", "seed"});
  return random_values(read_distribution(node), number_of<std::uint64_t>(required_member(node, "n")),
                       seed_for(read_seed(node), name));
}

Values column_of(const Node& node, const ValueFiles& files) {
  ValueTable table = load_table(required_member(node, "file"), files);
  const Node& column = required_member(node, "column");
  const auto found = std::find(table.heading.begin(), table.heading.end(), column.text);
  if (found == table.heading.end()) {
    throw WrongNode(column.place, fmt::format("there is no column '{}'; there are {}", printable(column.text),
                                              printable(fmt::format("{}", fmt::join(table.heading, ", ")))));
  }
  return list_values(std::move(table.columns[static_cast<std::size_t>(found - table.heading.begin())]));
}

}  // namespace

void expect_items(const Node& node, std::size_t least, std::size_t most, std::string_view form) {
  if (node.kind != Node::Kind::array || node.items.size() < least || node.items.size() > most) {
    throw WrongNode(node.place, fmt::format("expected {}", form));
  }
}

void expect_keys(const Node& node, const std::vector<std::string>& known) {
  for (const NodeMember& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::string meant = nearest(member.key, known);
    throw WrongNode(member.place,
                    meant.empty()
                        ? fmt::format("unknown key '{}'; there are {}", printable(member.key), fmt::join(known, ", "))
                        : fmt::format("unknown key '{}'; did you mean '{}'?", printable(member.key), meant));
  }
}

const Node& required_member(const Node& node, std::string_view key) {
  if (const NodeMember* const member = node.find(key)) return member->value;
  throw WrongNode(node.place, fmt::format("'{}' is missing", key));
}

std::uint64_t read_seed(const Node& node) {
  const NodeMember* const seed = node.find("seed");
  return seed == nullptr ? 1 : static_cast<std::uint64_t>(number_of<std::int64_t>(seed->value));
}

std::uint64_t read_sample_size(const Node& node) { return number_of<std::uint64_t>(required_member(node, "n")); }

ValueTable load_table(const Node& file, const ValueFiles& files) {
  if (file.kind != Node::Kind::string) throw WrongNode(file.place, "expected the name of a file");
  ValueTable table = read_value_table(file.text.starts_with('/') ? file.text : files.directory + "/" + file.text);
  files.digest->field(table.bytes);
  return table;
}

Distribution read_distribution(const Node& node) {
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
  throw WrongNode(node.place, "expected { uniform = [a, b] }, loguniform, normal or integer");
}

Values read_values(const NodeMember& parameter, const ValueFiles& files) {
  const Node& node = parameter.value;
  if (node.kind == Node::Kind::array) return list_of(node);
  if (node.kind != Node::Kind::table) {
    throw WrongNode(node.place, "expected a list [...], or a table with range, linspace, logspace, random or file");
  }
  expect_keys(node, {"range", "linspace", "logspace", "random", "file", "column"});
  if (const NodeMember* const range = node.find("range")) return range_of(range->value);
  if (const NodeMember* const random = node.find("random")) return random_of(parameter.key, random->value);
  if (node.find("file") != nullptr) return column_of(node, files);
  const NodeMember* const linear = node.find("linspace");
  const NodeMember* const space = linear != nullptr ? linear : node.find("logspace");
  if (space == nullptr) throw WrongNode(node.place, "expected range, linspace, logspace, random or file");
  expect_items(space->value, 3, 3, "[first, last, number of values]");
  const auto first = number_of<double>(space->value.items[0]);
  const auto last = number_of<double>(space->value.items[1]);
  const auto count = number_of<std::uint64_t>(space->value.items[2]);
  return linear != nullptr ? linear_space(first, last, count) : logarithmic_space(first, last, count);
}

}  // namespace farm
