// Whatever arrives as a message is decoded or refused, and what was decoded encodes to the same bytes; tasks are taken
// out of it as a worker does. Once more with the header of today, so that inputs outlive a change of the protocol's
// number.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "wire/codec.hpp"

namespace {

constexpr std::size_t protocol_offset = 4;

void take_tasks(const farm::Dispatch& dispatch) {
  std::size_t at = 0;
  for (const farm::TaskHead& head : dispatch.heads) {
    const auto task = farm::unpack_task(head, dispatch.text, at);
    if (!task) return;
    FARM_CHECK(at <= dispatch.text.size());
    if (head.extra_bytes == 0) continue;
    const auto again = farm::decode_extra(farm::encode(task->extra));
    FARM_CHECK(again && farm::encode(*again) == farm::encode(task->extra));
  }
}

void try_message(std::string_view bytes) {
  const auto message = farm::decode(bytes);
  if (!message) return;
  FARM_CHECK(farm::encode(*message) == bytes);
  if (const auto* dispatch = std::get_if<farm::Dispatch>(&*message)) take_tasks(*dispatch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_message(bytes);
  if (size < protocol_offset + 2) return 0;
  bytes[protocol_offset] = static_cast<char>(farm::protocol_version);
  bytes[protocol_offset + 1] = static_cast<char>(farm::protocol_version >> 8);
  try_message(bytes);
  return 0;
}
