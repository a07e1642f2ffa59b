// Whatever arrives as a message is decoded or refused; tasks are taken out of it as a worker does.
#include <cstdint>
#include <string_view>

#include "wire/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = farm::decode({reinterpret_cast<const char*>(data), size});
  if (!message) return 0;
  if (const auto* dispatch = std::get_if<farm::Dispatch>(&*message)) {
    std::size_t at = 0;
    for (const farm::TaskHead& head : dispatch->heads) {
      if (!farm::unpack_task(head, dispatch->text, at)) break;
    }
  }
  return farm::encode(*message).empty() ? 1 : 0;
}
