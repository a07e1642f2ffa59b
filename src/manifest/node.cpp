#include "manifest/node.hpp"

#include <algorithm>

namespace farm {

const NodeMember* Node::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const NodeMember& m) { return m.key == key; });
  return found == members.end() ? nullptr : &*found;
}

Place Node::inside(std::size_t at) const { return is_verbatim ? Place{place.line, place.column + 1 + at} : place; }

Place item_place(const Node& table, std::string_view key, std::size_t item) {
  const NodeMember* const member = table.find(key);
  if (member == nullptr) return table.place;
  return item < member->value.items.size() ? member->value.items[item].place : member->value.place;
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::string:
      return "a string";
    case Node::Kind::integer:
      return "a whole number";
    case Node::Kind::real:
      return "a number";
    case Node::Kind::boolean:
      return "true or false";
    case Node::Kind::table:
      return "a table";
    case Node::Kind::array:
      return "an array";
    case Node::Kind::other:
      break;
  }
  return "something else";
}

std::string without_nul(std::string_view text, const Place& place, const ComplainAt& complain) {
  std::string clean(text);
  if (std::erase(clean, '\0') > 0) complain(place, "a NUL byte, which no command can contain");
  return clean;
}

}  // namespace farm
