// Standard streams that are files.
#include "shepherd/output_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "shepherd/rank_fixture.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

namespace fs = std::filesystem;

struct Files {
  std::string in{};
  std::string out{};
  std::string err{};
};

LaunchRequest with_files(const std::string& command, const Files& files) {
  LaunchRequest request;
  request.command = command;
  request.stdin_file = files.in;
  request.stdout_file = files.out;
  request.stderr_file = files.err;
  return request;
}

TEST(OutputFiles, GetTheirNamesWhenTheAttemptSucceeded) {
  const TempDir dir;
  dir.write("out", "old");
  dir.write("go", "");
  as_rank([&](TestRank& rank) {
    const LaunchKey key = rank.launch(with_files("echo new; echo problem >&2; touch '" + dir / "written" +
                                                     "'; while [ -e '" + dir / "go" + "' ]; do sleep 0.01; done",
                                                 {.out = dir / "out", .err = dir / "err"}));
    ASSERT_TRUE(rank.await([&] { return fs::exists(dir / "written"); }));
    EXPECT_EQ(text(dir / "out"), "old") << "while it runs";
    fs::remove(dir / "go");
    const auto task = rank.await_end(key);
    EXPECT_TRUE(succeeded(task.outcome));
    EXPECT_EQ(task.out + task.err, "") << "it is nowhere else";
  });
  EXPECT_EQ(text(dir / "out"), "new\n");
  EXPECT_EQ(text(dir / "err"), "problem\n");
  EXPECT_EQ(entries(dir.path()), 3U) << "with `written`, and nothing else";
}

TEST(OutputFiles, OfFailedAttemptsAreRemovedAndTheLastErrorsPassedOn) {
  const TempDir dir;
  dir.write("out", "old");
  as_rank([&](TestRank& rank) {
    const Files files{.out = dir / "out", .err = dir / "err"};
    const auto task = rank.run(with_files("echo half; head -c 5000 /dev/zero >&2; echo why >&2; exit 3", files));
    EXPECT_EQ(task.outcome.code, 3);
    EXPECT_EQ(task.out, "");
    EXPECT_EQ(task.err.size(), 4096U);
    EXPECT_TRUE(task.err.ends_with("why\n"));
    EXPECT_EQ(rank.run(with_files("echo half; kill -9 $$", files)).outcome.cause, Cause::signaled);
    EXPECT_EQ(rank.run(with_files("/nonexistent/program", files)).outcome.cause, Cause::not_started);
  });
  EXPECT_EQ(text(dir / "out"), "old");
  EXPECT_EQ(entries(dir.path()), 1U);
}

TEST(OutputFiles, OfStoppedAttemptsAreRemoved) {
  const TempDir dir;
  as_rank([&](TestRank& rank) {
    const LaunchKey key =
        rank.launch(with_files("echo half; touch '" + dir / "written" + "'; exec sleep 1000", {.out = dir / "out"}));
    rank.launch(with_files("exec sleep 1000", {.out = dir / "left"}));
    ASSERT_TRUE(rank.await([&] { return fs::exists(dir / "written"); }));
    rank.client.stop(key);
    EXPECT_EQ(rank.await_end(key).outcome.cause, Cause::cancelled);
  });
  EXPECT_EQ(entries(dir.path()), 1U) << "`written`; also what ran when the rank left";
}

TEST(OutputFiles, OneAloneLeavesTheOtherStreamCaptured) {
  const TempDir dir;
  as_rank([&](TestRank& rank) {
    const auto task = rank.run(with_files("echo out; echo err >&2", {.out = dir / "out"}));
    EXPECT_EQ(task.out, "");
    EXPECT_EQ(task.err, "err\n");
    const auto other = rank.run(with_files("echo out; echo err >&2", {.err = dir / "err"}));
    EXPECT_EQ(other.out, "out\n");
    EXPECT_EQ(other.err, "");
  });
  EXPECT_EQ(text(dir / "out"), "out\n");
  EXPECT_EQ(text(dir / "err"), "err\n");
}

