#include "store/segment.hpp"

#include <map>
#include <random>

#include "store/output_reader.hpp"
#include "store/segment_writer.hpp"
#include "store/support.hpp"

namespace farm::test {
namespace {

StreamKey key_of(std::uint64_t task, Stream stream = Stream::out) { return {TaskId{task}, Attempt{0}, stream}; }

class SegmentTest : public testing::Test {
 protected:
  std::string read(const StreamKey& key, const OutputRef& ref) const {
    OutputReader reader(run_, key, ref);
    std::string all;
    std::string piece;
    while (reader.next(piece)) all += piece;
    return all;
  }

  std::string incomplete(const StreamKey& key, const OutputRef& ref) const {
    const std::string message = fatal_error([&] { read(key, ref); });
    EXPECT_EQ(message.rfind("output incomplete: " + segment_path_, 0), 0u) << message;
    return message;
  }

  TempDir dir_;
  RunDir run_ = RunDir::open(dir_ / "jobs.farm", stopped_clock);
  std::string segment_path_ = dir_ / "jobs.farm/output/seg-00001";
  FakeDisk disk_;
  SegmentWriter writer_{run_.create_segment(), disk_};
};

TEST_F(SegmentTest, TheFormStays) {
  // Segments are on users' disks: if this test fails, what is needed is a new magic, not a new expectation.
  writer_.append({TaskId{0x0102}, Attempt{3}, Stream::err}, {}, "hi");
  ASSERT_TRUE(writer_.flush());
  const std::string bytes = read_file(segment_path_);
  EXPECT_EQ(bytes.substr(0, 32), std::string("FRM1\1\0\0\0\3\0\0\0\2\0\0\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32));
  EXPECT_EQ(bytes.substr(36), "hi");
}

TEST_F(SegmentTest, NothingPrintedIsNothing) {
  const OutputRef ref = writer_.append(key_of(1), {}, "");
  EXPECT_EQ(ref, OutputRef{});
  EXPECT_EQ(read(key_of(1), ref), "");
  EXPECT_EQ(disk_.writes, 0);
}

TEST_F(SegmentTest, ManyTasksAtOnceKeepTheirBytes) {
  std::mt19937 random(5);
  std::map<std::pair<std::uint64_t, Stream>, std::pair<std::string, OutputRef>> streams;
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t task = random() % 10;
    const Stream stream = random() % 2 == 0 ? Stream::out : Stream::err;
    std::string piece(random() % 100, '\0');
    for (char& byte : piece) byte = static_cast<char>(random());
    auto& [text, ref] = streams[{task, stream}];
    text += piece;
    ref = writer_.append(key_of(task, stream), ref, piece);
    if (round % 50 == 0) {
      ASSERT_TRUE(writer_.flush());
    }
  }
  ASSERT_TRUE(writer_.flush());
  EXPECT_LE(disk_.writes, 61) << "many pieces cost one write";
  EXPECT_EQ(writer_.pending_bytes(), 0u);
  for (const auto& [key, content] : streams) {
    EXPECT_EQ(content.second.bytes, content.first.size());
    EXPECT_EQ(read(key_of(key.first, key.second), content.second), content.first);
  }
}

TEST_F(SegmentTest, ALargeStreamComesInPieces) {
  std::string text(5 * max_frame_bytes + 17, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
  const OutputRef ref = writer_.append(key_of(1), {}, text);
  ASSERT_TRUE(writer_.flush());
  OutputReader reader(run_, key_of(1), ref);
  std::string all;
  std::string piece;
  while (reader.next(piece)) {
    EXPECT_LE(piece.size(), max_frame_bytes);
    all += piece;
  }
  EXPECT_TRUE(all == text);
  EXPECT_FALSE(reader.next(piece));
}

TEST_F(SegmentTest, IsReadWhileItGrows) {
  const OutputRef first = writer_.append(key_of(1), {}, "one ");
  ASSERT_TRUE(writer_.flush());
  OutputReader early(run_, key_of(1), first);
  const OutputRef second = writer_.append(key_of(1), first, "two");
  ASSERT_TRUE(writer_.flush());
  std::string piece;
  ASSERT_TRUE(early.next(piece));
  EXPECT_EQ(piece, "one ");
  EXPECT_FALSE(early.next(piece));
  EXPECT_EQ(read(key_of(1), second), "one two");
}

TEST_F(SegmentTest, AnotherTasksFrameIsNotTaken) {
  const OutputRef ref = writer_.append(key_of(1), {}, "secret");
  ASSERT_TRUE(writer_.flush());
  incomplete(key_of(2), ref);
  incomplete(key_of(1, Stream::err), ref);
  incomplete({TaskId{1}, Attempt{1}, Stream::out}, ref);
  incomplete(key_of(1), {ref.bytes + 1, ref.segment, ref.last_frame});
  incomplete(key_of(1), {ref.bytes, ref.segment, ref.last_frame + 1});
  incomplete(key_of(1), {ref.bytes, ref.segment, 1'000'000});
}

TEST_F(SegmentTest, NoDamagedByteBecomesOutput) {
  OutputRef ref = writer_.append(key_of(1), {}, "some ");
  writer_.append(key_of(2), {}, "between");
  ref = writer_.append(key_of(1), ref, "output");
  ASSERT_TRUE(writer_.flush());
  const std::string bytes = read_file(segment_path_);
  const std::size_t other_start = frame_header_bytes + 5;
  const std::size_t other_end = other_start + frame_header_bytes + 7;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {1, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      write_file(segment_path_, damaged);
      if (at >= other_start && at < other_end) {
        ASSERT_EQ(read(key_of(1), ref), "some output");
      } else {
        incomplete(key_of(1), ref);
      }
    }
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file(segment_path_, std::string_view(bytes).substr(0, size));
    incomplete(key_of(1), ref);
  }
}

TEST_F(SegmentTest, AMissingSegmentIsIncompleteOutput) {
  const OutputRef ref = writer_.append(key_of(1), {}, "text");
  ASSERT_TRUE(writer_.flush());
  std::filesystem::remove(segment_path_);
  const std::string message = fatal_error([&] { read(key_of(1), ref); });
  EXPECT_NE(message.find("output incomplete"), std::string::npos);
  EXPECT_NE(message.find("seg-00001"), std::string::npos) << message;
}

TEST_F(SegmentTest, AFullDiskLosesNothingWhereverItStrikes) {
  std::uint64_t task = 0;
  for (std::size_t room = 0; room < 2 * frame_header_bytes + 10; ++room) {
    disk_.room = room;
    ++task;
    OutputRef ref = writer_.append(key_of(task), {}, "first");
    ref = writer_.append(key_of(task), ref, "again");
    ASSERT_FALSE(writer_.flush()) << room;
    ASSERT_NE(writer_.trouble(), "");
    ASSERT_EQ(writer_.pending_bytes(), 2 * frame_header_bytes + 10 - room);
    ref = writer_.append(key_of(task), ref, "more");
    disk_.room = std::numeric_limits<std::size_t>::max();
    ASSERT_TRUE(writer_.flush());
    ASSERT_EQ(writer_.trouble(), "");
    ASSERT_EQ(read(key_of(task), ref), "firstagainmore");
  }
}

TEST_F(SegmentTest, OtherWriteErrorsAreErrors) {
  writer_.append(key_of(1), {}, "text");
  disk_.write_error = EIO;
  fatal_error([&] { writer_.flush(); });
}

}  // namespace
}  // namespace farm::test
