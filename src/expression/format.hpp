/// sprintf, as Perl has it.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "expression/scalar.hpp"

namespace farm {

/// `format` with its %d, %i, %u, %s, %c, %x, %X, %o, %b, %B, %e, %f, %g, %E, %F, %G and %% filled in, with flags, width
/// and precision, also as `*` and by position (%2$s). What is no conversion stays as it is; a missing argument is
/// undef. Throws std::length_error rather than return more than `limit` bytes.
std::string format_printf(std::string_view format, std::span<const Scalar> arguments, std::size_t limit);

}  // namespace farm
