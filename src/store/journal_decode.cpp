#include <simdjson.h>

#include <array>
#include <charconv>
#include <concepts>
#include <cstring>
#include <limits>
#include <utility>

#include "base/checksum.hpp"
#include "store/journal_format.hpp"
#include "store/journal_members.hpp"

namespace farm {
namespace {

namespace json = simdjson::ondemand;
using Verdict = JournalDecoder::Verdict;

// --- values: each returns whether `in` holds one ---

template <std::unsigned_integral Number>
bool read(json::value in, Number& number) {
  std::uint64_t wide = 0;
  if (in.get_uint64().get(wide) || wide > std::numeric_limits<Number>::max()) return false;
  number = static_cast<Number>(wide);
  return true;
}

template <std::signed_integral Number>
bool read(json::value in, Number& number) {
  std::int64_t wide = 0;
  if (in.get_int64().get(wide) || !std::in_range<Number>(wide)) return false;
  number = static_cast<Number>(wide);
  return true;
}

template <class Id>
requires std::is_enum_v<Id>
bool read(json::value in, Id& id) {
  std::underlying_type_t<Id> number{};
  if (!read(in, number)) return false;
  id = Id{number};
  return true;
}

bool read(json::value in, bool& fact) { return !in.get_bool().get(fact); }

bool read(json::value in, Nanos& duration) {
  std::int64_t count = 0;
  if (!read(in, count)) return false;
  duration = Nanos{count};
  return true;
}

bool read(json::value in, std::string& text) {
  std::string_view unescaped;
  if (in.get_string().get(unescaped)) return false;
  text = unescaped;
  return true;
}

bool read(json::value in, Cause& cause) {
  std::string_view name;
  if (in.get_string().get(name)) return false;
  for (const Cause known : {Cause::exited, Cause::signaled, Cause::timed_out, Cause::not_started, Cause::cancelled,
                            Cause::lost, Cause::out_of_memory, Cause::preempted}) {
    if (name != cause_name(known)) continue;
    cause = known;
    return true;
  }
  return false;
}

bool read(json::value in, Fingerprint& fingerprint) {
  std::string_view digits;
  if (in.get_string().get(digits)) return false;
  const std::optional<Fingerprint> parsed = Fingerprint::parse(digits);
  if (parsed) fingerprint = *parsed;
  return parsed.has_value();
}

// An array of exactly as many numbers as there are `numbers`.
template <class... Numbers>
bool read_row(json::value in, Numbers&... numbers) {
  json::array row;
  if (in.get_array().get(row)) return false;
  auto at = row.begin();
  const auto read_next = [&](auto& number) {
    json::value element;
    if (!(at != row.end()) || (*at).get(element) || !read(element, number)) return false;
    ++at;
    return true;
  };
  return (read_next(numbers) && ...) && !(at != row.end());
}

bool read(json::value in, OutputRef& ref) { return read_row(in, ref.bytes, ref.segment, ref.last_frame); }

bool read(json::value in, std::vector<TasksSent::Item>& items) {
  json::array rows;
  if (in.get_array().get(rows)) return false;
  for (auto row : rows) {
    json::value pair;
    TasksSent::Item item;
    if (row.get(pair) || !read_row(pair, item.task, item.attempt)) return false;
    items.push_back(item);
  }
  return true;
}

template <class T>
bool read(json::value in, std::optional<T>& maybe) {
  return read(in, maybe.emplace());
}

template <class T>
bool read_hex(json::value, T&) {
  return true;  // the key only looks like one of ours
}

bool read_hex(json::value in, std::string& text) {
  std::string_view digits;
  if (in.get_string().get(digits) || digits.size() % 2 != 0) return false;
  text.clear();
  for (; !digits.empty(); digits.remove_prefix(2)) {
    unsigned char byte = 0;
    if (std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr != digits.data() + 2) return false;
    text += static_cast<char>(byte);
  }
  return true;
}

template <class T>
inline constexpr bool may_be_absent =
    std::is_same_v<T, bool> || std::is_same_v<T, std::string> || std::is_same_v<T, OutputRef>;
template <class T>
inline constexpr bool may_be_absent<std::optional<T>> = true;

// --- the members of one kind of line, found by their key ---

template <class T>
struct Reader {
  using Read = bool (*)(json::value, bool is_hex, T&);
  struct Slot {
    std::string_view key;
    Read read;
    bool required;
  };

  template <std::size_t i>
  static constexpr Slot slot() {
    constexpr const auto& member = std::get<i>(Line<T>::members);
    using Value = std::remove_reference_t<decltype(member.of(std::declval<T&>()))>;
    const Read reader = [](json::value in, bool is_hex, T& record) {
      auto& value = std::get<i>(Line<T>::members).of(record);
      return is_hex ? read_hex(in, value) : read(in, value);
    };
    return {member.key(), reader, !may_be_absent<Value>};
  }

  static constexpr std::size_t count = std::tuple_size_v<std::remove_const_t<decltype(Line<T>::members)>>;
  static constexpr auto slots = []<std::size_t... i>(std::index_sequence<i...>) { return std::array{slot<i>()...}; }
  (std::make_index_sequence<count>{});

