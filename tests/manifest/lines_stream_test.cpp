#include "manifest/lines_stream.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>

#include "source_reading.hpp"

namespace farm {
namespace {

using Next = TaskSource::Next;

class LinesStreamTest : public testing::Test {
 protected:
  LinesStreamTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    writer_ = UniqueFd(ends[1]);
    stream_.emplace(UniqueFd(ends[0]), "standard input", "/launch");
  }

  void write(std::string_view text) const {
    ASSERT_EQ(::write(writer_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  Next next() { return stream_->next(task_); }
  void expect_task(const std::string& command) {
    ASSERT_EQ(next(), Next::task);
    EXPECT_EQ(task_.command, command);
  }
  std::string failure() {
    return error_of([this] { next(); }, Error::Kind::fatal);
  }

  UniqueFd writer_;
  std::optional<LinesStream> stream_;
  TaskSpec task_;
};

TEST_F(LinesStreamTest, TasksComeOutWhileTheListIsBeingWritten) {
  EXPECT_EQ(next(), Next::later);
  write("a\nb");
  expect_task("a");
  EXPECT_EQ(next(), Next::later);
  write(" c\n\n# no\n");
  expect_task("b c");
  EXPECT_EQ(next(), Next::later);
  writer_.reset();
  EXPECT_EQ(next(), Next::end);
  EXPECT_EQ(next(), Next::end);
}

TEST_F(LinesStreamTest, ALastLineWithoutANewlineCountsAtTheEnd) {
  write("a");
  EXPECT_EQ(next(), Next::later);
  writer_.reset();
  expect_task("a");
  EXPECT_EQ(next(), Next::end);
}

TEST_F(LinesStreamTest, TheDescriptorIsReadableWhenThereIsMore) {
  pollfd ready{.fd = stream_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
  write("a\n");
  EXPECT_EQ(::poll(&ready, 1, 0), 1);
  expect_task("a");
  EXPECT_EQ(next(), Next::later);
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
  writer_.reset();
  EXPECT_EQ(::poll(&ready, 1, 0), 1);
}

TEST_F(LinesStreamTest, LeavesTheFlagsOfASharedDescriptorAlone) {
  const int before = ::fcntl(stream_->fd(), F_GETFL);
  EXPECT_EQ(next(), Next::later);
  write("a\n");
  expect_task("a");
  EXPECT_EQ(::fcntl(stream_->fd(), F_GETFL), before);
}

TEST_F(LinesStreamTest, TakesADescriptorThatSomebodyMadeNonblocking) {
  ASSERT_EQ(::fcntl(stream_->fd(), F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(next(), Next::later);
  write("a\n");
  expect_task("a");
  EXPECT_EQ(next(), Next::later);
}

TEST_F(LinesStreamTest, NeitherTotalNorDigestIsKnown) {
  EXPECT_EQ(stream_->total(), std::nullopt);
  EXPECT_EQ(stream_->digest(), std::nullopt);
}

TEST_F(LinesStreamTest, ABadLineEndsItAfterWhatCameBefore) {
  write("#FARM task name=x\na\n#FARM task name=x\nb\nc\n");
  expect_task("a");
  const std::string expected =
      "standard input:3:17: the name 'x' is taken by the task of line 1\n"
      "  #FARM task name=x\n"
      "                  ^";
  EXPECT_EQ(failure(), expected);
  EXPECT_EQ(failure(), expected) << "and stays bad";
}

TEST_F(LinesStreamTest, ATaskDirectiveWithoutATaskIsNoticedAtTheEnd) {
  write("#FARM task tag=t\n");
  EXPECT_EQ(next(), Next::later);
  writer_.reset();
  EXPECT_THAT(failure(), testing::StartsWith("standard input:1:7: no task follows"));
}

TEST_F(LinesStreamTest, AnEndlessLineIsRefusedByName) {
  const std::string piece(16'384, 'x');
  for (int i = 0; i < 16; ++i) {
    write(piece);
    EXPECT_EQ(next(), Next::later);
  }
  write("\n");
  EXPECT_THAT(failure(), testing::StartsWith("standard input:1:1: this line is longer than 131,071 bytes"));
}

TEST(LinesStream, SaysWhyItCannotBeRead) {
  LinesStream stream(UniqueFd(::open("/", O_RDONLY | O_CLOEXEC)), "standard input", "/");
  TaskSpec task;
  EXPECT_EQ(error_of([&] { stream.next(task); }, Error::Kind::fatal), "cannot read standard input: Is a directory");
}

}  // namespace
}  // namespace farm
