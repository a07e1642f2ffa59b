/// Fuzz target: whatever bytes arrive, the decoder takes a record, asks for more, or throws Error; and what it takes
/// encodes to the same bytes again. The first byte chooses the direction.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "farm/error.hpp"
#include "shepherd/protocol.hpp"

namespace {

template <class Message>
void decode_all(std::string_view bytes) {
  while (true) {
    const std::string_view before = bytes;
    const auto message = farm::take_record<Message>(bytes);
    if (!message) return;
    std::string again;
    farm::append_record(again, *message);
    if (again != before.substr(0, before.size() - bytes.size())) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (data[0] % 2 == 0) {
      decode_all<farm::ToShepherd>(bytes);
    } else {
      decode_all<farm::ToRank>(bytes);
    }
  } catch (const farm::Error&) {
    // the answer to nonsense
  }
  return 0;
}
