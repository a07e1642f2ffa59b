/// What went wrong with a call, as whoever asks for its result hears it.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#include "farm/ids.hpp"

namespace farm {

/// A call that has no result, as a value.
struct TaskFailure {
  enum class Kind : std::uint8_t {
    threw,      ///< the function threw; `type` and `text` are the exception's
    cancelled,  ///< by cancel(), its stop token, or the end of the pool
    late,       ///< not there within the time it was given
    lost,       ///< it took down so many ranks that it is not tried again, or no rank is left
  };

  Kind kind = Kind::threw;
  std::string type;        ///< of the exception, as C++ writes it; "unknown" when it is not derived from std::exception
  std::string text;        ///< its what()
  std::string function;    ///< whose call it was
  std::uint64_t task = 0;  ///< its number: tasks count from 0 as they are submitted
  std::uint64_t element = 0;  ///< of a map: which element, from 0
  Rank rank{-1};              ///< where it ran; -1: nowhere
};

/// Thrown by Future::get() and its like. A call that depends on one that failed fails with the same words: they name
/// the call where it began.
class TaskError : public std::runtime_error {
 public:
  explicit TaskError(TaskFailure failure) : std::runtime_error(describe(failure)), failure_(std::move(failure)) {}

  const TaskFailure& failure() const noexcept { return failure_; }

 private:
  static std::string describe(const TaskFailure& failure);

  TaskFailure failure_;
};

}  // namespace farm
