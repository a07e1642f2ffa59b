#include "node/printer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "farm/error.hpp"
#include "store/segment_writer.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

AttemptKey key(std::uint64_t task, std::uint32_t attempt = 0) { return {TaskId{task}, Attempt{attempt}}; }

// A printer whose stdout and stderr are pipes, over a real segment.
class PrinterTest : public testing::Test {
 protected:
  void make(Printer::Setup setup) {
    setup.out_fd = open_pipe(out_);
    setup.err_fd = open_pipe(err_);
    setup.open = [this](const StreamKey& of, const OutputRef& ref) { return OutputReader(dir_, of, ref); };
    setup.complain = [this](const std::string& line) { complaints_.push_back(line); };
    printer_ = std::make_unique<Printer>(std::move(setup), poller_);
  }

  int open_pipe(UniqueFd& read_end) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_end = UniqueFd(ends[0]);
    ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    write_ends_.emplace_back(ends[1]);
    return ends[1];
  }

  OutputRef store(AttemptKey of, Stream stream, const std::string& text, const OutputRef& before = {}) {
    const OutputRef ref = segment_.append({of.task, of.attempt, stream}, before, text);
    segment_.flush();
    return ref;
  }

  // As the master does: stores it, and passes the text on while it is small.
  void finish(AttemptKey of, const std::string& out, const std::string& err = {}, const std::string& tag = {}) {
    printer_->finished(of, {store_if_any(of, Stream::out, out), out}, {store_if_any(of, Stream::err, err), err}, tag);
  }
  OutputRef store_if_any(AttemptKey of, Stream stream, const std::string& text) {
    return text.empty() ? OutputRef{} : store(of, stream, text);
  }

  std::string printed(UniqueFd& from) {
    std::string all;
    std::array<char, 65536> buffer{};
    do {
      printer_->pump();
      const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
      if (got > 0) all.append(buffer.data(), static_cast<std::size_t>(got));
      if (got <= 0 && printer_->is_idle()) return all;
    } while (true);
  }

  TempDir temp_;
  SystemClock clock_;
  Poller poller_;
  RunDir dir_ = RunDir::open(temp_ / "run", clock_);
  SegmentWriter segment_{dir_.create_segment()};
  UniqueFd out_;
  UniqueFd err_;
  std::vector<UniqueFd> write_ends_;
  std::vector<std::string> complaints_;
  std::unique_ptr<Printer> printer_;
};

TEST_F(PrinterTest, ATaskComesInOnePieceAsItEnds) {
  make({});
  finish(key(1), "second\n", "problem\n");
  finish(key(0), "first, no newline");
  EXPECT_EQ(printed(out_), "second\nfirst, no newline");
  EXPECT_EQ(printed(err_), "problem\n");
}

TEST_F(PrinterTest, KeepOrderIsInputOrder) {
  make({.keep_order = true});
  finish(key(2), "c");
  finish(key(1), "b");
  EXPECT_EQ(printed(out_), "");
  printer_->skip(TaskId{3});
  finish(key(0), "a");
  EXPECT_EQ(printed(out_), "abc");
  finish(key(4), "e");
  EXPECT_EQ(printed(out_), "e") << "3 prints nothing and holds up nobody";
}

TEST_F(PrinterTest, WhatIsHeldBackComesOutAtTheEnd) {
  make({.keep_order = true});
  finish(key(5), "f");
  finish(key(3), "d");
  printer_->release();
  EXPECT_EQ(printed(out_), "df");
}

TEST_F(PrinterTest, TagsEveryLineOfATask) {
  make({.tag = true});
  finish(key(0), "a\nb\nc", "", "T");
  finish(key(1), "d\n", "", "U");
  EXPECT_EQ(printed(out_), "T\ta\nT\tb\nT\tcU\td\n");
}

TEST_F(PrinterTest, QuietPrintsNothing) {
  make({.mode = OutputMode::quiet});
  finish(key(0), "a", "b");
  EXPECT_TRUE(printer_->is_idle());
}

