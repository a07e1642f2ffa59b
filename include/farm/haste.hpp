/// What a pool of functions is to be best at.
#pragma once
#include <cstdint>

namespace farm {

enum class Haste : std::uint8_t {
  adaptive,    ///< judged from how long the functions take; nobody spins
  throughput,  ///< deep queues and large pieces: for very many short calls of even length
  /// One call at a time, and who has just done something looks for more for 0.2 ms before it sleeps: for a call that
  /// waits for the last. Each rank wants two processors of its own; on a host with fewer nobody spins.
  latency,
};

}  // namespace farm
