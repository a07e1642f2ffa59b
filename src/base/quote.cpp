#include "base/quote.hpp"

#include <array>

namespace farm {
namespace {

constexpr std::array<bool, 256> find_bare() {
  std::array<bool, 256> bare{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/")) {
    bare[static_cast<unsigned char>(c)] = true;
  }
  return bare;
}
constexpr auto is_bare = find_bare();

bool needs_quotes(std::string_view value) {
  for (const char c : value) {
    if (!is_bare[static_cast<unsigned char>(c)]) return true;
  }
  return value.empty();
}

}  // namespace

void append_quoted(std::string& out, std::string_view value) {
  if (!needs_quotes(value)) {
    out += value;
    return;
  }
  if (value.empty()) {
    out += "''";
    return;
  }
  if (value.front() != '\'') out += '\'';
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\'') {
      out += value[at];
      continue;
    }
    if (at > 0) out += '\'';
    out += "\"'\"";
    if (at + 1 < value.size()) out += '\'';
  }
  if (value.back() != '\'') out += '\'';
}

std::string quote_value(std::string_view value) {
  std::string quoted;
  append_quoted(quoted, value);
  return quoted;
}

}  // namespace farm
