/// Which types can be arguments and results, and how they become bytes: `pack(packer, value)`, `unpack<T>(unpacker)`.
///
/// - Plain types, that is trivially copyable ones without pointers of their own, as they lie in memory; vectors and
/// spans
///   of them with one copy at most.
/// - std::string, vector, array, pair, tuple, optional and unique_ptr of what can be packed; move-only types, too.
/// - Everything Boost.Serialization takes, once <farm/boost.hpp> is included.
/// - Your own type without Boost: specialise PackAs.
/// - Parameters may be views, std::string_view and std::span<const T>: they look into the message, without a copy, and
///   are valid during the call.
///
/// Bytes are not converted: all ranks run the same binary on the same kind of machine.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "farm/packed.hpp"

namespace farm {

/// Whether T goes as it lies in memory. Specialise it as false for a trivially copyable type that points to something.
template <class T>
inline constexpr bool is_plain = std::is_trivially_copyable_v<T>&& std::is_copy_constructible_v<T> &&
                                 !std::is_pointer_v<T> && !std::is_member_pointer_v<T> && !std::is_null_pointer_v<T>;
template <class T, std::size_t extent>
inline constexpr bool is_plain<std::span<T, extent>> = false;
template <class Char, class Traits>
inline constexpr bool is_plain<std::basic_string_view<Char, Traits>> = false;
template <class T>
inline constexpr bool is_plain<std::optional<T>> = false;
template <class T, std::size_t size>
inline constexpr bool is_plain<std::array<T, size>> = is_plain<T>;

/// How a T is packed: `static void pack(Packer&, const T&)` and `static T unpack(Unpacker&)`.
template <class T>
struct PackAs;

template <class T>
concept Packable = requires(Packer& to, Unpacker& from, const T& value) {
  PackAs<T>::pack(to, value);
  PackAs<T>::unpack(from);
};

template <class T>
void pack(Packer& to, const T& value) {
  static_assert(Packable<T>, "farm cannot send this type: include <farm/boost.hpp> or specialise farm::PackAs for it");
  PackAs<T>::pack(to, value);
}

template <class T>
T unpack(Unpacker& from) {
  static_assert(Packable<T>, "farm cannot send this type: include <farm/boost.hpp> or specialise farm::PackAs for it");
  return PackAs<T>::unpack(from);
}

template <class T>
requires is_plain<T>
struct PackAs<T> {
  static void pack(Packer& to, const T& value) { to.bytes(&value, sizeof value); }
  static T unpack(Unpacker& from) {
    if constexpr (std::is_empty_v<T>) {
      from.array(sizeof(T));
      return T{};
    } else {
      std::array<std::byte, sizeof(T)> bytes;
      from.bytes(bytes.data(), bytes.size());
      return std::bit_cast<T>(bytes);
    }
  }
};

namespace detail {

/// Whether a vector of them is one array of bytes.
template <class T>
inline constexpr bool is_flat_element = is_plain<T> && !std::is_same_v<T, bool>;

template <class T>
void pack_plain_array(Packer& to, const T* first, std::size_t count) {
  pack(to, std::uint64_t{count});
  to.array(std::as_bytes(std::span(first, count)));
}

// The count is checked against what is there before anything is allocated.
template <class T>
std::span<const std::byte> unpack_plain_array(Unpacker& from) {
  const auto count = unpack<std::uint64_t>(from);
  if (count > PTRDIFF_MAX / sizeof(T)) throw UnpackError();
  return from.array(count * sizeof(T));
}

}  // namespace detail

template <>
struct PackAs<std::string> {
  static void pack(Packer& to, const std::string& text) { detail::pack_plain_array(to, text.data(), text.size()); }
  static std::string unpack(Unpacker& from) {
    const auto bytes = detail::unpack_plain_array<char>(from);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};

template <>
struct PackAs<std::string_view> {
  static void pack(Packer& to, std::string_view text) { detail::pack_plain_array(to, text.data(), text.size()); }
  static std::string_view unpack(Unpacker& from) {
    const auto bytes = detail::unpack_plain_array<char>(from);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

template <class T, class Allocator>
struct PackAs<std::vector<T, Allocator>> {
  using Vector = std::vector<T, Allocator>;
  static constexpr bool is_flat = detail::is_flat_element<T>;

  static void pack(Packer& to, const Vector& vector) {
    if constexpr (is_flat) {
      detail::pack_plain_array(to, vector.data(), vector.size());
    } else {
      farm::pack(to, std::uint64_t{vector.size()});
      for (const auto& element : vector) farm::pack<T>(to, element);
    }
  }
  /// A vector that is given away lends its memory to the message.
  static void pack(Packer& to, Vector&& vector) requires is_flat {
    if (vector.size() * sizeof(T) < body_bytes) return pack(to, std::as_const(vector));
    farm::pack(to, std::uint64_t{vector.size()});
    const auto owner = std::make_shared<const Vector>(std::move(vector));
    to.array(Bytes(owner, std::as_bytes(std::span(*owner))));
  }
  static Vector unpack(Unpacker& from) {
    if constexpr (is_flat) {
      const auto bytes = detail::unpack_plain_array<T>(from);
      if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(T) == 0) {
        const T* first = reinterpret_cast<const T*>(bytes.data());
        return Vector(first, first + bytes.size() / sizeof(T));  // no initialisation before the copy
      }
      Vector vector(bytes.size() / sizeof(T));
      std::memcpy(vector.data(), bytes.data(), bytes.size());
      return vector;
    } else {
      // Grown one by one: a count that the bytes do not bear out ends at the end of the bytes.
      Vector vector;
      for (auto count = farm::unpack<std::uint64_t>(from); count > 0; --count) {
        if (from.is_empty()) throw UnpackError();
        vector.push_back(farm::unpack<T>(from));
      }
      return vector;
    }
  }
};

template <class T, std::size_t size>
requires(!is_plain<T>) struct PackAs<std::array<T, size>> {
  static void pack(Packer& to, const std::array<T, size>& array) {
    for (const T& element : array) farm::pack(to, element);
  }
  static std::array<T, size> unpack(Unpacker& from) { return unpack(from, std::make_index_sequence<size>()); }

 private:
  template <std::size_t... index>
  static std::array<T, size> unpack(Unpacker& from, std::index_sequence<index...>) {
    return {(static_cast<void>(index), farm::unpack<T>(from))...};
  }
};

template <class First, class Second>
requires(!is_plain<std::pair<First, Second>>) struct PackAs<std::pair<First, Second>> {
  static void pack(Packer& to, const std::pair<First, Second>& pair) {
    farm::pack(to, pair.first);
    farm::pack(to, pair.second);
  }
  static std::pair<First, Second> unpack(Unpacker& from) {
    return std::pair<First, Second>{farm::unpack<First>(from), farm::unpack<Second>(from)};
  }
};

template <class... Parts>
requires(!is_plain<std::tuple<Parts...>>) struct PackAs<std::tuple<Parts...>> {
  static void pack(Packer& to, const std::tuple<Parts...>& tuple) {
    std::apply([&](const Parts&... part) { (farm::pack(to, part), ...); }, tuple);
  }
  static std::tuple<Parts...> unpack(Unpacker& from) {
    return std::tuple<Parts...>{farm::unpack<Parts>(from)...};  // braces: from left to right
  }
};

template <class T>
struct PackAs<std::optional<T>> {
  static void pack(Packer& to, const std::optional<T>& value) {
    farm::pack(to, value.has_value());
    if (value) farm::pack(to, *value);
  }
  static std::optional<T> unpack(Unpacker& from) {
    if (!farm::unpack<bool>(from)) return std::nullopt;
    return farm::unpack<T>(from);
  }
};

/// The object it points to, which must be a T and nothing derived from it.
template <class T>
requires(!std::is_polymorphic_v<T> && !std::is_array_v<T>) struct PackAs<std::unique_ptr<T>> {
  static void pack(Packer& to, const std::unique_ptr<T>& pointer) {
    farm::pack(to, pointer != nullptr);
    if (pointer) farm::pack(to, *pointer);
  }
  static std::unique_ptr<T> unpack(Unpacker& from) {
    if (!farm::unpack<bool>(from)) return nullptr;
    return std::make_unique<T>(farm::unpack<T>(from));
  }
};

/// Packs a value that is not needed any more, without copying what can be given away.
template <class T>
void pack_away(Packer& to, T&& value) {
  using Value = std::remove_cvref_t<T>;
  if constexpr (requires { PackAs<Value>::pack(to, std::forward<T>(value)); }) {
    PackAs<Value>::pack(to, std::forward<T>(value));
  } else {
    pack<Value>(to, value);
  }
}

template <class T>
Packed packed(const T& value) {
  Packed result;
  Packer to(result);
  pack(to, value);
  return result;
}

}  // namespace farm
