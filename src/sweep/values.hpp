/// The values of one parameter of a sweep: listed, or each computed from its number, so that a million of them take no
/// memory. Knows nothing of names, of files, or of other parameters.
#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace farm {

/// Values that cannot be: a range without end, a logarithm of a negative number.
class ValueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Values {
  std::uint64_t size = 0;
  std::function<std::string(std::uint64_t)> at;  ///< for every number below `size`
};

/// The most values a parameter, and combinations a sweep, can have: 2^63.
constexpr std::uint64_t most_values = std::uint64_t{1} << 63;

Values list_values(std::vector<std::string> texts);

/// start, start + step ... as far as `stop`, which is one of them when it is exactly reached.
Values integer_range(std::int64_t start, std::int64_t stop, std::int64_t step);

/// The same; `stop` is reached when it is missed by less than a billionth of a step. Rounded to 15 digits, counted from
/// the first of the greater of `start` and `stop`.
Values real_range(double start, double stop, double step);

/// `count` values from `first` to `last`, both included, with equal differences; 15 digits as above.
Values linear_space(double first, double last, std::uint64_t count);

/// The same with equal ratios, of positive numbers; 15 significant digits.
Values logarithmic_space(double first, double last, std::uint64_t count);

struct Distribution {
  enum class Kind { uniform, log_uniform, normal, integer };

  Kind kind = Kind::uniform;
  double first = 0;          ///< the lower bound; the mean
  double second = 0;         ///< the upper bound; the standard deviation
  std::int64_t lowest = 0;   ///< of integers
  std::int64_t highest = 0;  ///< of integers, included
};

/// Throws ValueError when there is no such distribution.
void check(const Distribution& distribution);

/// Independent of each other: value i has the fraction random_bits(seed, i) / 2^64 of the distribution below it.
Values random_values(const Distribution& distribution, std::uint64_t count, std::uint64_t seed);

/// One value in each of `count` strata of equal probability, in random order (one column of a Latin hypercube): value i
/// has the fraction (Permutation(count, seed)(i) + random_bits(seed, i) / 2^64) / count below it.
Values stratified_values(const Distribution& distribution, std::uint64_t count, std::uint64_t seed);

}  // namespace farm
