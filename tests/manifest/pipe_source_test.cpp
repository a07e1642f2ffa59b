#include "manifest/pipe_source.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "pipe_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Next = TaskSource::Next;

class PipeSourceTest : public testing::Test {
 protected:
  PipeSourceTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
  }

  PipeSource open(const PipeOptions& options, bool is_remote = false) {
    return PipeSource(std::move(reader_), setup(options, is_remote));
  }

  PipeSource::Setup setup(const PipeOptions& options, bool is_remote = false) {
    return {.options = options,
            .open_spool =
                [this] {
                  ++spools_;
                  const int fd = ::open(spool_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_EXCL, 0600);
                  return PipeSource::Spool{UniqueFd(fd), spool_};
                },
            .is_remote = is_remote,
            .make = numbered_task};
  }

  void send(std::string_view text) const {
    ASSERT_EQ(::write(writer_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void send_end() { writer_.reset(); }

  std::vector<std::string> blocks(const std::string& text, const PipeOptions& options) {
    PipeSource source = open(options);
    send(text);
    send_end();
    return inputs(source);
  }

  TempDir dir_;
  std::string spool_ = dir_ / "spool";
  int spools_ = 0;
  UniqueFd reader_;
  UniqueFd writer_;
};

TEST_F(PipeSourceTest, CutsTheStreamIntoTasks) {
  EXPECT_THAT(blocks("1\n2\n3\n4\n5", {.block = 4}), ElementsAre("1\n2\n", "3\n4\n", "5"));
  EXPECT_EQ(spools_, 1);
  EXPECT_EQ(std::filesystem::file_size(spool_), 9u);
}

TEST_F(PipeSourceTest, AnEmptyStreamLeavesNothing) {
  EXPECT_THAT(blocks("", {}), ElementsAre());
  EXPECT_EQ(spools_, 0);
}

TEST_F(PipeSourceTest, TasksComeAsSoonAsTheirRecordsAreThere) {
  PipeSource source = open({.records = 2}, true);
  TaskSpec task;
  EXPECT_EQ(source.next(task), Next::later);
  send("1\n2");
  EXPECT_EQ(source.next(task), Next::later);
  send("\n3\n4\n5\n");
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_EQ(input_of(task), "1\n2\n");
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_EQ(input_of(task), "3\n4\n");
  EXPECT_EQ(source.next(task), Next::later);
  pollfd idle{.fd = source.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&idle, 1, 0), 0);
  send_end();
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_EQ(input_of(task), "5\n");
  EXPECT_EQ(source.next(task), Next::end);
  EXPECT_EQ(source.next(task), Next::end);
}

TEST_F(PipeSourceTest, RepeatsTheHeader) {
  EXPECT_THAT(blocks("h1\nh2\n1\n2\n3\n", {.block = 4, .header_lines = 2}),
              ElementsAre("h1\nh2\n1\n2\n", "h1\nh2\n3\n"));
}

TEST_F(PipeSourceTest, TheHeaderMayComeInPieces) {
  PipeSource source = open({.block = 2, .header_lines = 2});
  TaskSpec task;
  for (const char* const piece : {"h1", "\n", "h2"}) {
    send(piece);
    EXPECT_EQ(source.next(task), Next::later);
  }
  send("\n1\n2\n");
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(FileRange{spool_, 0, 8}));
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(FileRange{spool_, 0, 6}, FileRange{spool_, 8, 2}));
  EXPECT_EQ(source.next(task), Next::later);
}

TEST_F(PipeSourceTest, AHeaderMayBeMatched) {
  const std::string header = "#a\n##" + std::string(200'000, 'b') + "\n";
  const std::string path = dir_.write("input", header + "1\n2\n3\n");
  auto matched = setup({.block = 4, .header_pattern = "(#.*\n)*"});
  matched.find_header = comments;
  PipeSource source(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), std::move(matched));
  EXPECT_THAT(inputs(source), ElementsAre(header + "1\n2\n", header + "3\n"));
}

TEST_F(PipeSourceTest, AMatchedHeaderMayNotBeThere) {
  auto matched = setup({});
  matched.find_header = comments;
  PipeSource source(std::move(reader_), std::move(matched));
  send("#only");
  send_end();
  EXPECT_THAT(inputs(source), ElementsAre("#only"));
}

