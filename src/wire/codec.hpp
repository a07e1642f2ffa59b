/// Messages as bytes and back, by Boost.Serialization. Whatever bytes come in, decoding neither crashes nor allocates
/// more than the largest message.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wire/message.hpp"

namespace farm {

/// Far above what the master puts into one message; a longer one cannot come from farm.
inline constexpr std::size_t largest_message = std::size_t{16} << 20;

std::string encode(const Message& message);

/// nullopt for what is not a message of this protocol.
std::optional<Message> decode(std::string_view bytes);

std::string encode(const TaskExtra& extra);
std::optional<TaskExtra> decode_extra(std::string_view bytes);

}  // namespace farm
