#include "core/shape.hpp"

#include <algorithm>

namespace farm {

ShapeTable::ShapeTable(const TokenCounts& tokens) {
  intern({});
  for (const auto& [name, total] : tokens) {
    token_numbers_.emplace(name, static_cast<std::uint32_t>(token_totals_.size()));
    token_totals_.push_back(total);
  }
}

ShapeId ShapeTable::of(const Needs& needs) {
  if (needs.is_plain()) return plain_shape;
  Shape shape{.cpus = needs.cpus, .memory = needs.memory, .gpus = needs.gpus, .tokens = {}};
  for (const auto& [name, count] : needs.tokens) {
    const auto [number, is_new] = token_numbers_.emplace(name, static_cast<std::uint32_t>(token_totals_.size()));
    if (is_new) token_totals_.push_back(0);
    shape.tokens.emplace_back(number->second, count);
  }
  std::sort(shape.tokens.begin(), shape.tokens.end());
  return intern(std::move(shape));
}

ShapeId ShapeTable::with_memory(ShapeId id, std::uint64_t memory) {
  Shape shape = (*this)[id];
  shape.memory = memory;
  return intern(std::move(shape));
}

ShapeId ShapeTable::intern(Shape shape) {
  const auto [found, is_new] = ids_.emplace(shape, ShapeId{static_cast<std::uint32_t>(shapes_.size())});
  if (is_new) shapes_.push_back(std::move(shape));
  return found->second;
}

}  // namespace farm
