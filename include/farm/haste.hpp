/// What a pool of functions is to be best at.
#pragma once
#include <cstdint>

namespace farm {

enum class Haste : std::uint8_t {
  adaptive,    ///< judged from how long the functions take; nobody spins
  throughput,  ///< deep queues and large pieces: for very many short calls of even length
  latency,  ///< one call at a time and every rank spins on a processor of its own: for a call that waits for the last
};

}  // namespace farm
