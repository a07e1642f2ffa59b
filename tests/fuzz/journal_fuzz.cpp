// Any bytes as a journal line: the decoder must neither crash nor take for a record what does not encode to itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/checksum.hpp"
#include "store/journal_format.hpp"

namespace {

void try_line(std::string_view line) {
  farm::JournalDecoder decoder;
  farm::Record record;
  if (decoder.decode(line, record) != farm::JournalDecoder::Verdict::record) return;
  std::string once;
  farm::append_line(once, record);
  farm::Record again;
  once.pop_back();
  if (decoder.decode(once, again) != farm::JournalDecoder::Verdict::record) std::abort();
  std::string twice;
  farm::append_line(twice, again);
  twice.pop_back();
  if (once != twice) std::abort();
}

// With the right check behind it, so that the fuzzer gets past it.
std::string with_check(std::string_view body) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string line(body);
  line += R"(,"crc":")";
  const std::uint32_t check = farm::crc32c(body);
  for (int shift = 28; shift >= 0; shift -= 4) line += digits[check >> shift & 0xF];
  return line + "\"}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_line(bytes);
  try_line(with_check(bytes));
  return 0;
}
