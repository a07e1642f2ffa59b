/// 128-bit content hashes (XXH3): the identity of a task and the digest of a manifest. Not cryptographic: it guards
/// against accidents, not against somebody who wants two commands to collide in his own manifest.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace farm {

struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;

  /// 32 lower-case hexadecimal digits, as it stands in the journal.
  std::string text() const;
  static std::optional<Fingerprint> parse(std::string_view text);
};

/// Feeds on bytes and on delimited fields; the value depends on the order and on where the fields end.
class Fingerprinter {
 public:
  Fingerprinter();
  ~Fingerprinter();
  Fingerprinter(Fingerprinter&&) noexcept;
  Fingerprinter& operator=(Fingerprinter&&) noexcept;

  void bytes(std::string_view text);
  /// `text` and its length, so that ("ab","c") and ("a","bc") differ.
  void field(std::string_view text);
  Fingerprint value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace farm
