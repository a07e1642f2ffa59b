// Any bytes as a whole journal: it is read to its end or refused by an Error, the same each time, and what is left of
// it after a cut is never refused where the whole was not. The first byte says where it is cut.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "farm/error.hpp"
#include "store/journal_reader.hpp"

namespace {

using farm::JournalReader;

farm::RunDir::File file_of(std::string_view bytes) {
  farm::UniqueFd memory(::memfd_create("journal_file_fuzz", MFD_CLOEXEC));
  FARM_CHECK(::write(memory.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  FARM_CHECK(::lseek(memory.get(), 0, SEEK_SET) == 0);
  return {std::move(memory), "journal", 1};
}

// The text of all its records, or nothing when it is refused.
std::optional<std::string> read(std::string_view bytes, JournalReader::Damage damage) {
  try {
    JournalReader reader(file_of(bytes), damage);
    std::string text;
    farm::Record record;
    while (reader.next(record)) farm::append_line(text, record);
    FARM_CHECK(!reader.next(record));
    for (const JournalReader::Place& hole : reader.holes()) FARM_CHECK(hole.offset < bytes.size());
    FARM_CHECK(!reader.torn() || reader.torn()->offset <= bytes.size());
    return text;
  } catch (const farm::Error& error) {
    FARM_CHECK(error.kind() == farm::Error::Kind::usage);
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto strict = read(bytes, JournalReader::Damage::refuse);
  const auto salvaged = read(bytes, JournalReader::Damage::skip);
  FARM_CHECK(strict == read(bytes, JournalReader::Damage::refuse));
  if (!strict) return 0;
  FARM_CHECK(salvaged == strict);
  const auto cut = read(bytes.substr(0, bytes.size() * data[0] / 256), JournalReader::Damage::refuse);
  FARM_CHECK(!cut || strict->starts_with(*cut));
  return 0;
}
