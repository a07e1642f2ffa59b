/// `--block` as it is typed. Pure text.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace farm {

/// "10M", "1.5k", "512": bytes, with k m g t p for powers of 1000 and K M G T P, Ki ki Mi ... for powers of 1024; what
/// is left of a byte is dropped. "-3": the number itself, without a unit. nullopt for anything else and for more than
/// fits.
std::optional<std::int64_t> parse_block_size(std::string_view text);

}  // namespace farm