TEST(OutputFiles, TheSameForBothGetsBoth) {
  const TempDir dir;
  as_rank([&](TestRank& rank) {
    const Files files{.out = dir / "log", .err = dir / "log"};
    EXPECT_TRUE(succeeded(rank.run(with_files("echo 1; echo 2 >&2; echo 3", files)).outcome));
    EXPECT_EQ(rank.run(with_files("echo 4; echo 5 >&2; exit 1", files)).err, "4\n5\n");
  });
  EXPECT_EQ(text(dir / "log"), "1\n2\n3\n");
}

TEST(OutputFiles, ThatCannotBeMadeKeepTheTaskFromStarting) {
  const TempDir dir;
  fs::create_directory(dir / "directory");
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  as_rank([&](TestRank& rank) {
    const auto missing = rank.run(with_files("touch '" + dir / "ran" + "'", {.out = dir / "none/out"}));
    EXPECT_EQ(missing.outcome.cause, Cause::not_started);
    EXPECT_EQ(missing.outcome.code, ENOENT);
    EXPECT_NE(missing.err.find("'" + dir / "none/out" + "'"), std::string::npos) << missing.err;
    EXPECT_NE(missing.err.find("directory must be there"), std::string::npos) << missing.err;
    const auto directory = rank.run(with_files("touch '" + dir / "ran" + "'", {.err = dir / "directory"}));
    EXPECT_EQ(directory.outcome.code, EISDIR);
    // Nobody reads it: no task must wait for that.
    EXPECT_EQ(rank.run(with_files("true", {.out = dir / "fifo"})).outcome.code, ENXIO);
    // The first file is not left behind when the second fails.
    EXPECT_EQ(rank.run(with_files("true", {.out = dir / "a", .err = dir / "none/b"})).outcome.code, ENOENT);
  });
  EXPECT_EQ(entries(dir.path()), 2U);
}

TEST(OutputFiles, ThatCannotGetTheirNameMakeTheAttemptFail) {
  const TempDir dir;
  as_rank([&](TestRank& rank) {
    // The name is taken by a directory while the task runs.
    const auto task = rank.run(with_files("mkdir '" + dir / "out" + "'", {.out = dir / "out"}));
    EXPECT_EQ(task.outcome.cause, Cause::exited);
    EXPECT_EQ(task.outcome.code, 1);
    EXPECT_NE(task.err.find("'" + dir / "out" + "'"), std::string::npos) << task.err;
  });
  EXPECT_EQ(entries(dir.path()), 1U);
}

TEST(OutputFiles, DevicesAndLinksStayWhatTheyAre) {
  const TempDir dir;
  fs::create_directory(dir / "real");
  dir.write("real/file", "old");
  fs::create_symlink("real/file", dir / "link");
  as_rank([&](TestRank& rank) {
    EXPECT_TRUE(succeeded(rank.run(with_files("echo new", {.out = dir / "link", .err = "/dev/null"})).outcome));
  });
  EXPECT_TRUE(fs::is_symlink(dir / "link"));
  EXPECT_EQ(text(dir / "real/file"), "new\n");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(StdinFile, IsTheTasksInput) {
  const TempDir dir;
  dir.write("in", "hello\n");
  as_rank([&](TestRank& rank) {
    EXPECT_EQ(rank.run(with_files("cat", {.in = dir / "in"})).out, "hello\n");
    EXPECT_EQ(rank.run(with_files("cat", {.in = "/dev/null"})).out, "");
    const auto same = rank.run(with_files("tr h j", {.in = dir / "in", .out = dir / "in"}));
    EXPECT_TRUE(succeeded(same.outcome));
  });
  EXPECT_EQ(text(dir / "in"), "jello\n") << "read to its end before it is replaced";
}

TEST(StdinFile, ThatIsNotThereKeepsTheTaskFromStarting) {
  const TempDir dir;
  as_rank([&](TestRank& rank) {
    const auto missing = rank.run(with_files("touch '" + dir / "ran" + "'", {.in = dir / "in", .out = dir / "out"}));
    EXPECT_EQ(missing.outcome.cause, Cause::not_started);
    EXPECT_EQ(missing.outcome.code, ENOENT);
    EXPECT_NE(missing.err.find("'" + dir / "in" + "'"), std::string::npos) << missing.err;
    EXPECT_EQ(rank.run(with_files("true", {.in = dir.path()})).outcome.code, EISDIR);
  });
  EXPECT_EQ(entries(dir.path()), 0U);
}

}  // namespace
}  // namespace farm
