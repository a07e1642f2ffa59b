/// What tasks ask for, told apart once: tasks that need the same have the same shape, and everything that is decided by
/// needs is decided per shape. Tokens have numbers here.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "farm/needs.hpp"

namespace farm {

enum class ShapeId : std::uint32_t {};
inline constexpr ShapeId plain_shape{0};  ///< one slot and nothing else

struct Shape {
  std::uint32_t cpus = 0;  ///< as in Needs: 0 is a slot without cores of its own
  std::uint64_t memory = 0;
  std::uint32_t gpus = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> tokens;  ///< number of the token, how many; sorted

  /// How many processors it keeps busy.
  std::uint32_t load() const { return cpus == 0 ? 1 : cpus; }
  friend auto operator<=>(const Shape&, const Shape&) = default;
};

/// How many tokens of each name a run has; a name that is not there has none.
using TokenCounts = std::map<std::string, std::uint32_t>;

class ShapeTable {
 public:
  explicit ShapeTable(const TokenCounts& tokens);

  /// The shape of tasks that need this. A token nobody declared gets a number with none to give.
  ShapeId of(const Needs& needs);
  /// The same shape with another limit of memory.
  ShapeId with_memory(ShapeId shape, std::uint64_t memory);

  const Shape& operator[](ShapeId id) const { return shapes_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return shapes_.size(); }

  /// By the number of the token.
  const std::vector<std::uint32_t>& tokens() const { return token_totals_; }

 private:
  ShapeId intern(Shape shape);

  std::vector<Shape> shapes_;
  std::map<Shape, ShapeId> ids_;
  std::map<std::string, std::uint32_t> token_numbers_;
  std::vector<std::uint32_t> token_totals_;
};

}  // namespace farm
