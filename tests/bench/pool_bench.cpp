// What a pool of functions costs, as rank 0 sees it: one JSON object per line. Run under mpirun by scripts/bench.
//   pool_bench CASE COUNT [CHUNK]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "farm/farm.hpp"

namespace {

using farm::Pool;

int nothing(int value) { return value; }
double first_of(std::span<const double> values) { return values[0]; }

// One in ten is long; nothing says which beforehand.
bool is_long(int at) { return (static_cast<unsigned>(at) * 2654435761U >> 16) % 10 == 0; }

void mixed(int at) {
  const farm::SystemClock clock;
  const auto end = clock.now() + (is_long(at) ? std::chrono::milliseconds(10) : std::chrono::microseconds(1));
  while (clock.now() < end) {
  }
}

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = i;
  return all;
}

double one_by_one(Pool& pool, int count) {
  std::vector<farm::Future<int>> futures;
  futures.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) futures.push_back(pool.submit<nothing>(i));
  for (int i = 0; i < count; ++i) {
    if (futures[static_cast<std::size_t>(i)].get() != i) std::abort();
  }
  return count;
}

double round_trips(Pool& pool, int count) {
  for (int i = 0; i < count; ++i) pool.submit<nothing>(i).get();
  return count;
}

double chunks(Pool& pool, int count) {
  if (pool.map<nothing>(numbers(count)).get().back() != count - 1) std::abort();
  return count;
}

// Bytes; 1 MiB each, a few under way.
template <class Submit>
double megabytes(int count, const Submit& submit) {
  constexpr std::size_t window = 6;
  std::vector<farm::Future<double>> futures;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    futures.push_back(submit());
    if (i >= window) futures[i - window].wait();
  }
  for (const auto& future : futures) future.wait();
  return count * 1048576.0;
}

double vectors(Pool& pool, int count) {
  const std::vector<double> values(131072, 1.0);
  return megabytes(count, [&] { return pool.submit<first_of>(values); });
}

double lent(Pool& pool, int count) {
  const std::vector<double> values(131072, 1.0);
  return megabytes(count, [&] { return pool.submit<first_of>(farm::lend(values)); });
}

double bimodal(Pool& pool, int count) {
  pool.map<mixed>(numbers(count)).get();
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? std::atoi(argv[2]) : 0;
  const std::uint64_t chunk = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  farm::PoolOptions options;
  if (const char* haste = std::getenv("POOL_HASTE")) {
    options.haste = std::strcmp(haste, "latency") == 0 ? farm::Haste::latency : farm::Haste::throughput;
  }
  return farm::main(argc, argv, options, [&](Pool& all) {
    Pool pool = all.with({.chunk = chunk});
    const auto run = name == "one_by_one"    ? one_by_one
                     : name == "round_trips" ? round_trips
                     : name == "chunks"      ? chunks
                     : name == "vectors"     ? vectors
                     : name == "lent"        ? lent
                     : name == "bimodal"     ? bimodal
                                             : nullptr;
    if (run == nullptr || count < 1) return 2;
    run(pool, std::min(count, 100));  // connections, pages, the workers' first messages
    const farm::SystemClock clock;
    const auto begin = clock.now();
    const double done = run(pool, count);
    std::printf("{\"case\": \"%s\", \"done\": %.0f, \"seconds\": %.6f}\n", name.c_str(), done,
                farm::seconds(clock.now() - begin));
    return 0;
  });
}
