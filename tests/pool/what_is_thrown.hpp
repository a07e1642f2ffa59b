/// What an exception says, for tests that expect one.
#pragma once
#include <exception>
#include <string>

namespace farm {

/// "" when none comes out of `act`.
template <class Act>
std::string what_is_thrown(const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace farm
