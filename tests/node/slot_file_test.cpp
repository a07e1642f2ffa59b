#include "node/slot_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.hpp"

namespace farm {
namespace {

using Kind = SlotRule::Kind;

TEST(SlotFile, SaysWhatIsNew) {
  const TempDir dir;
  SlotFile file(dir / "slots", {Kind::count, 2});
  dir.write("slots", "2\n");
  EXPECT_EQ(file.changed(), std::nullopt);
  dir.write("slots", "3\n");
  EXPECT_EQ(file.changed(), (SlotRule{Kind::count, 3}));
  EXPECT_EQ(file.changed(), std::nullopt) << "said once";
  dir.write("slots", " 50% of them\n");
  EXPECT_EQ(file.changed(), (SlotRule{Kind::percent, 50}));
}

TEST(SlotFile, TheLastGoodNumberStays) {
  const TempDir dir;
  SlotFile file(dir / "slots", {Kind::count, 2});
  EXPECT_EQ(file.changed(), std::nullopt) << "not there";
  for (const char* bad : {"", "\n", "many", "0%"}) {
    dir.write("slots", bad);
    EXPECT_EQ(file.changed(), std::nullopt) << bad;
  }
  dir.write("slots", "4");
  EXPECT_EQ(file.changed(), (SlotRule{Kind::count, 4}));
  std::filesystem::remove(dir / "slots");
  EXPECT_EQ(file.changed(), std::nullopt);
  dir.write("slots", "2");
  EXPECT_EQ(file.changed(), (SlotRule{Kind::count, 2})) << "what it said first, but not last";
}

TEST(SlotFile, NoFileNeverChanges) { EXPECT_EQ(SlotFile("", {Kind::count, 2}).changed(), std::nullopt); }

}  // namespace
}  // namespace farm
