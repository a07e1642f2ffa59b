#include "shepherd/capture.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

namespace farm {
namespace {

class CaptureTest : public testing::Test {
 protected:
  CaptureTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
  }

  Capture make(bool keep) {
    return Capture(
        poller_, std::move(reader_), keep, [this](std::string_view bytes) { passed_ += bytes; }, [this] { ++reads_; });
  }

  void write(const std::string& bytes) {
    ASSERT_EQ(::write(writer_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  int wait() { return poller_.wait(Nanos::zero()); }

  Poller poller_;
  UniqueFd reader_;
  UniqueFd writer_;
  std::string passed_;
  int reads_ = 0;
};

TEST_F(CaptureTest, keeps_a_short_stream) {
  Capture capture = make(true);
  write("abc");
  EXPECT_EQ(wait(), 0);  // not watched yet
  capture.watch(true);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(reads_, 1);
  EXPECT_EQ(capture.kept(), "abc");
  EXPECT_EQ(passed_, "");
}

TEST_F(CaptureTest, passes_a_long_stream_on_from_its_beginning) {
  Capture capture = make(true);
  write("abc");
  capture.drain();
  write(std::string(kept_bytes, 'x'));
  capture.drain();
  EXPECT_EQ(capture.kept(), "");
  EXPECT_EQ(passed_, "abc" + std::string(kept_bytes, 'x'));
}

TEST_F(CaptureTest, passes_everything_on_when_nothing_is_to_be_kept) {
  Capture capture = make(false);
  write("a");
  capture.drain();
  EXPECT_EQ(passed_, "a");
}

TEST_F(CaptureTest, stops_at_a_full_window_and_goes_on_when_it_is_consumed) {
  Capture capture = make(true);
  for (std::size_t written = 0; written < window_bytes; written += 32 << 10) {
    write(std::string(32 << 10, 'x'));
    capture.drain();
  }
  write("rest");
  capture.watch(true);
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(passed_.size(), window_bytes);
  capture.mark_last();
  EXPECT_FALSE(capture.has_read_last());
  capture.consumed(window_bytes);
  capture.watch(true);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(passed_.size(), window_bytes + 4);
  EXPECT_TRUE(capture.has_read_last());
}

TEST_F(CaptureTest, closes_at_the_end_of_the_stream) {
  Capture capture = make(true);
  write("abc");
  writer_.reset();
  capture.watch(true);
  while (wait() > 0) {
  }
  EXPECT_FALSE(capture.is_open());
  EXPECT_EQ(capture.kept(), "abc");
}

}  // namespace
}  // namespace farm
