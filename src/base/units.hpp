/// Quantities as people write and read them: "90", "1.5h", "2GiB". Knows nothing of where they come from; callers add
/// the place to a complaint.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace farm {

/// A whole number written in decimal digits only; nullopt for anything else, also when it does not fit.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// "5", "0.5s", "250ms", "2m", "1.5h", "7d": seconds when no unit is given. nullopt for anything else, negative values,
/// and what does not fit (292 years).
std::optional<Nanos> parse_duration(std::string_view text);

/// "1000", "2GiB", "1.5G": bytes when no unit is given; K, M, G, T and P are powers of 1024 with or without "iB", and
/// powers of 1000 in lower case or with "B" alone. nullopt for anything else, negative values, and what does not fit.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// "0.4 s", "12.3 s", "3m07s", "2h05m", "3d04h": for people, at most three significant figures below a minute.
std::string format_duration(Nanos duration);

/// "512 B", "1.5 KiB", "3.2 GiB".
std::string format_bytes(std::uint64_t bytes);

/// 1234567 -> "1,234,567".
std::string format_count(std::uint64_t count);

}  // namespace farm
