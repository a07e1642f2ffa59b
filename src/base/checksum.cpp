#include "base/checksum.hpp"

#include <array>
#include <cstring>

namespace farm {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t reflected_polynomial = 0x82F63B78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t index = 0; index < table.size(); ++index) {
    std::uint32_t remainder = index;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? reflected_polynomial : 0);
    table[index] = remainder;
  }
  return table;
}

#if defined(__x86_64__)
// The processor's own instruction, which matters for a task that prints gigabytes.
__attribute__((target("sse4.2"))) std::uint32_t with_sse42(std::string_view bytes, std::uint32_t state) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t wide = state;
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (; left > 0; ++at, --left) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
  return narrow;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before) {
  static constexpr auto table = make_table();
  std::uint32_t state = ~before;
  for (const char c : bytes) state = table[(state ^ static_cast<unsigned char>(c)) & 0xFF] ^ (state >> 8);
  return ~state;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
  if (has_sse42) return ~with_sse42(bytes, ~before);
#endif
  return crc32c_portable(bytes, before);
}

}  // namespace farm
