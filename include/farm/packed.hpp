/// Values as bytes: what arguments and results are between two ranks. Short ones lie one after the other in `head`;
/// each large array is a buffer of its own in `bodies`, which travels without being copied. Packed values can be joined
/// by appending one to the other. Knows nothing of the types (pack.hpp does) and nothing of ranks.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farm {

namespace detail {
/// Not initialised. Large ones are kept for the next that needs as much: fresh pages cost as much as filling them.
std::shared_ptr<std::byte> new_buffer(std::size_t size);
}  // namespace detail

/// A read-only buffer that all its copies share; freed with the last one. Empty when default-made.
class Bytes {
 public:
  Bytes() = default;

  /// `bytes` must stay as it is while `owner` lives.
  Bytes(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  static Bytes copy(std::span<const std::byte> bytes) {
    auto [to, place] = make(bytes.size());
    std::memcpy(place.data(), bytes.data(), bytes.size());
    return to;
  }

  /// A new buffer and the right to fill it, not initialised.
  static std::pair<Bytes, std::span<std::byte>> make(std::size_t size) {
    std::shared_ptr<std::byte> owner = detail::new_buffer(size);
    const std::span<std::byte> place(owner.get(), size);
    return {Bytes(std::move(owner), place), place};
  }

  std::span<const std::byte> view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  /// Nobody here keeps it as it is.
  bool is_lent() const { return owner_ == nullptr && !bytes_.empty(); }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

struct Packed {
  std::string head;
  std::vector<Bytes> bodies;

  void append(const Packed& other) {
    head += other.head;
    bodies.insert(bodies.end(), other.bodies.begin(), other.bodies.end());
  }
  std::size_t size() const {
    std::size_t size = head.size();
    for (const Bytes& body : bodies) size += body.size();
    return size;
  }
};

/// From this size on an array is a body: below, a memcpy is cheaper than a message of its own.
inline constexpr std::size_t body_bytes = std::size_t{32} << 10;

/// For who puts an array together from its elements' bytes: what lies in the head from there on becomes a body if it is
/// as large as one.
inline void end_array(Packed& packed, std::size_t from) {
  if (packed.head.size() - from < body_bytes) return;
  packed.bodies.push_back(Bytes::copy(std::as_bytes(std::span(packed.head).subspan(from))));
  packed.head.resize(from);
}

class Packer {
 public:
  /// Appends to `into`, which outlives it.
  explicit Packer(Packed& into) : into_(into) {}

  void bytes(const void* from, std::size_t size) { into_.head.append(static_cast<const char*>(from), size); }

  /// An array whose size the reader will know when it comes to it.
  void array(std::span<const std::byte> from) {
    if (from.size() < body_bytes) return bytes(from.data(), from.size());
    into_.bodies.push_back(Bytes::copy(from));
  }
  /// The same without a copy: the array stays where it is.
  void array(Bytes from) {
    if (from.size() < body_bytes) return bytes(from.view().data(), from.size());
    into_.bodies.push_back(std::move(from));
  }

 private:
  Packed& into_;
};

/// The bytes are not the value that was asked for: two ranks disagree about a type.
class UnpackError : public std::runtime_error {
 public:
  UnpackError() : std::runtime_error("the bytes of a value end too early or are not of its type") {}
};

/// Takes values out in the order they were put in. What it hands out as views lives as long as the packed value.
class Unpacker {
 public:
  Unpacker(std::string_view head, std::span<const Bytes> bodies) : head_(head), bodies_(bodies) {}
  explicit Unpacker(const Packed& from) : Unpacker(from.head, from.bodies) {}

  void bytes(void* into, std::size_t size) { std::memcpy(into, take(size).data(), size); }

  /// Throws UnpackError when there are fewer.
  std::span<const std::byte> array(std::size_t size) {
    if (size < body_bytes) return take(size);
    if (bodies_.empty() || bodies_.front().size() != size) throw UnpackError();
    const std::span<const std::byte> body = bodies_.front().view();
    bodies_ = bodies_.subspan(1);
    return body;
  }

  std::size_t left() const { return head_.size(); }
  std::size_t bodies_left() const { return bodies_.size(); }
  bool is_empty() const { return head_.empty() && bodies_.empty(); }

 private:
  std::span<const std::byte> take(std::size_t size) {
    if (size > head_.size()) throw UnpackError();
    const std::span<const std::byte> taken = std::as_bytes(std::span(head_.data(), size));
    head_.remove_prefix(size);
    return taken;
  }

  std::string_view head_;
  std::span<const Bytes> bodies_;
};

}  // namespace farm
