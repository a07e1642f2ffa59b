#include <vector>

#include "farm/error.hpp"
#include "farm/function.hpp"
#include "pool/this_rank.hpp"

namespace farm {
namespace {

struct Entry {
  std::string_view name;
  detail::Thunk thunk;
};

// Filled before main() by objects whose order among translation units is the binary's, so the same in every rank.
std::vector<Entry>& table() {
  static std::vector<Entry> entries;
  return entries;
}

thread_local Rank rank_here{0};
thread_local bool runs_functions = false;

// "[with auto function = mean; Passed = {...}; std::string_view = ...]" -> "mean"
std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string_view::npos) return text;
  text.remove_prefix(begin + from.size());
  return text.substr(0, text.find(to));
}

}  // namespace

Rank this_rank() { return rank_here; }
void set_this_rank(Rank rank) {
  rank_here = rank;
  runs_functions = true;
}
void require_outside_of_calls(const char* what) {
  if (!runs_functions) return;
  fail_usage(std::string("a function that the pool runs cannot ") + what +
             ": return a value, and have the program submit what follows from it, as with then()");
}

namespace detail {

FunctionId register_function(std::string_view name, Thunk thunk) {
  table().push_back({name, thunk});
  return FunctionId{static_cast<std::uint32_t>(table().size() - 1)};
}

Thunk find_function(FunctionId id) { return value(id) < table().size() ? table()[value(id)].thunk : nullptr; }

std::string function_name(FunctionId id) {
  if (value(id) >= table().size()) return "?";
  return std::string(between(table()[value(id)].name, "function = ", ";"));
}

std::string_view function_signature(FunctionId id) {
  return value(id) < table().size() ? table()[value(id)].name : "?";
}

std::uint64_t function_table_digest() {
  // FNV-1a: short, and nobody chooses the names to collide.
  std::uint64_t digest = 14695981039346656037U;
  const auto add = [&](char byte) { digest = (digest ^ static_cast<unsigned char>(byte)) * 1099511628211U; };
  for (const Entry& entry : table()) {
    for (const char byte : entry.name) add(byte);
    add('\n');
  }
  return digest;
}

}  // namespace detail
}  // namespace farm
