#include "mpi/peers.hpp"

#include <mpi.h>

#include <array>
#include <utility>

namespace farm {
namespace {

// The first message to a peer can be reported as sent while Open MPI is still connecting the two, which goes on only
// while somebody asks: without this both sides have been seen to sleep until the longest pause was over.
constexpr Nanos settling_time = std::chrono::milliseconds(50);

}  // namespace

Peers::Peers(MpiSession& session, Poller& poller, const Clock& clock)
    : session_(session),
      clock_(clock),
      bells_(poller),
      count_(session.rank() == master_rank ? static_cast<std::size_t>(session.ranks()) - 1 : 1) {
  std::array<char, 64> name{};
  if (session_.rank() == master_rank) {
    const std::string own = bells_.listen();
    own.copy(name.data(), name.size() - 1);
  }
  MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, value(master_rank), session_.world());
  if (session_.rank() != master_rank && session_.is_with_master()) {
    bells_.connect(name.data(), master_rank, session_.rank());
  }
}

std::vector<Rank> Peers::listen() {
  std::vector<Rank> died;
  for (const Rank rank : bells_.take_gone()) {
    if (given_up_.contains(rank)) continue;
    dead_.insert(rank);
    newly_dead_.push_back(rank);
    --count_;
    died.push_back(rank);
  }
  if (const std::size_t rings = bells_.take_rings(); rings > 0) {
    announced_ += static_cast<std::int64_t>(rings);
    backoff_.rang(clock_.now());
  }
  return died;
}

bool Peers::give_up(Rank rank) {
  if (is_gone(rank)) return false;
  given_up_.insert(rank);
  bells_.drop(rank);
  if (session_.rank() == master_rank || rank == master_rank) --count_;  // workers have no bells for each other
  return true;
}

void Peers::posted(Rank to, bool is_sign_of_life) {
  bells_.ring(to);
  const TimePoint now = clock_.now();
  if (known_.insert(to).second) settling_until_ = now + settling_time;
  if (!is_sign_of_life) backoff_.stirred(now);
}

void Peers::received(Rank from, bool is_sign_of_life) {
  heard_nothing_ = false;
  if (bells_.has(from)) --announced_;
  if (!is_sign_of_life) backoff_.stirred(clock_.now());
}

std::vector<Rank> Peers::take_dead() { return heard_nothing_ ? std::exchange(newly_dead_, {}) : std::vector<Rank>{}; }

Nanos Peers::patience(TimePoint now, bool in_transit, bool expecting) {
  if (!heard_nothing_ || !newly_dead_.empty()) return Nanos::zero();
  const bool is_settling = now < settling_until_;
  const bool is_announced = announced_ > 0;
  return backoff_.patience(now, {.all_ring = bells_.count() >= count_,
                                 .in_transit = in_transit || is_settling,
                                 .announced = is_announced,
                                 .expecting = expecting});
}

std::set<Rank> Peers::living_workers() const {
  std::set<Rank> living;
  for (int rank = 1; rank < session_.ranks(); ++rank) {
    if (!is_gone(Rank{rank})) living.insert(Rank{rank});
  }
  return living;
}

}  // namespace farm
