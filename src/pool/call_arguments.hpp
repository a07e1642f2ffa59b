/// The packed arguments of a call, or of elements of a map, put together from a request.
#pragma once
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

/// With the results put in that were still to come, all of which have settled well. May take what it is given.
Packed filled(detail::Arguments& arguments);

}  // namespace farm
