/// The other ranks, as a channel over MPI sees them: who is there, whose bell has rung, and when to ask MPI for
/// messages again. Knows neither messages nor requests.
#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "base/poller.hpp"
#include "mpi/backoff.hpp"
#include "mpi/doorbell.hpp"
#include "mpi/mpi_session.hpp"

namespace farm {

class Peers {
 public:
  /// Collective over all ranks, once for each channel: workers on the master's host connect their bells. Session,
  /// poller and clock stay the caller's and outlive it.
  Peers(MpiSession& session, Poller& poller, const Clock& clock);

  /// Takes in what the bells have said; returns who has died since, other than those given up.
  std::vector<Rank> listen();

  /// Takes it for lost, though it may live. False when it is gone already.
  bool give_up(Rank rank);

  /// Dead or given up.
  bool is_gone(Rank rank) const { return dead_.contains(rank) || given_up_.contains(rank); }
  bool is_given_up(Rank rank) const { return given_up_.contains(rank); }
  bool has_lost_any() const { return !dead_.empty() || !given_up_.empty(); }

  /// A message to it was handed to MPI: rings its bell. After signs of life, which nobody answers, nothing more is
  /// expected at once; nor after those that are received.
  void posted(Rank to, bool is_sign_of_life = false);
  /// A message of it was received.
  void received(Rank from, bool is_sign_of_life = false);
  /// Nothing is to be received just now.
  void received_nothing() { heard_nothing_ = true; }

  /// The dead who were not reported yet: none while there may be something to receive, because what a rank sent before
  /// it died is still delivered first.
  std::vector<Rank> take_dead();

  /// How long to sleep before the next look. `in_transit`: messages are under way that need our help.
  Nanos patience(TimePoint now, bool in_transit, bool expecting);

  /// Of the ranks that are there to be sent to; for the master.
  std::set<Rank> living_workers() const;

 private:
  MpiSession& session_;
  const Clock& clock_;
  Doorbells bells_;
  Backoff backoff_;
  std::size_t count_;           // how many bells would make all of them
  std::set<Rank> known_;        // something was posted to them
  TimePoint settling_until_{};  // a first message may need our help that long
  std::set<Rank> dead_;
  std::vector<Rank> newly_dead_;
  std::set<Rank> given_up_;
  bool heard_nothing_ = false;
  std::int64_t announced_ = 0;  // bells heard minus messages received from who has one
};

}  // namespace farm
