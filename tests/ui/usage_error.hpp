/// What a call complains about: the text of the usage Error it throws, "" when it throws none.
#pragma once
#include <string>
#include <utility>

#include "farm/error.hpp"

namespace farm {

template <class Call>
std::string usage_error(Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const Error& error) {
    return error.kind() == Error::Kind::usage ? error.what() : std::string("not a usage error: ") + error.what();
  }
  return "";
}

}  // namespace farm
