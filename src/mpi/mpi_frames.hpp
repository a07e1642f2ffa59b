/// Frames over MPI between the ranks of a pool: heads and bodies are messages of their own, sent from
/// and received into the buffers they stay in. Otherwise as MpiChannel: sends that never block, receives that are
/// abandoned when the sender dies, doorbells where both are on one host.
#pragma once
#include <mpi.h>

#include <list>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "mpi/peers.hpp"
#include "wire/frame.hpp"

namespace farm {

class MpiFrames final : public FrameChannel {
 public:
  /// Collective over all ranks, once, at the start. Session, poller and clock outlive it.
  MpiFrames(MpiSession& session, Poller& poller, const Clock& clock);

  void post(Rank to, Frame frame) override;
  std::optional<Arrived> receive() override;
  std::vector<Rank> take_lost() override;
  void give_up(Rank rank, Frame farewell) override;
  void expect(Rank from) override { ++expected_[from]; }
  Nanos patience(TimePoint now, bool expecting) override;

  bool has_lost_ranks() const { return peers_.has_lost_any(); }

  /// Of the ranks that are there to be sent to; for the master.
  std::set<Rank> living_workers() const { return peers_.living_workers(); }

  /// For the end: waits, at most so long, until what was posted to living ranks has left and what was announced by
  /// others has come, and drops what comes; whether that is so.
  bool flush(Nanos at_most);

 private:
  struct Outgoing {
    Rank to{};
    Frame frame;  // must stay where it is until the requests have completed
    std::vector<MPI_Request> requests;
  };
  struct Incoming {
    Rank from{};
    Frame frame;
    std::vector<MPI_Request> requests;
    bool has_head = false;
  };

  void send(Rank to, Frame frame);
  void sweep_sent();
  bool is_promised() const;
  bool is_at_rest() const;
  bool start_receive();
  void start_bodies(Incoming& in);
  bool is_complete(Incoming& in);
  std::list<Incoming>::iterator find_complete();
  std::optional<Incoming> take_complete();
  void send_away(Rank rank);
  void listen();

  MpiSession& session_;
  const Clock& clock_;
  Peers peers_;
  std::list<Outgoing> sending_;
  std::list<Incoming> receiving_;    // in the order of their sending, each at an address that lasts
  std::map<Rank, Frame> farewells_;  // for those given up, should they speak all the same
  std::map<Rank, int> expected_;     // of workers from each other: announced, less what has come, maybe before that
  TimePoint busy_until_{};           // large buffers are under way: only asking moves them
};

}  // namespace farm
