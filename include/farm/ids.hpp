/// Ids that cannot be mixed up. They are enum classes: no conversion to each other or to integers, free to copy,
/// hashable and usable as switch-free keys. `value(id)` is the one way back to a number.
#pragma once
#include <cstdint>
#include <type_traits>

namespace farm {

/// A task's ordinal in its manifest, from 0. Users see it counted from 1.
enum class TaskId : std::uint64_t {};

/// An MPI rank; 0 is the master.
enum class Rank : std::int32_t {};

/// How many times a task had been handed out before this time; the first attempt is 0.
enum class Attempt : std::uint32_t {};

inline constexpr Rank master_rank{0};

template <class Id>
requires std::is_enum_v<Id>
constexpr auto value(Id id) { return static_cast<std::underlying_type_t<Id>>(id); }

template <class Id>
requires std::is_enum_v<Id>
constexpr Id next(Id id) { return static_cast<Id>(static_cast<std::underlying_type_t<Id>>(value(id) + 1)); }

}  // namespace farm
