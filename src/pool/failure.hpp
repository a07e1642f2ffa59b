/// A failed call as bytes, and what is said about an exception.
#pragma once
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

#include "farm/packed.hpp"
#include "farm/task_error.hpp"

namespace farm {

/// `problem` must not be null.
TaskFailure failure_of(const std::exception_ptr& problem);

/// What is said of something, as "the result of a call", that no message takes.
std::string too_large(std::string_view what, std::size_t bytes, std::size_t limit);

Packed pack_failure(const TaskFailure& failure);
/// Throws UnpackError.
TaskFailure unpack_failure(Unpacker& from);

}  // namespace farm
