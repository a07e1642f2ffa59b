// Twenty-four naps of 0.1 s in eight slots take about 0.3 s, not 2.4.
//   FARM_SLOTS=8 naps      or      mpirun -np 9 naps
#include <farm/farm.hpp>

#include <chrono>
#include <cstdio>
#include <ranges>
#include <thread>

namespace {

int nap(int number) {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  return farm::main(argc, argv, [](farm::Pool& pool) {
    const auto begin = std::chrono::steady_clock::now();
    const auto naps = pool.map<nap>(std::views::iota(0, 24)).get();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%zu naps in %.2f s\n", naps.size(), took.count());
  });
}
