/// Channels within one process: what a run without other ranks uses, and tests that play several ranks in one thread.
#pragma once
#include <deque>
#include <map>
#include <memory>

#include "wire/channel.hpp"

namespace farm {

/// A master and its workers as lines of one switchboard, which outlives their use. Messages are handed over as they
/// are, without encoding.
class Loopback {
 public:
  Loopback();
  ~Loopback();

  Channel& master();
  /// The same line every time for one rank; whatever it posts goes to the master.
  Channel& worker(Rank rank);

  /// From here on that worker neither gets nor sends anything, and the master is told that it is lost.
  void cut(Rank worker);

 private:
  class Line;
  std::unique_ptr<Line> master_;
  std::map<Rank, std::unique_ptr<Line>> workers_;
};

/// One channel out of two: messages for and from `local_rank` take the first, all others the second.
class JoinedChannel final : public Channel {
 public:
  /// Both stay the caller's.
  JoinedChannel(Rank local_rank, Channel& local, Channel& remote)
      : local_rank_(local_rank), local_(local), remote_(remote) {}

  void post(Rank to, Message message) override;
  std::optional<Envelope> receive() override;
  std::vector<Rank> take_lost() override;
  void give_up(Rank rank) override;
  Nanos patience(TimePoint now, bool expecting) override;

 private:
  Rank local_rank_;
  Channel& local_;
  Channel& remote_;
};

}  // namespace farm
