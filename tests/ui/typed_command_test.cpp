#include "ui/typed_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "ui/child.hpp"

namespace farm {
namespace {

using testing::ElementsAre;

constexpr std::array<const char*, 2> own{"farm", "jobs.txt"};

std::vector<std::string> find(pid_t launcher) { return typed_command(launcher, 2, own.data()); }

// `sleep` under another name, as farm's launcher.
pid_t wait_for_exec(const Child& child) {
  for (int i = 0; i < 5000 && typed_command(child.pid(), 0, nullptr).empty(); ++i) ::usleep(1000);
  return child.pid();
}

TEST(TypedCommand, IsTheLaunchers) {
  const Child launcher([] { ::execlp("sleep", "/usr/bin/mpirun.openmpi", "600", nullptr); });
  EXPECT_THAT(find(wait_for_exec(launcher)), ElementsAre("/usr/bin/mpirun.openmpi", "600"));
}

TEST(TypedCommand, IsFarmsOwnWithoutALauncherThatHasIt) {
  EXPECT_THAT(find(0), ElementsAre("farm", "jobs.txt"));
  EXPECT_THAT(find(0x7ffffff0), ElementsAre("farm", "jobs.txt"));
  const Child other([] { ::execlp("sleep", "slurmstepd", "600", nullptr); });
  EXPECT_THAT(find(other.pid()), ElementsAre("farm", "jobs.txt"));
}

TEST(AsTyped, LeavesBareWhatAShellDoes) {
  for (const char* word : {":::", "::::+", "{}", "{1}.csv", "--out={2}", "a:b@c", "x,y", "50%", "/a/b-c_d+e.f"}) {
    EXPECT_EQ(as_typed(word), word);
  }
}

TEST(AsTyped, QuotesTheRest) {
  for (const char* word : {"a b", "{a,b}", "{1..3}", "{", "=ls", "~", "*", "$x", "a;b", "#c", "!x", "a^b"}) {
    EXPECT_EQ(as_typed(word), "'" + std::string(word) + "'");
  }
  EXPECT_EQ(as_typed(""), "''");
}

TEST(AsTyped, SpellsWhatATerminalWouldObey) {
  EXPECT_EQ(as_typed("a\x1b[2Jb"), R"($'a\x1b[2Jb')");
  EXPECT_EQ(as_typed("it's\n\\ \xff"), R"($'it\'s\x0a\\ \xff')");
  EXPECT_EQ(as_typed("\xc3\xa9 t\xc3\xa9"), "'\xc3\xa9 t\xc3\xa9'");
}

}  // namespace
}  // namespace farm
