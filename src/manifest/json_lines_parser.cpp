#include "manifest/json_lines_parser.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "manifest/task_keys.hpp"
#include "manifest/task_members.hpp"

namespace farm {
namespace {

namespace json = simdjson::ondemand;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

/// One line of JSON to a Node. Places are of `line_number`.
class JsonLinesParser::Reader {
 public:
  /// Throws simdjson_error when `line` is not JSON.
  Node read(std::string_view line, std::uint64_t line_number, const ComplainAt& complain) {
    padded_.assign(line);
    padded_.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    line_number_ = line_number;
    complain_ = &complain;
    json::document document = parser_.iterate(padded_.data(), line.size(), padded_.capacity()).value();
    where_ = 0;
    depth_ = 0;
    Node node;
    if (document.is_scalar().value()) {
      // Only an object is a task; what else is wrong with it does not matter.
      node.kind = Node::Kind::other;
      return node;
    }
    read_value(document.get_value().value(), node);
    auto rest = document.current_location();
    if (rest.error() == simdjson::OUT_OF_BOUNDS) return node;
    where_ = offset(rest.value());
    throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
  }

  /// Where in the line it was when it threw.
  std::size_t where() const { return where_; }

 private:
  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - padded_.data()); }
  Place place(std::size_t at) const { return {line_number_, at + 1}; }

  void read_value(json::value value, Node& node) {
    const std::string_view token = value.raw_json_token();
    where_ = offset(token.data());
    node.place = place(where_);
    switch (value.type().value()) {
      case json::json_type::object:
        return read_object(value.get_object().value(), node);
      case json::json_type::array:
        return read_array(value.get_array().value(), node);
      case json::json_type::string:
        return read_string(value, token, node);
      case json::json_type::number:
        node.kind = value.get_number().value().is_double() ? Node::Kind::real : Node::Kind::integer;
        node.text = token.substr(0, token.find_first_not_of("0123456789+-.eE"));
        return;
      case json::json_type::boolean:
        node.kind = Node::Kind::boolean;
        node.text = value.get_bool().value() ? "true" : "false";
        return;
      case json::json_type::null:
        if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
        return;
    }
  }

  void read_string(json::value value, std::string_view token, Node& node) {
    node.kind = Node::Kind::string;
    node.text = without_nul(value.get_string().value(), node.place, *complain_);
    node.is_verbatim = token.substr(1).starts_with(node.text);
  }

  void read_array(json::array array, Node& node) {
    node.kind = Node::Kind::array;
    descend();
    for (auto item : array) read_value(item.value(), node.items.emplace_back());
    --depth_;
  }

  void read_object(json::object object, Node& node) {
    node.kind = Node::Kind::table;
    descend();
    for (auto field : object) {
      NodeMember member;
      member.place = place(offset(field.key().value().raw()) - 1);
      member.key = field.unescaped_key().value();
      read_value(field.value().value(), member.value);
      if (node.find(member.key) != nullptr) {
        (*complain_)(member.place, fmt::format("'{}' is given twice", printable(member.key)));
      } else {
        node.members.push_back(std::move(member));
      }
    }
    --depth_;
  }

  // A task has two levels; what has many more is no list of tasks, and would exhaust the stack.
  void descend() {
    constexpr int deepest = 32;
    if (++depth_ > deepest) throw simdjson::simdjson_error(simdjson::DEPTH_ERROR);
  }

  json::parser parser_;
  std::string padded_;
  std::uint64_t line_number_ = 0;
  const ComplainAt* complain_ = nullptr;
  std::size_t where_ = 0;
  int depth_ = 0;
};

JsonLinesParser::JsonLinesParser(std::string file, std::string launch_dir, NameLines* names)
    : file_(std::move(file)), launch_dir_(std::move(launch_dir)), names_(names), reader_(std::make_unique<Reader>()) {}

JsonLinesParser::~JsonLinesParser() = default;
JsonLinesParser::JsonLinesParser(JsonLinesParser&&) noexcept = default;
JsonLinesParser& JsonLinesParser::operator=(JsonLinesParser&&) noexcept = default;

bool JsonLinesParser::accept(std::string_view line) {
  ++line_number_;
  if (line_number_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  line_ = line;
  if (line.size() > longest_line) {
    complain(0, fmt::format("this line is longer than {} bytes", format_count(longest_line)));
    links_.lacks_names = true;
    return false;
  }
  if (std::all_of(line.begin(), line.end(), is_space)) return false;
  try {
    read_task();
  } catch (const simdjson::simdjson_error& error) {
    complain(reader_->where(), fmt::format("this is not JSON: {}", simdjson::error_message(error.error())));
    links_.lacks_names = true;
  }
  return true;
}

void JsonLinesParser::read_task() {
  const ComplainAt complain_at = [this](const Place& place, const std::string& message) {
    complain(place.column - 1, message);
  };
  task_ = {};
  node_ = reader_->read(line_, line_number_, complain_at);
  if (node_.kind != Node::Kind::table) return complain(0, R"(a task is an object, {"command": "..."})");
  for (const NodeMember& member : node_.members) {
    links_.asks = links_.asks || asks_for_tasks(member.key);
    links_.makes = links_.makes || makes_files(member.key);
    links_.takes_tokens = links_.takes_tokens || member.key == "tokens";
    set_task_member(task_, member, launch_dir_, complain_at);
    if (member.key != "name" || task_.name.empty() || names_ == nullptr) continue;
    if (const auto trouble = claim_name(*names_, task_.name, line_number_)) complain_at(member.value.place, *trouble);
  }
  links_.lacks_names = links_.lacks_names || (node_.find("name") != nullptr && task_.name.empty());
  if (node_.find("command") == nullptr) complain_at(node_.place, "this task has no command");
}

Complaint JsonLinesParser::complaint_about(std::string_view key, std::size_t item, const std::string& message) const {
  return {file_, line_number_, item_place(node_, key, item).column, message, std::string(line_)};
}

void JsonLinesParser::complain(std::size_t at, const std::string& message) {
  complaints_.add({file_, line_number_, at + 1, message, std::string(line_)});
}

}  // namespace farm
