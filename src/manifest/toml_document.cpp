#include "manifest/toml_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace farm {
namespace {

class Builder {
 public:
  Builder(std::string_view text, const ComplainAt& complain) : text_(text), complain_(complain) {
    line_begins_.push_back(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') line_begins_.push_back(at + 1);
    }
  }

  Place place(const toml::source_position& position) const {
    const std::size_t at = offset(position);
    return {std::max<std::uint64_t>(position.line, 1), at - line_begin(position.line) + 1};
  }

  Node build(const toml::node& value) const {
    Node node;
    node.place = place(value.source().begin);
    if (const auto* table = value.as_table()) {
      node.kind = Node::Kind::table;
      add_members(*table, node);
    } else if (const auto* array = value.as_array()) {
      node.kind = Node::Kind::array;
      for (const toml::node& item : *array) node.items.push_back(build(item));
    } else {
      add_scalar(value, node);
    }
    return node;
  }

 private:
  std::size_t line_begin(std::uint64_t line) const {
    return line_begins_[std::clamp<std::uint64_t>(line, 1, line_begins_.size()) - 1];
  }

  // The parser counts characters, a place bytes.
  std::size_t offset(const toml::source_position& position) const {
    std::size_t at = line_begin(position.line);
    for (std::uint64_t column = 1; column < position.column && at < text_.size(); ++column) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80) ++at;
    }
    return at;
  }

  // The parser sorts keys by name.
  void add_members(const toml::table& table, Node& node) const {
    for (const auto& [key, value] : table) {
      const Place at = place(key.source().begin);
      node.members.push_back({without_nul(key.str(), at, complain_), at, build(value)});
    }
    std::stable_sort(node.members.begin(), node.members.end(), [](const NodeMember& a, const NodeMember& b) {
      return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
  }

  void add_scalar(const toml::node& value, Node& node) const {
    if (const auto* text = value.as_string()) {
      node.kind = Node::Kind::string;
      node.text = without_nul(text->get(), node.place, complain_);
      const std::string_view source = text_.substr(offset(value.source().begin));
      node.is_verbatim = source.size() > 1 && source[1] != source[0] && source.substr(1).starts_with(node.text);
    } else if (const auto* integer = value.as_integer()) {
      node.kind = Node::Kind::integer;
      node.text = std::to_string(integer->get());
    } else if (const auto* real = value.as_floating_point()) {
      node.kind = Node::Kind::real;
      node.text = as_written(value, real->get());
    } else if (const auto* fact = value.as_boolean()) {
      node.kind = Node::Kind::boolean;
      node.text = fact->get() ? "true" : "false";
    }
  }

  // 1.0 stays 1.0 and 1e-3 stays 1e-3; the digits may be grouped with '_'.
  std::string as_written(const toml::node& value, double number) const {
    const std::size_t begin = offset(value.source().begin);
    const std::size_t end = std::max(begin, std::min(offset(value.source().end), text_.size()));
    std::string digits(text_.substr(begin, end - begin));
    std::erase(digits, '_');
    if (digits.starts_with('+')) digits.erase(0, 1);
    double written = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), written);
    const bool is_same = error == std::errc() && stop == digits.data() + digits.size() && written == number;
    return is_same ? digits : fmt::format("{}", number);
  }

  std::string_view text_;
  const ComplainAt& complain_;
  std::vector<std::size_t> line_begins_;
};

}  // namespace

std::optional<Node> parse_toml(const std::string& text, const ComplainAt& complain) {
  const Builder builder(text, complain);
  try {
    return builder.build(toml::parse(std::string_view(text)));
  } catch (const toml::parse_error& error) {
    complain(builder.place(error.source().begin), fmt::format("this is not TOML: {}", error.description()));
  }
  return std::nullopt;
}

}  // namespace farm
