#include "wire/codec.hpp"

#include <array>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/binary_object.hpp>
#include <cstring>
#include <streambuf>
#include <type_traits>

#include "farm/options.hpp"

namespace farm {
namespace {

namespace archive = boost::archive;
constexpr unsigned archive_flags = archive::no_header | archive::no_codecvt;

class StringSink : public std::streambuf {
 public:
  explicit StringSink(std::string& into) : into_(into) {}

 protected:
  std::streamsize xsputn(const char* from, std::streamsize count) override {
    into_.append(from, static_cast<std::size_t>(count));
    return count;
  }
  int_type overflow(int_type next) override {
    if (!traits_type::eq_int_type(next, traits_type::eof())) into_.push_back(traits_type::to_char_type(next));
    return traits_type::not_eof(next);
  }

 private:
  std::string& into_;
};

class ViewSource : public std::streambuf {
 public:
  explicit ViewSource(std::string_view from) {
    char* begin = const_cast<char*>(from.data());  // a streambuf only reads its get area
    setg(begin, begin, begin + from.size());
  }
  bool is_empty() const { return gptr() == egptr(); }
};

// One flat field: its length, then its bytes as they lie in memory.
template <class Archive, class Container>
void flat(Archive& ar, Container& container) {
  using Element = typename Container::value_type;
  static_assert(std::is_trivially_copyable_v<Element>);
  std::uint64_t count = container.size();
  ar& count;
  if constexpr (Archive::is_loading::value) {
    if (count > largest_message / sizeof(Element)) {
      throw archive::archive_exception(archive::archive_exception::array_size_too_short);
    }
    container.resize(count);
  }
  if (count == 0) return;
  auto* first = const_cast<std::remove_const_t<Element>*>(container.data());
  ar& boost::serialization::make_binary_object(first, count * sizeof(Element));
}

// A byte of its own: one that is neither 0 nor 1 must not become a bool.
template <class Archive>
void flag(Archive& ar, bool& value) {
  std::uint8_t byte = value ? 1 : 0;
  ar& byte;
  if (byte > 1) throw archive::archive_exception(archive::archive_exception::input_stream_error);
  value = byte == 1;
}

// The count of the elements, then each of them by `one`, which takes at least eight bytes.
template <class Archive, class Elements, class One>
void each(Archive& ar, Elements& elements, const One& one) {
  std::uint64_t count = elements.size();
  ar& count;
  if constexpr (Archive::is_loading::value) {
    if (count > largest_message / sizeof(std::uint64_t)) {
      throw archive::archive_exception(archive::archive_exception::array_size_too_short);
    }
    // Grown one by one: a count that the bytes do not bear out ends at the end of the bytes.
    elements.clear();
    for (; count > 0; --count) one(elements.emplace_back());
  } else {
    for (auto& element : elements) one(element);
  }
}

template <class Archive>
void flat_strings(Archive& ar, std::vector<std::string>& strings) {
  each(ar, strings, [&](std::string& text) { flat(ar, text); });
}

template <class Archive>
void fields(Archive& ar, Hello& m) {
  ar& m.protocol& m.pid& m.slots& m.cpus& m.gpus& m.memory;
  flat(ar, m.farm_version);
  flat(ar, m.host);
}
template <class Archive>
void fields(Archive& ar, Results& m) {
  flat(ar, m.heads);
  flat(ar, m.text);
}
template <class Archive>
void fields(Archive& ar, OutputChunk& m) {
  ar& m.task& m.attempt& m.stream;
  flat(ar, m.bytes);
}
template <class Archive>
void fields(Archive& ar, Returned& m) {
  flat(ar, m.attempts);
}
template <class Archive>
void fields(Archive& ar, Notice& m) {
  flat(ar, m.line);
}
template <class Archive>
void fields(Archive& ar, Welcome& m) {
  ar& m.start;
  flat(ar, m.run);
  flat(ar, m.run_dir);
}
template <class Archive>
void fields(Archive& ar, Dispatch& m) {
  ar& m.report_within_ns;
  flat(ar, m.heads);
  flat(ar, m.text);
}
template <class Archive>
void fields(Archive& ar, Credit& m) {
  ar& m.task& m.attempt& m.stream& m.bytes;
}
template <class Archive>
void fields(Archive&, Recall&) {}
template <class Archive>
void fields(Archive&, StopWork&) {}
template <class Archive>
void fields(Archive& ar, StopAttempt& m) {
  // Not as an enumeration: what is read as one is cut to its size before anybody can look at it.
  auto cause = static_cast<std::uint32_t>(m.cause);
  ar& m.task& m.attempt& cause& m.signal& m.grace_ns;
  if (cause > static_cast<std::uint32_t>(last_cause)) {
    throw archive::archive_exception(archive::archive_exception::input_stream_error);
  }
  m.cause = static_cast<Cause>(cause);
}
template <class Archive>
void fields(Archive& ar, Shutdown& m) {
  flag(ar, m.has_lost_ranks);
}
template <class Archive>
void fields(Archive& ar, Resized& m) {
  ar& m.slots;
}
template <class Archive>
void fields(Archive& ar, Resize& m) {
  ar& m.kind& m.number;
}
template <class Archive>
void fields(Archive&, Alive&) {}
template <class Archive>
void fields(Archive&, Goodbye&) {}
template <class Archive>
void fields(Archive& ar, TaskExtra& extra) {
  flat_strings(ar, extra.argv);
  flat(ar, extra.cwd);
  each(ar, extra.env, [&](auto& variable) {
    flat(ar, variable.first);
    flat(ar, variable.second);
  });
  each(ar, extra.files, [&](FileContent& file) {
    flat(ar, file.path);
    flat(ar, file.bytes);
  });
  each(ar, extra.stdin_parts, [&](FileRange& part) {
    flat(ar, part.path);
    ar& part.offset& part.bytes;
  });
  flag(ar, extra.inherits_stdin);
  for (std::string* file : {&extra.stdin_file, &extra.stdout_file, &extra.stderr_file, &extra.resident})
    flat(ar, *file);
  flat_strings(ar, extra.inputs);
  flat_strings(ar, extra.outputs);
  flag(ar, extra.by_mtime);
  flat(ar, extra.grant.cpus);
  flat(ar, extra.grant.gpus);
  ar& extra.grant.memory;
}

template <class Value>
void save(std::string& into, const Value& value) {
  StringSink sink(into);
  archive::binary_oarchive ar(sink, archive_flags);
  fields(ar, const_cast<Value&>(value));  // one function for both directions; saving does not write
}

template <class Value>
bool load(std::string_view bytes, Value& value) {
  ViewSource source(bytes);
  try {
    archive::binary_iarchive ar(source, archive_flags);
    fields(ar, value);
  } catch (const archive::archive_exception&) {
    return false;
  }
  return source.is_empty();
}

struct Header {
  std::array<char, 4> magic;
  std::uint16_t protocol;
  std::uint16_t kind;  // which alternative of Message
};
constexpr std::array<char, 4> magic{'F', 'A', 'R', 'M'};

template <std::size_t Kind = 0>
std::optional<Message> load_kind(std::size_t kind, std::string_view body) {
  if constexpr (Kind == std::variant_size_v<Message>) {
    return std::nullopt;
  } else {
    if (kind != Kind) return load_kind<Kind + 1>(kind, body);
    std::variant_alternative_t<Kind, Message> message;
    if (!load(body, message)) return std::nullopt;
    return message;
  }
}

// Read as bytes: a bool that holds anything else must not be looked at as a bool.
bool is_sound(const bool& flag) {
  unsigned char byte = 0;
  std::memcpy(&byte, &flag, sizeof byte);
  return byte <= 1;
}

bool is_sound(const Outcome& outcome) {
  return outcome.cause <= last_cause && is_sound(outcome.dumped_core) && is_sound(outcome.left_output_open) &&
         is_sound(outcome.up_to_date);
}

constexpr auto last_slot_kind = static_cast<std::uint32_t>(SlotRule::Kind::more);

bool is_sound(const Message& message) {
  if (const auto* stop = std::get_if<StopAttempt>(&message)) return stop->cause <= last_cause;
  if (const auto* resize = std::get_if<Resize>(&message)) return resize->kind <= last_slot_kind;
  if (const auto* shutdown = std::get_if<Shutdown>(&message)) return is_sound(shutdown->has_lost_ranks);
  const auto* results = std::get_if<Results>(&message);
  if (results == nullptr) return true;
  std::uint64_t text = 0;
  for (const ResultHead& head : results->heads) {
    if (!is_sound(head.outcome)) return false;
    text += std::uint64_t{head.out.inline_bytes} + head.err.inline_bytes;
  }
  return text == results->text.size();
}

}  // namespace

std::string encode(const Message& message) {
  const Header header{magic, protocol_version, static_cast<std::uint16_t>(message.index())};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::visit([&bytes](const auto& one) { save(bytes, one); }, message);
  return bytes;
}

std::optional<Message> decode(std::string_view bytes) {
  Header header{};
  if (bytes.size() < sizeof header || bytes.size() > largest_message) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != magic || header.protocol != protocol_version) return std::nullopt;
  auto message = load_kind(header.kind, bytes.substr(sizeof header));
  if (message && !is_sound(*message)) return std::nullopt;
  return message;
}

std::string encode(const TaskExtra& extra) {
  std::string bytes;
  save(bytes, extra);
  return bytes;
}

std::optional<TaskExtra> decode_extra(std::string_view bytes) {
  TaskExtra extra;
  if (!load(bytes, extra)) return std::nullopt;
  return extra;
}

}  // namespace farm