  // `key` points into the padded line, so comparing a name with it stays inside.
  static bool matches(const char* key, std::string_view name, bool& is_hex) {
    if (std::memcmp(key, name.data(), name.size()) != 0) return false;
    key += name.size();
    is_hex = std::memcmp(key, hex_suffix.data(), hex_suffix.size()) == 0;
    return key[is_hex ? hex_suffix.size() : 0] == '"';
  }

  // Lines are written in the table's order, so the search starts behind where the last one ended.
  static std::size_t find(const char* key, std::size_t from, bool& is_hex) {
    for (std::size_t step = 0; step < count; ++step) {
      const std::size_t at = from + step < count ? from + step : from + step - count;
      if (matches(key, slots[at].key, is_hex)) return at;
    }
    return count;
  }

  static bool has_all(std::uint32_t seen) {
    static_assert(count <= 32);
    for (std::size_t i = 0; i < count; ++i) {
      if (slots[i].required && (seen >> i & 1) == 0) return false;
    }
    return true;
  }
};

// Sets to what its absence means what may be absent, and empties what grows. All else must be there and is overwritten,
// so a record can be used again for the next line, and keeps its memory.
template <class T>
void reset(T& value) {
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::vector<TasksSent::Item>>) {
    value.clear();
  } else if constexpr (may_be_absent<T>) {
    value = T{};
  }
}

template <class T>
bool read_members(json::object& object, T& record) {
  std::apply([&](const auto&... member) { (reset(member.of(record)), ...); }, Line<T>::members);
  std::uint32_t seen = 0;
  std::size_t at = 0;
  for (auto field : object) {
    json::raw_json_string key;
    json::value in;
    if (field.key().get(key) || field.value().get(in)) return false;
    bool is_hex = false;
    const std::size_t found = Reader<T>::find(key.raw(), at, is_hex);
    if (found == Reader<T>::count) continue;
    if (!Reader<T>::slots[found].read(in, is_hex, record)) return false;
    seen |= std::uint32_t{1} << found;
    at = found + 1;
  }
  return Reader<T>::has_all(seen);
}

// --- the parts of a line that have a fixed place ---

bool has_check(std::string_view line) {
  if (line.size() < check_size) return false;
  const std::string_view tail = line.substr(line.size() - check_size);
  return tail.starts_with(check_key) && tail.ends_with(check_end);
}

bool passes_check(std::string_view line) {
  const std::string_view digits = line.substr(line.size() - check_end.size() - check_digits, check_digits);
  std::uint32_t check = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), check, 16);
  return error == std::errc{} && end == digits.data() + digits.size() &&
         check == crc32c(line.substr(0, line.size() - check_size));
}

std::string_view kind_of(std::string_view line) {
  if (!line.starts_with(line_start)) return {};
  line.remove_prefix(line_start.size());
  return line.substr(0, line.find('"'));
}

bool is_newer(std::string_view line) {
  if (kind_of(line) != Line<RunStarted>::kind) return false;
  line.remove_prefix(line_start.size() + Line<RunStarted>::kind.size());
  std::uint64_t version = 0;
  if (!line.starts_with(version_key)) return false;
  line.remove_prefix(version_key.size());
  std::from_chars(line.data(), line.data() + line.size(), version);
  return version > journal_version;
}

bool is_json_object(std::string_view line) {
  simdjson::dom::parser parser;
  return parser.parse(line.data(), line.size()).is_object();
}

// The record as a T, the one it held if it did.
template <class T>
T& alternative(Record& record) {
  T* held = std::get_if<T>(&record);
  return held != nullptr ? *held : record.emplace<T>();
}

}  // namespace

struct JournalDecoder::State {
  json::parser parser;
  std::string padded;

  // Whether the line is of kind T; then the verdict on it is set.
  template <class T>
  bool decode_as(std::string_view line, Record& record, Verdict& verdict) {
    if (kind_of(line) != Line<T>::kind) return false;
    if (padded.size() < line.size() + simdjson::SIMDJSON_PADDING)
      padded.resize(2 * line.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(padded.data(), line.data(), line.size());
    json::document document;
    json::object object;
    const bool is_read = !parser.iterate(padded.data(), line.size(), padded.size()).get(document) &&
                         !document.get_object().get(object) && read_members(object, alternative<T>(record));
    verdict = is_read ? Verdict::record : Verdict::damaged;
    return true;
  }

  template <class... T>
  Verdict decode_one_of(std::string_view line, std::variant<T...>& record) {
    Verdict verdict = Verdict::unknown;
    static_cast<void>((decode_as<T>(line, record, verdict) || ...));
    return verdict;
  }
};

JournalDecoder::JournalDecoder() : state_(std::make_unique<State>()) {}
JournalDecoder::JournalDecoder(JournalDecoder&&) noexcept = default;
JournalDecoder& JournalDecoder::operator=(JournalDecoder&&) noexcept = default;
JournalDecoder::~JournalDecoder() = default;

JournalDecoder::Verdict JournalDecoder::decode(std::string_view line, Record& record) {
  if (!has_check(line)) {
    if (!is_json_object(line)) return Verdict::damaged;
    return is_newer(line) ? Verdict::newer : Verdict::foreign;
  }
  if (!passes_check(line)) return Verdict::damaged;
  if (is_newer(line)) return Verdict::newer;
  return state_->decode_one_of(line, record);
}

}  // namespace farm
