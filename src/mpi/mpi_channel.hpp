/// Messages over Boost.MPI between the master and its workers: sends that never block, receives that are abandoned when
/// the sender dies, and doorbells where both are on one host.
#pragma once
#include <boost/mpi/request.hpp>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/poller.hpp"
#include "mpi/backoff.hpp"
#include "mpi/doorbell.hpp"
#include "mpi/mpi_session.hpp"
#include "wire/channel.hpp"

namespace farm {

class MpiChannel final : public Channel {
 public:
  /// Collective over all ranks, once, at the start: workers on the master's host connect their bells. Session, poller
  /// and clock stay the caller's and outlive the channel.
  MpiChannel(MpiSession& session, Poller& poller, const Clock& clock);

  void post(Rank to, Message message) override;
  std::optional<Envelope> receive() override;
  std::vector<Rank> take_lost() override;
  void give_up(Rank rank) override;
  Nanos patience(TimePoint now, bool expecting) override;

  bool has_lost_ranks() const { return !dead_.empty() || !given_up_.empty(); }

  /// Of the ranks that are there to be sent to; for the master.
  std::set<Rank> living_workers() const;

  /// Waits, at most so long, until what was posted to living ranks has left. For the very end: whoever finalises MPI
  /// with a send under way may lose it.
  void flush(Nanos at_most);

 private:
  struct Outgoing {
    Rank to{};
    std::string bytes;  // must stay where it is until the request has completed
    boost::mpi::request request;
  };
  struct Incoming {
    Rank from{};
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void sweep_sent();
  bool start_receive();
  std::list<Incoming>::iterator find_finished();
  std::optional<Incoming> take_finished();
  void send(Rank to, const Message& message);
  void notice_dead();
  bool is_dead(Rank rank) const { return dead_.contains(rank) || given_up_.contains(rank); }
  void bury(Rank rank);
  void send_away(Rank rank);

  MpiSession& session_;
  const Clock& clock_;
  Doorbells bells_;
  Backoff backoff_;
  std::size_t peers_;  // how many bells would make all of them
  std::list<Outgoing> sending_;
  std::list<Incoming> receiving_;  // in the order of their sending, each at an address that lasts
  std::set<Rank> known_;           // something was posted to them
  TimePoint settling_until_{};     // a first message may need our help that long
  std::set<Rank> dead_;
  std::vector<Rank> newly_dead_;
  std::set<Rank> given_up_;
  std::set<Rank> sent_away_;  // of these, who spoke all the same
  bool heard_nothing_ = false;
  std::int64_t announced_ = 0;  // bells heard minus messages received from who has one
};

}  // namespace farm
