#include "sweep/path_part.hpp"

#include <gtest/gtest.h>

#include <array>

namespace farm {
namespace {

// In the order of the enumerators.
using Parts = std::array<std::string_view, 13>;

constexpr auto table = std::to_array<Parts>({
    {"dir/sub/f.tar.gz", "dir/sub/f.tar", "f.tar.gz", "dir/sub", "f.tar", "dir/sub/f", "dir/sub/f.tar.gz", "f",
     "f.tar.gz", "dir/sub", "gz", "tar.gz", ""},
    {".hidden", "", ".hidden", ".", "", ".hidden", ".hidden", ".hidden", ".hidden", "", "hidden", "", ""},
    {"a.b/c", "a.b/c", "c", "a.b", "c", "a.b/c", "a.b/c", "c", "c", "a.b", "b/c", "", ""},
    {"trailing.", "trailing", "trailing.", ".", "trailing", "trailing.", "trailing.", "trailing.", "trailing.", "", "",
     "", ""},
    {"a/b/", "a/b/", "", "a", "", "a/b/", "a/b/", "", "", "a/b", "", "", ""},
    {"c", "c", "c", ".", "c", "c", "c", "c", "c", "", "", "", ""},
    {"/abs", "/abs", "abs", "/", "abs", "/abs", "/abs", "abs", "abs", "", "", "", ""},
    {"a//b", "a//b", "b", "a", "b", "a//b", "a//b", "b", "b", "a/", "", "", ""},
    {"", "", "", ".", "", "", "", "", "", "", "", "", ""},
    {"/", "/", "", "/", "", "/", "/", "", "", "", "", "", ""},
    {"//", "//", "", "/", "", "//", "//", "", "", "/", "", "", ""},
    {"a.b.c.d.e", "a.b.c.d", "a.b.c.d.e", ".", "a.b.c.d", "a.b.c", "a.b", "a.b.c", "a.b", "", "e", "d.e", "c.d.e"},
    {"x/.h.i", "x/.h", ".h.i", "x", ".h", "x/", "x/.h.i", "", ".h.i", "x", "i", "h.i", ""},
    {"..", ".", "..", ".", ".", "", "..", "", "..", "", "", ".", ""},
    {"a..b", "a.", "a..b", ".", "a.", "a", "a..b", "a", "a..b", "", "b", ".b", ""},
    {"///x", "///x", "x", "/", "x", "///x", "///x", "x", "x", "//", "", "", ""},
    {"a///", "a///", "", ".", "", "a///", "a///", "", "", "a//", "", "", ""},
    {".../.a.b", ".../.a", ".a.b", "...", ".a", ".../", ".../.a.b", "", ".a.b", "...", "b", "a.b", ""},
    {"a.b/.c", "a.b/", ".c", "a.b", "", "a.b/.c", "a.b/.c", ".c", ".c", "a.b", "c", "", ""},
});

TEST(PathPart, IsWhatGnuParallelMakesOfIt) {
  for (const Parts& parts : table) {
    for (std::size_t part = 0; part < parts.size(); ++part) {
      EXPECT_EQ(path_part(static_cast<PathPart>(part), parts[0]), parts[part]) << "part " << part << " of " << parts[0];
    }
  }
}

}  // namespace
}  // namespace farm
