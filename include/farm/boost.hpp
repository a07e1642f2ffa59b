/// Lets everything that Boost.Serialization takes be an argument or a result: types with a `serialize` of their own,
/// and what <boost/serialization/map.hpp> and its like know. A header of its own, because Boost's archives double the
/// time to compile a file that needs none of them.
#pragma once
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <ranges>
#include <streambuf>

#include "farm/pack.hpp"

namespace farm {
namespace detail {

inline constexpr unsigned archive_flags = boost::archive::no_header | boost::archive::no_codecvt;

class PackerBuffer final : public std::streambuf {
 public:
  explicit PackerBuffer(Packer& to) : to_(to) {}

 protected:
  std::streamsize xsputn(const char* from, std::streamsize count) override {
    to_.bytes(from, static_cast<std::size_t>(count));
    return count;
  }
  int_type overflow(int_type next) override {
    const char byte = traits_type::to_char_type(next);
    if (!traits_type::eq_int_type(next, traits_type::eof())) to_.bytes(&byte, 1);
    return traits_type::not_eof(next);
  }

 private:
  Packer& to_;
};

// Takes no more than is asked for: other values may follow.
class UnpackerBuffer final : public std::streambuf {
 public:
  explicit UnpackerBuffer(Unpacker& from) : from_(from) {}

 protected:
  std::streamsize xsgetn(char* into, std::streamsize count) override {
    const std::size_t taken = std::min(static_cast<std::size_t>(count), from_.left());
    from_.bytes(into, taken);
    return static_cast<std::streamsize>(taken);
  }

 private:
  Unpacker& from_;
};

// What pack.hpp does not know, but views: as parameters they look into the message.
template <class T>
concept LeftToBoost = std::is_class_v<T> && !is_plain<T> && !std::ranges::enable_view<T>;

}  // namespace detail

template <class T>
requires detail::LeftToBoost<T>
struct PackAs<T> {
  static void pack(Packer& to, const T& value) {
    detail::PackerBuffer buffer(to);
    boost::archive::binary_oarchive(buffer, detail::archive_flags) << value;
  }
  /// T must be default-constructible.
  static T unpack(Unpacker& from) {
    detail::UnpackerBuffer buffer(from);
    T value{};
    try {
      boost::archive::binary_iarchive(buffer, detail::archive_flags) >> value;
    } catch (const boost::archive::archive_exception&) {
      throw UnpackError();
    }
    return value;
  }
};

}  // namespace farm
