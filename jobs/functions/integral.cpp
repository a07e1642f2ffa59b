// The integral of sin(x) / (x + cos(x)^2) over (0, 1) by random draws: a map of draws and a mean of what they find. The
// same number on any number of ranks: every call has a generator of its own, and the mean is taken in order.
//   mpirun -np 3 integral [STRATA]
#include <farm/farm.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <ranges>
#include <vector>

namespace {

double integrand(double x) { return std::sin(x) / (x + std::cos(x) * std::cos(x)); }

// The mean of a hundred draws from one of `strata` equal parts of (0, 1): evenly spread, draws find five places with
// thousands instead of a thousand million.
double sample(std::uint64_t stratum, std::uint64_t strata) {
  std::mt19937_64 random(stratum);
  std::uniform_real_distribution<double> part(0, 1.0 / static_cast<double>(strata));
  const double begin = static_cast<double>(stratum) / static_cast<double>(strata);
  double sum = 0;
  for (int draw = 0; draw < 100; ++draw) sum += integrand(begin + part(random));
  return sum / 100;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t strata = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  return farm::main(argc, argv, [strata](farm::Pool& pool) {
    const auto all = std::views::iota(std::uint64_t{0}, strata);
    const auto draws = pool.map<sample>(all, all | std::views::transform([strata](auto) { return strata; }));
    std::printf("%.5f\n", pool.submit<mean>(draws).get());  // the draws go to the mean without passing by here
  });
}
