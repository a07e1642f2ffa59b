/// A value as a document has it, with its place: what TOML and JSON have in common. Knows neither of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

struct Place {
  std::uint64_t line = 1;    ///< from 1
  std::uint64_t column = 1;  ///< from 1, in bytes
  friend bool operator==(const Place&, const Place&) = default;
};

struct NodeMember;

struct Node {
  enum class Kind : std::uint8_t { string, integer, real, boolean, table, array, other };

  Kind kind = Kind::other;
  Place place;
  std::string text;          ///< of a string; of a number as it was written; "true" or "false"
  bool is_verbatim = false;  ///< a string that stands in the document as it is: its first byte is one column further
  std::vector<NodeMember> members;  ///< of a table, in the order of the document; no key comes twice
  std::vector<Node> items;          ///< of an array

  bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  bool is_scalar() const { return kind == Kind::string || kind == Kind::boolean || is_number(); }
  const NodeMember* find(std::string_view key) const;

  /// Where byte `at` of a string is written, as far as that is known.
  Place inside(std::size_t at) const;
};

struct NodeMember {
  std::string key;
  Place place;
  Node value;
};

/// Where the item of `key` stands in `table`; the place of the table when it has no such key.
Place item_place(const Node& table, std::string_view key, std::size_t item);

/// "a string", "a table" ...
std::string_view kind_name(Node::Kind kind);

/// Told where in the document something is wrong, and what.
using ComplainAt = std::function<void(const Place& place, const std::string& message)>;

/// The text of a string without NULs, about which it complains.
std::string without_nul(std::string_view text, const Place& place, const ComplainAt& complain);

}  // namespace farm
