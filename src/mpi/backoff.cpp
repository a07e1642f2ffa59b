#include "mpi/backoff.hpp"

#include <algorithm>

namespace farm {
namespace {

using namespace std::chrono_literals;

// The shortest sleep the kernel gives is about 55 us; asking more often than that is spinning.
constexpr Nanos shortest = 50us;
// What a hand-over may pay for sleeping when somebody waits for it. Costs 1 to 3 % of a core.
constexpr Nanos expecting_limit = 1ms;
// Who has waited for long may pay more, in proportion: half a percent of that time.
constexpr int waits_per_pause = 200;
// With nothing to gain from being quick: 0.3 % of a core (5 ms cost 0.6 %).
constexpr Nanos idle_limit = 10ms;
// Over TCP a bell has been seen to overtake its message; over shared memory the message is there first.
constexpr Nanos ring_lead = 10ms;
// Even when everybody rings, look now and then: it costs nothing and turns a lost bell into a pause.
constexpr Nanos longest = 500ms;

}  // namespace

void Backoff::stirred(TimePoint now) {
  last_stir_ = now;
  pause_ = Nanos::zero();
}

void Backoff::rang(TimePoint now) {
  announced_until_ = now + ring_lead;
  stirred(now);
}

Nanos Backoff::patience(TimePoint now, const Situation& situation) {
  const bool must_ask = situation.in_transit || (situation.announced && now < announced_until_);
  if (situation.all_ring && !must_ask) return longest;
  Nanos limit = idle_limit;
  if (situation.expecting) limit = std::clamp<Nanos>((now - last_stir_) / waits_per_pause, expecting_limit, idle_limit);
  if (must_ask) limit = expecting_limit;
  pause_ = std::clamp(2 * pause_, shortest, limit);
  return pause_;
}

}  // namespace farm
