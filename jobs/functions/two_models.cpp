// Two models scaled apart: one that only needs a processor runs wherever one is free; one that needs much memory runs
// twice at a time at most, however many slots there are, because that is how far its stream is read ahead.
//   mpirun -np 5 two_models
#include <farm/farm.hpp>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <ranges>
#include <thread>
#include <vector>

namespace {

double hungry_for_time(int seed) {
  double sum = seed;
  for (int i = 0; i < 200'000; ++i) sum = std::sin(sum) + seed;
  return sum;
}

std::size_t hungry_for_memory(int seed) {
  std::vector<char> field(std::size_t{64} << 20, static_cast<char>(seed));
  return field.size();
}

}  // namespace

int main(int argc, char** argv) {
  return farm::main(argc, argv, [](farm::Pool& pool) {
    const auto fast = pool.map<hungry_for_time>(std::views::iota(0, 200));
    std::size_t bytes = 0;
    auto large = pool.with({.priority = 1}).stream<hungry_for_memory>(std::views::iota(0, 20), 2);
    for (const std::size_t size : large) bytes += size;
    std::printf("%zu small models, %zu MiB of large ones\n", fast.get().size(), bytes >> 20);
  });
}
