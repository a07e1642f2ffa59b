/// Messages between ranks whose large parts are not copied: a head and any number of buffers beside it. The seam
/// between the pool's loops and MPI, as channel.hpp is for commands; it knows nothing of what the bytes mean. Nothing
/// here blocks.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"
#include "farm/packed.hpp"

namespace farm {

/// So long may a head be; a body may be longer. MPI counts in int.
inline constexpr std::size_t largest_frame_head = std::size_t{1} << 30;

struct Frame {
  std::string head;
  std::vector<Bytes> bodies;
};

class FrameChannel {
 public:
  struct Arrived {
    Rank from{};
    Frame frame;
  };

  virtual ~FrameChannel() = default;

  /// Queues the frame; frames to one rank arrive in order. To a lost rank: dropped.
  virtual void post(Rank to, Frame frame) = 0;

  /// The next frame that has arrived in full.
  virtual std::optional<Arrived> receive() = 0;

  /// Ranks found dead since the last call. A rank is reported once, after its last frame was received.
  virtual std::vector<Rank> take_lost() = 0;

  /// Takes a rank for lost that may still live: nothing is sent to it any more and what it says is dropped, but should
  /// it say anything, it gets `farewell` once. take_lost() does not report it.
  virtual void give_up(Rank rank, Frame farewell) = 0;

  /// For workers: a frame from that other worker is on its way, or here already. Each must be announced so, because
  /// nobody rings for it: until it is here, or the rank given up, patience() is short.
  virtual void expect(Rank from) = 0;

  /// How long the process may sleep, apart from the descriptors it watches, before receive() should be tried again.
  virtual Nanos patience(TimePoint now, bool expecting) = 0;
};

}  // namespace farm
