/// Frames within one process: a master and its workers as lines of one switchboard. For a pool without other ranks, and
/// for tests that play several. Not thread-safe.
#pragma once
#include <deque>
#include <map>
#include <memory>

#include "wire/frame.hpp"

namespace farm {

class FrameLoopback {
 public:
  FrameLoopback();
  ~FrameLoopback();

  FrameChannel& master();
  /// The same line every time for one rank.
  FrameChannel& worker(Rank rank);

  /// From here on that worker neither gets nor sends anything, and the master is told that it is lost.
  void cut(Rank worker);

 private:
  class Line;
  void deliver(Rank from, Rank to, Frame frame);

  std::unique_ptr<Line> master_;
  std::map<Rank, std::unique_ptr<Line>> workers_;
};

}  // namespace farm
