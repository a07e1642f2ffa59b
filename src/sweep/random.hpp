/// Random numbers that are computed from (seed, number) instead of drawn one after the other: nothing is stored, any of
/// them can be had at any time, and they are the same on every machine.
#pragma once
#include <cstdint>
#include <string_view>

namespace farm {

/// Scrambles all bits; a bijection. The output function of SplitMix64: Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014, with the constants of Stafford's variant 13.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// 64 bits: the `number`-th output, from 0, of SplitMix64 seeded with mix64(seed).
constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t number) {
  return mix64(mix64(seed) + (number + 1) * 0x9e3779b97f4a7c15U);
}

/// A seed of its own for everything that has a name: mix64(seed + FNV-1a of the name).
constexpr std::uint64_t seed_for(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return mix64(seed + hash);
}

}  // namespace farm
