#include "pool/call_arguments.hpp"

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

Packed filled(detail::Arguments& arguments) {
  if (arguments.holes.empty()) return std::move(arguments.packed);
  Packed all;
  std::size_t head = 0;
  std::size_t body = 0;
  const auto copy_until = [&](std::size_t head_end, std::size_t body_end) {
    all.head.append(arguments.packed.head, head, head_end - head);
    for (; body < body_end; ++body) all.bodies.push_back(arguments.packed.bodies[body]);
    head = head_end;
  };
  for (const detail::Arguments::Hole& hole : arguments.holes) {
    copy_until(hole.head, hole.body);
    if (hole.is_taken) hole.value->append_to(all);
  }
  copy_until(arguments.packed.head.size(), arguments.packed.bodies.size());
  return all;
}

}  // namespace farm
