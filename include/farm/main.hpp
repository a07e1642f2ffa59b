/// The way into a program that uses the pool.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "farm/haste.hpp"
#include "farm/pool.hpp"

namespace farm {

struct PoolOptions {
  Haste haste = Haste::adaptive;
  /// Functions that run at a time in each worker process, on threads of it: with more than 1 they must be thread-safe.
  /// 0: what the environment variable FARM_SLOTS says, else 1.
  std::uint32_t slots = 0;
  /// Ranks that a call may take down before it is given up. With 1 all that a lost rank had is given up.
  std::uint32_t crash_limit = 3;
  /// A worker rank that is silent for so long, because it or its host is gone or stands still, is lost; 0: never. At
  /// least one second. What runs in a function counts for nothing here: it may compute for days.
  std::chrono::nanoseconds heartbeat{15'000'000'000};
  /// Results of submit and shell with more bytes than that stay on the rank that computed them: a call that takes one
  /// as an argument gets it from there, and Future::get() does. Should that rank be lost before, the call is made
  /// again, so that a function may run twice although its future was ready, and what it took is kept as long as its
  /// result. With a checkpoint, and of calls that took something lent, results come to rank 0 at once, as every ninth
  /// does of a chain.
  std::size_t keep_above = std::size_t{1} << 20;
};

namespace detail {
int run_main(int argc, char** argv, const PoolOptions& options, const std::function<int(Pool&)>& body);
}

/// Runs `body(pool)` on rank 0 while the other ranks serve the pool; returns what main() is to return, on every rank.
/// Alone, without mpirun or with one rank, this process runs the functions itself, on threads beside `body`.
///
/// To be called once and first thing in main(): it forks, before MPI is initialised and there are threads, so that
/// mpirun goes on when a worker dies and somebody looks after commands, and calls MPI_Init and MPI_Finalize. Blocks
/// until `body` has returned; what is unfinished then is cancelled. The status is what `body` returns, 0 if that is
/// void; 1 when it throws, 255 when farm itself cannot go on: the reason is on standard error.
template <class Body>
int main(int argc, char** argv, const PoolOptions& options, Body&& body) {
  return detail::run_main(argc, argv, options, [&](Pool& pool) -> int {
    if constexpr (std::is_void_v<std::invoke_result_t<Body&, Pool&>>) {
      body(pool);
      return 0;
    } else {
      return body(pool);
    }
  });
}
template <class Body>
int main(int argc, char** argv, Body&& body) {
  return main(argc, argv, PoolOptions{}, std::forward<Body>(body));
}

}  // namespace farm