TEST_F(PipeSourceTest, WithoutEnoughLinesThereIsNoHeader) {
  EXPECT_THAT(blocks("h1\nh2\n", {.header_lines = 3}), ElementsAre("h1\nh2\n"));
}

TEST_F(PipeSourceTest, AHeaderAloneIsNoTask) { EXPECT_THAT(blocks("h1\n", {.header_lines = 1}), ElementsAre()); }

TEST_F(PipeSourceTest, ReadsOnlyWhatIsAskedFor) {
  const std::string path = dir_.write("input", std::string(50 << 20, '\n'));
  PipeSource source(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), setup({}));
  TaskSpec task;
  ASSERT_EQ(source.next(task), Next::task);
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_LT(std::filesystem::file_size(spool_), 3u << 20);
}

TEST_F(PipeSourceTest, ALargeBlockDoesNotHoldUpTheMaster) {
  const std::string path = dir_.write("input", std::string(50 << 20, '\n'));
  PipeSource source(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), setup({.block = 40 << 20}));
  TaskSpec task;
  EXPECT_EQ(source.next(task), Next::later);
  EXPECT_LT(std::filesystem::file_size(spool_), 10u << 20);
  Next next = Next::later;
  for (int i = 0; i < 10 && next == Next::later; ++i) next = source.next(task);
  ASSERT_EQ(next, Next::task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(FileRange{spool_, 0, 40 << 20}));
}

TEST_F(PipeSourceTest, WhatIsDoneTakesNoRoom) {
  PipeSource source = open({.block = 40'000, .recend = "", .header_lines = 1});
  TaskSpec task;
  std::vector<TaskSpec> tasks;
  send("head\n" + std::string(60'000, 'x'));
  ASSERT_EQ(source.next(task), Next::task);
  tasks.push_back(task);
  EXPECT_EQ(source.next(task), Next::later);
  send(std::string(60'000, 'y'));
  send_end();
  for (const TaskSpec& each : read_all(source)) tasks.push_back(each);
  ASSERT_EQ(tasks.size(), 3u);
  const auto room = [&] {
    struct stat status {};
    EXPECT_EQ(::stat(spool_.c_str(), &status), 0);
    return status.st_blocks * 512;
  };
  const auto before = room();
  source.settled(1);
  EXPECT_LE(room(), before - 32'768);
  source.settled(1);
  source.settled(7);
  EXPECT_EQ(input_of(tasks[0]), "head\n" + std::string(40'000, 'x'));
  EXPECT_EQ(input_of(tasks[1]), "head\n" + std::string(40'000, '\0'));
  EXPECT_EQ(input_of(tasks[2]), "head\n" + std::string(40'000, 'y'));
}

TEST_F(PipeSourceTest, IsAStream) {
  const PipeSource source = open({});
  EXPECT_EQ(source.total(), std::nullopt);
  EXPECT_EQ(source.digest(), std::nullopt);
  EXPECT_EQ(::fcntl(source.fd(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PipeSourceTest, SaysWhenThereIsNoRoom) {
  auto full = setup({});
  full.open_spool = [] { return PipeSource::Spool{UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)), "/run/spool"}; };
  PipeSource source(std::move(reader_), std::move(full));
  send("1\n");
  TaskSpec task;
  EXPECT_THAT(error_of([&] { source.next(task); }, Error::Kind::fatal),
              HasSubstr("cannot keep standard input in /run/spool: No space left on device; make room"));
}

TEST_F(PipeSourceTest, RefusesBlocksPerSlot) {
  EXPECT_THAT(error_of([&] { open({.block = -2}); }, Error::Kind::usage), HasSubstr("--pipepart"));
}

TEST_F(PipeSourceTest, SeparatorsMayBeLeftOut) {
  PipeSource source = open({.recend = ";", .removes_separators = true, .records = 2, .header_lines = 1});
  send("head;er\na;b;;;c;");
  send_end();
  EXPECT_THAT(inputs(source), ElementsAre("head;er\nab", "head;er\nc"));
}

TEST_F(PipeSourceTest, ExpressionsSayWhereRecordsEnd) {
  PipeSource source = open({.recend = "[0-9]+", .regexp = true, .removes_separators = true, .records = 1});
  send("a1");
  send("2b3");
  send_end();
  EXPECT_THAT(inputs(source), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace farm
