#include <farm/farm.hpp>
#include <iostream>
#include <numeric>
#include <ranges>

double root(int value) { return value * 0.5; }
double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

int main(int argc, char** argv) {
  return farm::main(argc, argv, [](farm::Pool& pool) {
    std::cout << pool.submit<sum>(pool.map<root>(std::views::iota(0, 1001))).get() << '\n';
  });
}
