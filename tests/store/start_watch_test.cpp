#include "store/start_watch.hpp"

#include "store/file_journal.hpp"
#include "store/run_dir.hpp"
#include "store/support.hpp"

namespace farm::test {
namespace {

class StartWatchTest : public testing::Test {
 protected:
  void start(const std::string& run) {
    const RunDir dir = RunDir::open(path_, stopped_clock);
    RunDir::File file = dir.create_journal();
    FileJournal journal(std::move(file.fd), file.path, Durability::none);
    journal.append(RunStarted{.run = run, .start = file.number});
    journal.write();
  }

  TempDir dir_;
  std::string path_ = dir_ / "jobs.farm";
};

TEST_F(StartWatchTest, ALaterStartSupersedes) {
  start("a");
  const StartWatch watch(path_, "a", 1);
  EXPECT_FALSE(watch.is_superseded());
  start("a");
  EXPECT_TRUE(watch.is_superseded());
  EXPECT_FALSE(StartWatch(path_, "a", 2).is_superseded());
}

TEST_F(StartWatchTest, ARunThatStartsOverSupersedes) {
  start("a");
  const StartWatch watch(path_, "a", 1);
  RunDir::set_aside(path_, stopped_clock);
  EXPECT_FALSE(watch.is_superseded()) << "nobody has taken its place yet";
  start("b");
  EXPECT_TRUE(watch.is_superseded());
}

TEST_F(StartWatchTest, WhatIsNotToBeSeenFromHereIsNotSuperseded) {
  const StartWatch nowhere(path_, "a", 1);
  start("b");
  start("b");
  EXPECT_FALSE(nowhere.is_superseded());
  EXPECT_FALSE(StartWatch(path_, "a", 1).is_superseded()) << "a directory of that name on this host";
}

}  // namespace
}  // namespace farm::test
