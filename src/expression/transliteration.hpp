/// tr/a-z/A-Z/: bytes for bytes. Knows nothing of where the two lists are written.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace farm {

class Transliteration {
 public:
  struct Options {
    bool complement = false, remove = false, squeeze = false;
  };

  /// The lists are bytes; ranges are already spelled out.
  Transliteration(std::string_view from, std::string_view to, Options options);

  /// `text` with its bytes exchanged; `count` becomes the number of those that are in the first list.
  std::string apply(std::string_view text, std::uint64_t& count) const;

 private:
  static constexpr std::int16_t keep = -1, drop = -2;
  std::array<std::int16_t, 256> map_{};  ///< what a byte becomes
  bool squeeze_;
};

}  // namespace farm