TEST_F(PrinterTest, LinesComeAsTheyAreComplete) {
  make({.mode = OutputMode::line_buffer});
  OutputRef a = store(key(0), Stream::out, "half");
  printer_->chunk(key(0), Stream::out, "half", a, "");
  printer_->chunk(key(1), Stream::out, "one\ntw", store(key(1), Stream::out, "one\ntw"), "");
  EXPECT_EQ(printed(out_), "one\n");
  printer_->chunk(key(0), Stream::out, " a line\nrest", a, "");
  EXPECT_EQ(printed(out_), "half a line\n");
  printer_->finished(key(0), {a, "!"}, {}, "");
  printer_->finished(key(1), {a, ""}, {}, "");
  EXPECT_EQ(printed(out_), "rest!tw");
}

TEST_F(PrinterTest, LineBufferedInOrderStreamsTheFirst) {
  make({.mode = OutputMode::line_buffer, .keep_order = true});
  const OutputRef second = store(key(1), Stream::out, "b1\n");
  printer_->chunk(key(1), Stream::out, "b1\n", second, "");
  const OutputRef first = store(key(0), Stream::out, "a1\n");
  printer_->chunk(key(0), Stream::out, "a1\n", first, "");
  EXPECT_EQ(printed(out_), "a1\n");
  printer_->finished(key(0), {first, ""}, {}, "");
  EXPECT_EQ(printed(out_), "b1\n") << "what the next one had printed so far";
  printer_->chunk(key(1), Stream::out, "b2\n", store(key(1), Stream::out, "b2\n", second), "");
  EXPECT_EQ(printed(out_), "b2\n");
}

TEST_F(PrinterTest, MuchOutputPassesThroughASlowReaderInLittleMemory) {
  make({});
  std::string expected;
  OutputRef ref;
  for (int i = 0; i < 100; ++i) {
    const std::string block(50'000, static_cast<char>('a' + i % 26));
    ref = store(key(0), Stream::out, block, ref);
    expected += block;
  }
  printer_->finished(key(0), {ref, ""}, {}, "");
  for (std::uint64_t task = 1; task < 2000; ++task) {
    finish(key(task), std::string(4000, 'x'));
    expected.append(4000, 'x');
    ASSERT_LT(printer_->backlog(), std::size_t{2} << 20);
  }
  EXPECT_EQ(printed(out_), expected);
}

TEST_F(PrinterTest, DamagedOutputIsSaidAndEverythingElsePrinted) {
  make({});
  printer_->finished(key(0), {{.bytes = 10, .segment = 99, .last_frame = 0}, ""}, {}, "");
  finish(key(1), "fine");
  EXPECT_EQ(printed(out_), "fine");
  ASSERT_EQ(complaints_.size(), 1U);
}

TEST_F(PrinterTest, BytesAreBytes) {
  make({});
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  finish(key(0), all, all);
  EXPECT_EQ(printed(out_), all);
  EXPECT_EQ(printed(err_), all);
}

TEST_F(PrinterTest, WhatIsNotRecordedOnTheDiskIsNotTold) {
  std::uint64_t durable = 0;
  make({.durable = [&durable] { return durable; }});
  const auto written = [this] {
    printer_->pump();
    std::array<char, 64> buffer{};
    const ssize_t got = ::read(out_.get(), buffer.data(), buffer.size());
    return std::string(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  };
  printer_->hold_until(1);
  finish(key(0), "a\n");
  printer_->hold_until(2);
  finish(key(1), "b\n");
  EXPECT_EQ(written(), "");
  durable = 1;
  EXPECT_EQ(written(), "a\n");
  EXPECT_FALSE(printer_->is_idle());
  durable = 2;
  EXPECT_EQ(written(), "b\n");
  EXPECT_TRUE(printer_->is_idle());
}

}  // namespace
}  // namespace farm
