#include "sweep/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

#include "base/units.hpp"
#include "sweep/permutation.hpp"
#include "sweep/random.hpp"

namespace farm {
namespace {

__extension__ using Wide = unsigned __int128;

// Between the value and its text there is always one rounding, to fewer digits than a double has: so 0.1 + 0.2 is 0.3,
// and the last bits, in which mathematical libraries differ, do not show. Sums are taken in long double for that.
std::string significant(long double value) { return fmt::format("{:.15g}", static_cast<double>(value) + 0.0); }

// 15 digits of a number as great as `scale`, so that what is left of a difference of equal numbers is 0.
std::string rounded(long double value, double scale) {
  if (scale <= 0) return "0";
  const int decimals = std::clamp(14 - static_cast<int>(std::floor(std::log10(scale))), 0, 320);
  const std::string digits = fmt::format("{:.{}f}", static_cast<double>(value), decimals);
  double nearest = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), nearest);
  return significant(nearest);
}

void check_count(std::uint64_t count) {
  if (count == 0) throw ValueError("there must be at least one value");
  if (count > most_values) throw ValueError(fmt::format("{} values are more than 2^63", format_count(count)));
}

void check_finite(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(b - a)) throw ValueError("numbers must be finite");
}

void check_order(bool is_ordered) {
  if (!is_ordered) throw ValueError("the first bound must be below the second");
}

// z with P(x < z) = p for the standard normal distribution. Twelve halvings come near enough for Newton's method to be
// exact after four steps, in either tail.
long double normal_quantile(long double p) {
  if (p > 0.5L) return -normal_quantile(1 - p);
  const auto below = [](long double z) { return std::erfc(z / std::sqrt(2.0L)) / 2; };  // P(x < -z)
  long double low = 0;
  long double high = 9;
  for (int i = 0; i < 12; ++i) {
    const long double middle = (low + high) / 2;
    (below(middle) > p ? low : high) = middle;
  }
  long double z = low;
  for (int i = 0; i < 4; ++i) {
    const long double density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0L));
    z += (below(z) - p) / density;
  }
  return -z;
}

std::string quantile(const Distribution& of, std::uint64_t fraction) {
  // The middle of one of 2^53 equal parts: never 0 and never 1.
  const long double u = (static_cast<long double>(fraction >> 11U) + 0.5L) * 0x1p-53L;
  const long double first = of.first;
  const long double second = of.second;
  switch (of.kind) {
    case Distribution::Kind::uniform:
      return rounded(first + (second - first) * u, std::max(std::fabs(of.first), std::fabs(of.second)));
    case Distribution::Kind::log_uniform:
      return significant(first * std::pow(second / first, u));
    case Distribution::Kind::normal:
      return significant(first + second * normal_quantile(u));
    case Distribution::Kind::integer:
      break;
  }
  const Wide span = Wide{static_cast<std::uint64_t>(of.highest) - static_cast<std::uint64_t>(of.lowest)} + 1;
  const auto above = static_cast<std::uint64_t>(Wide{fraction} * span >> 64U);
  return std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(of.lowest) + above));
}

}  // namespace

Values list_values(std::vector<std::string> texts) {
  check_count(texts.size());
  const auto shared = std::make_shared<const std::vector<std::string>>(std::move(texts));
  return {shared->size(), [shared](std::uint64_t i) { return (*shared)[i]; }};
}

Values integer_range(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step == 0 || (start < stop && step < 0) || (start > stop && step > 0)) {
    throw ValueError(fmt::format("this range never ends: steps of {} do not lead from {} to {}", step, start, stop));
  }
  const auto first = static_cast<std::uint64_t>(start);
  const auto last = static_cast<std::uint64_t>(stop);
  const auto stride = static_cast<std::uint64_t>(step);
  const std::uint64_t steps = step > 0 ? (last - first) / stride : (first - last) / (0 - stride);
  if (steps >= most_values) throw ValueError("this range has more than 2^63 values");
  return {steps + 1,
          [first, stride](std::uint64_t i) { return std::to_string(static_cast<std::int64_t>(first + i * stride)); }};
}

Values real_range(double start, double stop, double step) {
  check_finite(start, stop);
  check_finite(step, 0);
  const double steps = step == 0 ? -1 : (stop - start) / step;
  if (steps < 0 || (start != stop && start + step == start)) {
    throw ValueError(fmt::format("this range never ends: steps of {} do not lead from {} to {}", step, start, stop));
  }
  if (!(steps < 0x1p63)) throw ValueError("this range has more than 2^63 values");
  const double scale = std::max(std::fabs(start), std::fabs(stop));
  return {static_cast<std::uint64_t>(steps + 1e-9) + 1,
          [start, step, scale](std::uint64_t i) { return rounded(start + static_cast<long double>(i) * step, scale); }};
}

Values linear_space(double first, double last, std::uint64_t count) {
  check_finite(first, last);
  check_count(count);
  const double scale = std::max(std::fabs(first), std::fabs(last));
  return {count, [first, last, count, scale](std::uint64_t i) {
            const long double share = i == 0 ? 0 : static_cast<long double>(i) / static_cast<long double>(count - 1);
            return rounded(first * (1 - share) + last * share, scale);
          }};
}

Values logarithmic_space(double first, double last, std::uint64_t count) {
  check_finite(first, last);
  check_count(count);
  if (first <= 0 || last <= 0) throw ValueError("both ends must be positive");
  return {count, [first, last, count](std::uint64_t i) {
            const long double share = i == 0 ? 0 : static_cast<long double>(i) / static_cast<long double>(count - 1);
            return significant(first * std::pow(static_cast<long double>(last) / first, share));
          }};
}

void check(const Distribution& distribution) {
  check_finite(distribution.first, distribution.second);
  switch (distribution.kind) {
    case Distribution::Kind::uniform:
      return check_order(distribution.first < distribution.second);
    case Distribution::Kind::log_uniform:
      if (distribution.first <= 0) throw ValueError("both bounds must be positive");
      return check_order(distribution.first < distribution.second);
    case Distribution::Kind::normal:
      if (distribution.second <= 0) throw ValueError("the standard deviation must be positive");
      return;
    case Distribution::Kind::integer:
      if (distribution.lowest > distribution.highest) throw ValueError("the first bound must not be above the second");
  }
}

Values random_values(const Distribution& distribution, std::uint64_t count, std::uint64_t seed) {
  check(distribution);
  check_count(count);
  return {count, [distribution, seed](std::uint64_t i) { return quantile(distribution, random_bits(seed, i)); }};
}

Values stratified_values(const Distribution& distribution, std::uint64_t count, std::uint64_t seed) {
  check(distribution);
  check_count(count);
  return {count, [distribution, seed, order = Permutation(count, seed)](std::uint64_t i) {
            const Wide fraction = (Wide{order(i)} << 64U) + random_bits(seed, i);
            return quantile(distribution, static_cast<std::uint64_t>(fraction / order.size()));
          }};
}

}  // namespace farm
