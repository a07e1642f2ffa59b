/// CRC-32C (Castagnoli), the check on every journal line and every frame of stored output.
#pragma once
#include <cstdint>
#include <string_view>

namespace farm {

/// The CRC-32C of `bytes` (RFC 3720: reflected, initial value and final xor all ones), continued from `before` when the
/// text comes in pieces: crc32c("ab") == crc32c("b", crc32c("a")).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

/// The same value on any processor, ten times slower: what crc32c() falls back to and is tested against.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0);

}  // namespace farm
