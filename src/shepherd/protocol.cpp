#include "shepherd/protocol.hpp"

#include <array>
#include <concepts>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/check.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

struct Header {
  std::uint32_t size = 0;  ///< of what follows the header
  std::uint32_t kind = 0;  ///< index in the variant
};

// Far above the kernel's 2 MiB for argument vector and environment together: a larger size is never meant.
constexpr std::uint32_t max_record_bytes = 1U << 30;

template <class T>
concept Number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

template <class T, class Message>
concept Like = std::same_as<std::remove_const_t<T>, Message>;

// Each message lists its fields once, for both directions: `each` is an Encoder or a Decoder.
void fields(auto& each, Like<LaunchKey> auto& key) { each(key.task, key.attempt); }

void fields(auto& each, Like<Usage> auto& usage) { each(usage.wall, usage.user, usage.system, usage.peak_rss_bytes); }

void fields(auto& each, Like<Outcome> auto& outcome) {
  each(outcome.cause, outcome.code, outcome.dumped_core, outcome.left_output_open, outcome.started, outcome.usage);
}

void fields(auto& each, Like<Settings> auto& settings) {
  each(settings.shell, settings.shell_always, settings.run_dir, settings.rank, settings.nice, settings.gpu_variables,
       settings.heartbeat, settings.term_sequence, settings.most_processes);
}

void fields(auto& each, Like<FileRange> auto& part) { each(part.path, part.offset, part.bytes); }

void fields(auto& each, Like<LaunchRequest> auto& request) {
  each(request.task, request.attempt, request.slot, request.command, request.argv, request.cwd, request.env,
       request.timeout, request.stream_output, request.stdin_parts, request.inherits_stdin, request.cpus, request.gpus,
       request.hides_gpus, request.memory, request.stdin_file, request.stdin_pipe, request.stdout_file,
       request.stderr_file);
}

void fields(auto& each, Like<StopTask> auto& stop) {
  each(stop.key, stop.order.cause, stop.order.signal, stop.order.grace);
}
void fields(auto& each, Like<Consumed> auto& consumed) { each(consumed.key, consumed.stream, consumed.bytes); }
void fields(auto& each, Like<Leave> auto& leave) { each(leave.status, leave.owes_stand_in); }
void fields(auto& /*each*/, Like<Finishing> auto& /*finishing*/) {}
void fields(auto& /*each*/, Like<Beat> auto& /*beat*/) {}
void fields(auto& each, Like<Starting> auto& starting) { each(starting.heartbeat); }
void fields(auto& /*each*/, Like<Tidy> auto& /*tidy*/) {}
void fields(auto& /*each*/, Like<Tidied> auto& /*tidied*/) {}
void fields(auto& each, Like<TaskOutput> auto& output) { each(output.key, output.stream, output.bytes); }
void fields(auto& each, Like<TaskEnded> auto& ended) { each(ended.key, ended.outcome, ended.out, ended.err); }
void fields(auto& each, Like<Signalled> auto& signalled) { each(signalled.signal); }

class Encoder {
 public:
  explicit Encoder(std::string& to) : to_(to) {}

  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (Number<T>) {
      to_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::same_as<T, bool>) {
      put(static_cast<std::uint8_t>(value));
    } else if constexpr (std::same_as<T, Nanos>) {
      put(value.count());
    } else {
      fields(*this, value);
    }
  }

  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    to_.append(text);
  }

  void put(const std::string& text) { put(std::string_view(text)); }

  template <class A, class B>
  void put(const std::pair<A, B>& pair) {
    put(pair.first);
    put(pair.second);
  }

  template <class T>
  void put(const std::vector<T>& items) {
    put(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) put(item);
  }

  std::string& to_;
};

/// Never reads outside its bytes and never allocates more than they hold; after a failure everything reads as zero.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  template <class... Values>
  void operator()(Values&... values) {
    (take(values), ...);
  }

  bool is_whole() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view take_bytes(std::size_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  template <class T>
  void take(T& value) {
    if constexpr (Number<T>) {
      const std::string_view bytes = take_bytes(sizeof value);
      value = 0;
      if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(take_number<std::underlying_type_t<T>>());
    } else if constexpr (std::same_as<T, Nanos>) {
      value = Nanos{take_number<Nanos::rep>()};
    } else {
      fields(*this, value);
    }
  }

  void take(bool& value) { value = take_at_most(std::uint8_t{1}) != 0; }
  void take(Stream& value) { value = static_cast<Stream>(take_at_most(static_cast<std::uint8_t>(Stream::err))); }
  void take(Cause& value) { value = static_cast<Cause>(take_at_most(static_cast<std::uint8_t>(last_cause))); }

  void take(std::string_view& text) { text = take_bytes(take_number<std::uint32_t>()); }
  void take(std::string& text) { text = take_bytes(take_number<std::uint32_t>()); }

  template <class A, class B>
  void take(std::pair<A, B>& pair) {
    take(pair.first);
    take(pair.second);
  }

  template <class T>
  void take(std::vector<T>& items) {
    const auto count = take_number<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && !failed_; ++i) take(items.emplace_back());
  }

  template <class T>
  T take_number() {
    T number{};
    take(number);
    return number;
  }

  std::uint8_t take_at_most(std::uint8_t last) {
    const auto number = take_number<std::uint8_t>();
    if (number <= last) return number;
    failed_ = true;
    return 0;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

[[noreturn]] void fail_malformed() {
  fail_fatal("farm and its shepherd do not understand each other; install farm and farm-shepherd from the same build");
}

template <class Variant>
void append(std::string& to, const Variant& message) {
  const std::size_t start = to.size();
  Header header{.size = 0, .kind = static_cast<std::uint32_t>(message.index())};
  to.append(sizeof header, '\0');
  Encoder encode(to);
  std::visit([&](const auto& alternative) { encode(alternative); }, message);
  const std::size_t size = to.size() - start - sizeof header;
  FARM_CHECK(size <= max_record_bytes);
  header.size = static_cast<std::uint32_t>(size);
  std::memcpy(to.data() + start, &header, sizeof header);
}

template <class Message, std::size_t Kind>
Message decode(std::string_view payload) {
  Decoder take(payload);
  std::variant_alternative_t<Kind, Message> message;
  take(message);
  if (!take.is_whole()) fail_malformed();
  return message;
}

template <class Message, std::size_t... Kinds>
Message decode(std::uint32_t kind, std::string_view payload, std::index_sequence<Kinds...>) {
  using Decode = Message (*)(std::string_view);
  constexpr std::array<Decode, sizeof...(Kinds)> decoders{&decode<Message, Kinds>...};
  if (kind >= decoders.size()) fail_malformed();
  return decoders[kind](payload);
}

}  // namespace

void append_record(std::string& to, const ToShepherd& message) { append(to, message); }
void append_record(std::string& to, const ToRank& message) { append(to, message); }

template <class Message>
std::optional<Message> take_record(std::string_view& bytes) {
  Header header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.size > max_record_bytes) fail_malformed();
  if (bytes.size() - sizeof header < header.size) return std::nullopt;
  const std::string_view payload = bytes.substr(sizeof header, header.size);
  bytes.remove_prefix(sizeof header + header.size);
  return decode<Message>(header.kind, payload, std::make_index_sequence<std::variant_size_v<Message>>{});
}

template std::optional<ToShepherd> take_record<ToShepherd>(std::string_view&);
template std::optional<ToRank> take_record<ToRank>(std::string_view&);

}  // namespace farm
