#include <array>
#include <charconv>
#include <concepts>
#include <cstring>

#include "base/checksum.hpp"
#include "base/text.hpp"
#include "store/journal_format.hpp"
#include "store/journal_members.hpp"

namespace farm {
namespace {

template <std::size_t digits>
void append_hex(std::string& out, std::uint64_t number) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::array<char, digits> text;
  for (std::size_t i = digits; i > 0; number >>= 4) text[--i] = alphabet[number & 0xF];
  out.append(text.data(), text.size());
}

template <std::integral Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits;  // 20 for the longest 64-bit number with its sign
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Each takes the key as it stands in a line (Member::text).
template <std::integral Number>
void append_member(std::string& out, std::string_view key, Number number) {
  out += key;
  append_number(out, number);
}

template <class Id>
requires std::is_enum_v<Id>
void append_member(std::string& out, std::string_view key, Id id) { append_member(out, key, value(id)); }

void append_member(std::string& out, std::string_view key, Nanos duration) {
  append_member(out, key, duration.count());
}

void append_member(std::string& out, std::string_view key, bool fact) {
  if (!fact) return;
  out += key;
  out += "true";
}

void append_member(std::string& out, std::string_view key, Cause cause) {
  out += key;
  out += '"';
  out += cause_name(cause);
  out += '"';
}

void append_member(std::string& out, std::string_view key, const Fingerprint& fingerprint) {
  constexpr std::size_t digits = 16;
  out += key;
  out += '"';
  append_hex<digits>(out, fingerprint.high);
  append_hex<digits>(out, fingerprint.low);
  out += '"';
}

void append_member(std::string& out, std::string_view key, const std::string& text) {
  if (text.empty()) return;
  out += key;
  out += '"';
  append_json_escaped(out, text);
  out += '"';
  if (is_utf8(text)) return;
  out += key.substr(0, key.size() - key_end.size());
  out += hex_suffix;
  out += key_end;
  out += '"';
  for (const char byte : text) append_hex<2>(out, static_cast<unsigned char>(byte));
  out += '"';
}

void append_member(std::string& out, std::string_view key, const OutputRef& ref) {
  if (ref.bytes == 0) return;
  out += key;
  out += '[';
  append_number(out, ref.bytes);
  out += ',';
  append_number(out, ref.segment);
  out += ',';
  append_number(out, ref.last_frame);
  out += ']';
}

void append_member(std::string& out, std::string_view key, const std::vector<TasksSent::Item>& items) {
  out += key;
  out += '[';
  for (const TasksSent::Item& item : items) {
    if (&item != &items.front()) out += ',';
    out += '[';
    append_number(out, value(item.task));
    out += ',';
    append_number(out, value(item.attempt));
    out += ']';
  }
  out += ']';
}

template <class T>
void append_member(std::string& out, std::string_view key, const std::optional<T>& maybe) {
  if (maybe) append_member(out, key, *maybe);
}

template <class T>
void append_members(std::string& out, const T& record) {
  std::apply([&](const auto&... member) { (append_member(out, member.text(), member.of(record)), ...); },
             Line<T>::members);
}

template <class T>
void append_kind(std::string& out, const T&) {
  out += line_start;
  out += Line<T>::kind;
  if constexpr (std::is_same_v<T, RunStarted>) {
    out += version_key;
    append_number(out, journal_version);
  } else {
    out += '"';
  }
}

}  // namespace

void append_line(std::string& out, const Record& record) {
  const std::size_t start = out.size();
  std::visit(
      [&](const auto& kind) {
        append_kind(out, kind);
        append_members(out, kind);
      },
      record);
  const std::uint32_t check = crc32c(std::string_view(out).substr(start));
  out += check_key;
  append_hex<check_digits>(out, check);
  out += check_end;
  out += '\n';
}

}  // namespace farm
