/// A failed call as bytes, and what is said about an exception.
#pragma once
#include <exception>

#include "farm/packed.hpp"
#include "farm/task_error.hpp"

namespace farm {

/// `problem` must not be null.
TaskFailure failure_of(const std::exception_ptr& problem);

Packed pack_failure(const TaskFailure& failure);
/// Throws UnpackError.
TaskFailure unpack_failure(Unpacker& from);

}  // namespace farm
