/// The packed arguments of a call, or of elements of a map, put together from a request.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "farm/pool_requests.hpp"

namespace farm {

/// Views into the request.
struct ArgumentSlice {
  std::string_view head;
  std::span<const Bytes> bodies;
};

/// Of elements [begin, end) of a map; all of them of a single call. Only without holes.
ArgumentSlice slice(const detail::CallRequest& call, std::uint64_t begin, std::uint64_t end);

/// With something put in at each hole (which says `head` and `body`, where in the arguments as they are) by
/// `fill(Packed& to, const Hole&)`.
template <class Holes, class Fill>
Packed joined(const ArgumentSlice& arguments, const Holes& holes, const Fill& fill) {
  Packed all;
  std::size_t head = 0;
  std::size_t body = 0;
  const auto copy_until = [&](std::size_t head_end, std::size_t body_end) {
    all.head += arguments.head.substr(head, head_end - head);
    for (; body < body_end; ++body) all.bodies.push_back(arguments.bodies[body]);
    head = head_end;
  };
  for (const auto& hole : holes) {
    copy_until(std::min<std::size_t>(hole.head, arguments.head.size()),
               std::min<std::size_t>(hole.body, arguments.bodies.size()));
    fill(all, hole);
  }
  copy_until(arguments.head.size(), arguments.bodies.size());
  return all;
}

/// Of the call, or of the element of a map that has the largest: bytes of arguments that are not large arrays.
std::size_t largest_head(const detail::CallRequest& call);

/// Puts the results in that were still to come, all of which have settled well; what is left are the holes of those
/// that are away.
void fill(detail::Arguments& arguments);

}  // namespace farm
