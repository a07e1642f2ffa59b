/// How a rank speaks to the others: the seam between the loops and MPI. Nothing here blocks.
#pragma once
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"
#include "wire/message.hpp"

namespace farm {

struct Envelope {
  Rank from{};
  Message message;
};

class Channel {
 public:
  virtual ~Channel() = default;

  /// Queues the message; messages to one rank arrive in order. To a lost rank: dropped.
  virtual void post(Rank to, Message message) = 0;

  /// The next message that has arrived.
  virtual std::optional<Envelope> receive() = 0;

  /// Ranks found dead since the last call. A rank is reported once, after its last message was received.
  virtual std::vector<Rank> take_lost() = 0;

  /// Takes a rank for lost that may still live: nothing is sent to it any more and what it says is dropped, but should
  /// it say anything, it is told to leave. take_lost() does not report it.
  virtual void give_up(Rank rank) = 0;

  /// How long the process may sleep, apart from the descriptors it watches, before receive() should be tried again.
  /// `expecting`: whether a message would find something to do.
  virtual Nanos patience(TimePoint now, bool expecting) = 0;
};

}  // namespace farm
