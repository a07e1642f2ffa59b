// A parameter study that may be interrupted: the Lyapunov exponent of the logistic map x -> r x (1 - x), which says
// from where on it is chaotic, for values of r from 3 to 4. What was computed is in study.farm: start the same command
// again and it goes on from there. With more points it computes only those that are new.
//   mpirun -np 3 study [POINTS] [STEPS]
#include <farm/farm.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ranges>

namespace {

// How fast neighbouring values part, per step; below 0 they come together.
double exponent(double r, long steps) {
  double x = 0.3;  // 0.5 runs into the fixed point 0 where r is 4
  double sum = 0;
  for (long step = 0; step < steps; ++step) {
    x = r * x * (1 - x);
    sum += std::log(std::abs(r * (1 - 2 * x)) + 1e-300);
  }
  return sum / static_cast<double>(steps);
}

}  // namespace

int main(int argc, char** argv) {
  const long points = argc > 1 ? std::atol(argv[1]) : 1000;
  const long steps = argc > 2 ? std::atol(argv[2]) : 1'000'000;
  return farm::main(argc, argv, [points, steps](farm::Pool& pool) {
    const auto parameters = std::views::iota(1L, points + 1) | std::views::transform([points](long i) {
                              return 3 + static_cast<double>(i) / static_cast<double>(points);
                            });
    const auto all_steps = parameters | std::views::transform([steps](double) { return steps; });
    const auto exponents = pool.checkpoint("study").map<exponent>(parameters, all_steps);
    long at = 0;
    for (const auto found : exponents.in_order()) {
      std::printf("%.6f %.6f\n", 3 + static_cast<double>(++at) / static_cast<double>(points), found.value);
    }
  });
}
