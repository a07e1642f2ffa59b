#include "expression/scalar.hpp"

namespace farm {
namespace {

// What is false is "" as a text and the integer 0 as a number, while other texts without a number read as a double.
// It is told from those by its address.
constexpr char no_text[] = "";

}  // namespace

Scalar::Scalar(bool truth) {
  if (truth) {
    value_ = Number(std::int64_t{1});
  } else {
    value_ = std::string_view(no_text, 0);
  }
}

Scalar Scalar::view(std::string_view text) {
  Scalar scalar;
  scalar.value_ = text;
  return scalar;
}

bool Scalar::is_true() const {
  if (const auto* number = held_number()) return !number->is_zero();
  std::string unused;
  const std::string_view bytes = text(unused);
  return !bytes.empty() && bytes != "0";
}

Number Scalar::number() const {
  if (const auto* number = held_number()) return *number;
  if (!is_defined()) return {};
  std::string unused;
  const std::string_view bytes = text(unused);
  return bytes.data() == no_text ? Number() : Number::parse(bytes);
}

std::string_view Scalar::text(std::string& buffer) const {
  if (const auto* view = std::get_if<std::string_view>(&value_)) return *view;
  if (const auto* owned = std::get_if<std::string>(&value_)) return *owned;
  buffer.clear();
  if (const auto* number = held_number()) number->append_to(buffer);
  return buffer;
}

std::size_t Scalar::size() const {
  if (const auto* view = std::get_if<std::string_view>(&value_)) return view->size();
  const auto* owned = std::get_if<std::string>(&value_);
  return owned == nullptr ? 0 : owned->size();
}

std::string Scalar::text() const {
  std::string buffer;
  return std::string(text(buffer));
}

}  // namespace farm
