#include "expression/transliteration.hpp"

namespace farm {
namespace {

std::string complement_of(std::string_view bytes) {
  std::string others;
  for (int byte = 0; byte < 256; ++byte) {
    if (bytes.find(static_cast<char>(byte)) == bytes.npos) others += static_cast<char>(byte);
  }
  return others;
}

}  // namespace

Transliteration::Transliteration(std::string_view from, std::string_view to, Options options)
    : squeeze_(options.squeeze) {
  map_.fill(keep);
  const std::string all = options.complement ? complement_of(from) : std::string(from);
  const std::string same = to.empty() && !options.remove ? all : std::string(to);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::int16_t& target = map_[static_cast<unsigned char>(all[i])];
    if (target != keep) continue;  // the first mention counts
    if (i < same.size()) {
      target = static_cast<unsigned char>(same[i]);
    } else {
      target = options.remove ? drop : static_cast<unsigned char>(same.back());
    }
  }
}

std::string Transliteration::apply(std::string_view text, std::uint64_t& count) const {
  std::string out;
  out.reserve(text.size());
  count = 0;
  int last = keep;  // what the byte before became, if it became something
  for (const char c : text) {
    const int target = map_[static_cast<unsigned char>(c)];
    if (target == keep) {
      out += c;
      last = keep;
      continue;
    }
    ++count;
    if (target == drop || (squeeze_ && target == last)) continue;
    out += static_cast<char>(target);
    last = target;
  }
  return out;
}

}  // namespace farm
