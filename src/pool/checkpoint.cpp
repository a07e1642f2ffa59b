#include "pool/checkpoint.hpp"

#include <cstdio>
#include <cstring>
#include <utility>

#include "farm/error.hpp"
#include "farm/pack.hpp"
#include "pool/call_arguments.hpp"

namespace farm {
namespace {

std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view().data()), bytes.size()};
}

std::string_view text_of(const std::uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// The sizes of the parts and their number, then the parts.
std::string to_text(std::string_view head, std::span<const Bytes> bodies) {
  std::string text;
  text.append(text_of(std::uint64_t{bodies.size()})).append(text_of(std::uint64_t{head.size()}));
  for (const Bytes& body : bodies) text.append(text_of(std::uint64_t{body.size()}));
  text.append(head);
  for (const Bytes& body : bodies) text.append(text_of(body));
  return text;
}

// What it was given has passed its check.
Packed from_text(std::string_view text) {
  const auto take_number = [&text] {
    std::uint64_t number = 0;
    std::memcpy(&number, text.data(), sizeof number);
    text.remove_prefix(sizeof number);
    return number;
  };
  const auto take = [&text](std::uint64_t size) {
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
  };
  std::vector<std::uint64_t> sizes(take_number() + 1);
  for (std::uint64_t& size : sizes) size = take_number();
  Packed value{std::string(take(sizes.front())), {}};
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const std::string_view body = take(sizes[i]);
    value.bodies.push_back(Bytes::copy(std::as_bytes(std::span(body.data(), body.size()))));
  }
  return value;
}

KeptResults open_results(const RunDir& dir, FileOps& ops) {
  RunDir::File file = dir.open_results();
  return KeptResults(std::move(file.fd), std::move(file.path), ops);
}

void say(const std::string& line) { std::fprintf(stderr, "farm: %s\n", line.c_str()); }

}  // namespace

Checkpoint::Checkpoint(const std::string& directory, FileOps& ops)
    : dir_(RunDir::open(directory, clock_)), results_(open_results(dir_, ops)) {
  if (!dir_.notice().empty()) say(dir_.notice());
  if (results_.dropped() > 0) {
    say("the last " + std::to_string(results_.dropped()) + " bytes of what " + directory +
        " had kept were not whole: those calls are made again");
  }
  if (results_.damaged() > 0) {
    say(std::to_string(results_.damaged()) + " results that " + directory +
        " had kept are damaged: those calls are made again");
  }
}

std::optional<Packed> Checkpoint::find(const Fingerprint& key) const {
  const auto text = results_.find(key);
  return text ? std::optional(from_text(*text)) : std::nullopt;
}

void Checkpoint::keep(const Fingerprint& key, const PackedView& value) {
  results_.keep(key, to_text(value.head, value.bodies));
}

bool Checkpoint::flush() {
  const bool is_done = results_.flush();
  if (!is_done && !told_trouble_) say(results_.trouble());
  told_trouble_ = !is_done;
  return is_done;
}

void Checkpoint::flush_at_last() noexcept {
  std::string why = "there is no room";
  try {
    if (results_.flush()) return;
  } catch (const Error& error) {
    why = error.what();
  }
  if (std::exchange(told_loss_, true)) return;
  say("not all results of " + dir_.path() + " are kept, and those calls will be made again: " + why);
}

Fingerprint checkpoint_key(const detail::CallRequest& call, std::uint64_t element) {
  Fingerprinter all;
  all.field(text_of(std::uint64_t{call.checkpoint_version}));
  all.field(detail::function_signature(*call.function));
  const ArgumentSlice arguments = slice(call, element, element + 1);
  all.field(arguments.head);
  for (const Bytes& body : arguments.bodies) all.field(text_of(body));
  for (const auto& shared : call.arguments.shared) {
    all.field(shared->value().head);
    for (const Bytes& body : shared->value().bodies) all.field(text_of(body));
  }
  return all.value();
}

void require_name(FunctionId function) {
  const std::string_view signature = detail::function_signature(function);
  if (signature.find("<lambda") == std::string_view::npos && signature.find("(lambda") == std::string_view::npos)
    return;
  fail_usage(
      "a lambda cannot be called with a checkpoint: it has no name by which its results could be told from those of "
      "another; make it a function");
}

}  // namespace farm
