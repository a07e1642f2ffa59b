#include "pool/call_arguments.hpp"

#include <utility>

namespace farm {

using detail::CallRequest;

ArgumentSlice slice(const CallRequest& call, std::uint64_t begin, std::uint64_t end) {
  const Packed& all = call.arguments.packed;
  if (call.array == nullptr) return {all.head, all.bodies};
  const auto cut = [&](std::uint64_t at) -> CallRequest::Cut {
    if (at == 0) return {};
    return call.ends.empty() ? CallRequest::Cut{at * call.stride, 0} : call.ends[at - 1];
  };
  const CallRequest::Cut first = cut(begin);
  const CallRequest::Cut last = cut(end);
  return {std::string_view(all.head).substr(first.head, last.head - first.head),
          std::span(all.bodies).subspan(first.body, last.body - first.body)};
}

std::size_t largest_head(const CallRequest& call) {
  if (call.array == nullptr) return call.arguments.packed.head.size();
  if (call.ends.empty()) return call.stride;
  std::size_t largest = 0;
  std::size_t begin = 0;
  for (const CallRequest::Cut& cut : call.ends) largest = std::max(largest, cut.head - std::exchange(begin, cut.head));
  return largest;
}

void fill(detail::Arguments& arguments) {
  if (arguments.holes.empty()) return;
  std::vector<detail::Arguments::Hole> left;
  const ArgumentSlice as_it_is{arguments.packed.head, arguments.packed.bodies};
  arguments.packed = joined(as_it_is, arguments.holes, [&](Packed& to, const detail::Arguments::Hole& hole) {
    if (!hole.is_taken) return;
    if (hole.value->is_away()) {
      left.push_back({to.head.size(), to.bodies.size(), hole.value, true});
    } else {
      hole.value->append_to(to);
    }
  });
  arguments.holes = std::move(left);
}

}  // namespace farm
