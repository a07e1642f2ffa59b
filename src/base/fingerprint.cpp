#include "base/fingerprint.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <new>

namespace farm {

std::string Fingerprint::text() const { return fmt::format("{:016x}{:016x}", high, low); }

std::optional<Fingerprint> Fingerprint::parse(std::string_view text) {
  constexpr std::size_t half = 16;
  if (text.size() != 2 * half) return std::nullopt;
  Fingerprint parsed;
  const auto read = [](std::string_view digits, std::uint64_t& into) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into, 16);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  if (!read(text.substr(0, half), parsed.high) || !read(text.substr(half), parsed.low)) return std::nullopt;
  return parsed;
}

struct Fingerprinter::State {
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> xxh{XXH3_createState()};
};

Fingerprinter::Fingerprinter() : state_(std::make_unique<State>()) {
  if (!state_->xxh) throw std::bad_alloc();
  XXH3_128bits_reset(state_->xxh.get());
}
Fingerprinter::~Fingerprinter() = default;
Fingerprinter::Fingerprinter(Fingerprinter&&) noexcept = default;
Fingerprinter& Fingerprinter::operator=(Fingerprinter&&) noexcept = default;

void Fingerprinter::bytes(std::string_view text) { XXH3_128bits_update(state_->xxh.get(), text.data(), text.size()); }

void Fingerprinter::field(std::string_view text) {
  const std::uint64_t size = text.size();
  bytes({reinterpret_cast<const char*>(&size), sizeof size});
  bytes(text);
}

Fingerprint Fingerprinter::value() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh.get());
  return {hash.high64, hash.low64};
}

}  // namespace farm
