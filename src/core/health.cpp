#include "core/health.hpp"

#include <algorithm>
#include <cmath>

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t least_strikes = 3;
constexpr double unlikely = 1e-4;
constexpr std::uint64_t head_start = 10;
constexpr Nanos first_time = 60s;
constexpr Nanos longest_time = 900s;

// The chance of `hits` or more in `draws`: the sum of the terms from there on, each made from the one before.
double binomial_tail(std::uint64_t hits, std::uint64_t draws, double chance) {
  const auto n = static_cast<double>(draws);
  const auto k = static_cast<double>(hits);
  const double first = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(chance) +
                       (n - k) * std::log1p(-chance);
  double term = std::exp(first);
  double sum = 0;
  for (double i = k; i <= n && term > sum * 1e-12; ++i) {
    sum += term;
    term *= (n - i) / (i + 1) * chance / (1 - chance);
  }
  return sum;
}

}  // namespace

void Health::ended(Rank worker, End how) {
  for (Record* const record : {&of(worker), &all_}) {
    ++record->ended;
    record->well += how == End::well ? 1 : 0;
    record->badly_at_once += how == End::badly_at_once ? 1 : 0;
  }
}

bool Health::is_racing(Rank worker, std::uint32_t others) const {
  const Record record = get(worker);
  return record.well == 0 && record.badly_at_once >= head_start && others > 0 &&
         record.badly_at_once * others > head_start * (all_.ended - record.ended);
}

bool Health::looks_bad(Rank worker) const {
  const Record record = get(worker);
  const std::uint64_t bad = record.badly_at_once;
  if (record.well > 0 || bad < least_strikes) return false;
  return binomial_tail(bad, record.ended, rate_elsewhere(all_.badly_at_once - bad, record)) < unlikely;
}

bool Health::strike(Rank worker) {
  Record& record = of(worker);
  ++record.strikes;
  ++all_.strikes;
  if (record.strikes < least_strikes) return false;
  const std::uint64_t draws = std::max<std::uint64_t>(record.ended, record.strikes);
  return binomial_tail(record.strikes, draws, rate_elsewhere(all_.strikes - record.strikes, record)) < unlikely;
}

// One failure in two more than were seen: no worker is ever held to perfection.
double Health::rate_elsewhere(std::uint64_t failed, const Record& one) const {
  const std::uint64_t ended = std::max(failed, all_.ended - std::min(all_.ended, one.ended));
  return std::min(0.99, (static_cast<double>(failed) + 1) / (static_cast<double>(ended) + 2));
}

Nanos Health::set_aside(Rank worker) {
  Record& record = of(worker);
  const Nanos time = first_time * (std::int64_t{1} << std::min(record.times_aside, 4U));
  ++record.times_aside;
  return std::min(time, longest_time);
}

void Health::forgive(Rank worker) {
  Record& record = of(worker);
  all_.ended -= record.ended;
  all_.well -= record.well;
  all_.badly_at_once -= record.badly_at_once;
  all_.strikes -= record.strikes;
  record = {.times_aside = record.times_aside};
}

Health::Record Health::get(Rank worker) const {
  const auto index = static_cast<std::size_t>(value(worker));
  return index < records_.size() ? records_[index] : Record{};
}

Health::Record& Health::of(Rank worker) {
  const auto index = static_cast<std::size_t>(value(worker));
  if (index >= records_.size()) records_.resize(index + 1);
  return records_[index];
}

}  // namespace farm
