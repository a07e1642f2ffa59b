/// The attempts that are out on one worker, each in a seat that stays its own until it ends.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "core/event.hpp"
#include "core/grant.hpp"
#include "core/shape.hpp"

namespace farm {

struct Flight {
  AttemptKey key;
  ShapeId shape{};
  std::uint32_t load = 1;      ///< processors it keeps busy
  bool is_superseded = false;  ///< another attempt at its task has succeeded
  TimePoint sent{};
  Nanos expected{0};             ///< how long it will take; 0: unknown
  std::uint64_t order = 0;       ///< the how-manieth to be sent, from 1
  std::unique_ptr<Grant> grant;  ///< null for a plain one
};

class Flights {
 public:
  using Seat = std::uint32_t;

  Seat put(Flight flight) {
    ++size_;
    if (empty_.empty()) {
      seats_.push_back(std::move(flight));
      return static_cast<Seat>(seats_.size() - 1);
    }
    const Seat seat = empty_.back();
    empty_.pop_back();
    seats_[seat] = std::move(flight);
    return seat;
  }

  Flight take(Seat seat) {
    --size_;
    empty_.push_back(seat);
    return std::exchange(seats_[seat], {});
  }

  std::vector<Flight> take_all() {
    std::vector<Flight> all;
    for (Flight& flight : seats_) {
      if (flight.order != 0) all.push_back(std::move(flight));
    }
    *this = {};
    return all;
  }

  Flight& operator[](Seat seat) { return seats_[seat]; }
  const Flight& operator[](Seat seat) const { return seats_[seat]; }
  std::uint32_t size() const { return size_; }

  /// Looks at all of them.
  std::optional<Seat> find(AttemptKey key) const {
    for (Seat seat = 0; seat < seats_.size(); ++seat) {
      if (seats_[seat].order != 0 && seats_[seat].key == key) return seat;
    }
    return std::nullopt;
  }

  template <class Visitor>
  void for_each(const Visitor& visit) const {
    for (const Flight& flight : seats_) {
      if (flight.order != 0) visit(flight);
    }
  }

 private:
  std::vector<Flight> seats_;  // an order of 0: empty
  std::vector<Seat> empty_;
  std::uint32_t size_ = 0;
};

}  // namespace farm
