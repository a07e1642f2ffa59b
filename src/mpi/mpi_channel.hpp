/// Messages over Boost.MPI between the master and its workers: sends that never block, receives that are abandoned when
/// the sender dies, and doorbells where both are on one host.
#pragma once
#include <boost/mpi/request.hpp>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mpi/peers.hpp"
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

  bool has_lost_ranks() const { return peers_.has_lost_any(); }

  /// Of the ranks that are there to be sent to; for the master.
  std::set<Rank> living_workers() const { return peers_.living_workers(); }

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
  void listen();
  void send_away(Rank rank);

  MpiSession& session_;
  const Clock& clock_;
  Peers peers_;
  std::list<Outgoing> sending_;
  std::list<Incoming> receiving_;  // in the order of their sending, each at an address that lasts
  std::set<Rank> sent_away_;       // of those given up, who spoke all the same
};

}  // namespace farm
