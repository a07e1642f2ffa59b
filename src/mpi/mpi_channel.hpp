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
  Nanos patience(TimePoint now, bool expecting) override;

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
  std::optional<Envelope> finish_receive();
  void notice_dead();

  MpiSession& session_;
  const Clock& clock_;
  Doorbells bells_;
  Backoff backoff_;
  std::size_t peers_;  // how many bells would make all of them
  std::list<Outgoing> sending_;
  std::list<Incoming> receiving_;  // one at most; a list, because its address must last
  std::set<Rank> known_;           // something was posted to them
  TimePoint settling_until_{};     // a first message may need our help that long
  std::set<Rank> dead_;
  std::vector<Rank> newly_dead_;
  bool heard_nothing_ = false;
  std::int64_t announced_ = 0;  // bells heard minus messages received from who has one
};

}  // namespace farm
