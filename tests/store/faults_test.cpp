// What a bad disk does to a journal and the output it points into, written the way the master does.
#include <fmt/format.h>
#include <poll.h>

#include <random>

#include "store/file_journal.hpp"
#include "store/output_reader.hpp"
#include "store/replay.hpp"
#include "store/segment_writer.hpp"
#include "store/support.hpp"

namespace farm::test {
namespace {

namespace fs = std::filesystem;

constexpr int patience_ms = 20'000;

class FaultsTest : public testing::Test {
 protected:
  void begin(Durability durability) {
    RunDir::File file = run_.create_journal();
    journal_path_ = file.path;
    journal_.emplace(std::move(file.fd), file.path, durability, disk_);
    segment_.emplace(run_.create_segment(), disk_);
    journal_->points_into(segment_->file(), FileJournal::Sync::too);
    journal_->append(started());
  }

  void end_task(std::uint64_t task) {
    AttemptEnded end = ended(task);
    end.out = segment_->append({end.task, end.attempt, Stream::out}, {}, output_of(task));
    journal_->append(end);
  }

  // As the master does it: output before the line that points to it.
  void turn() {
    segment_->flush();
    if (segment_->trouble().empty()) journal_->write();
  }

  void end_task_in_segment_only() { segment_->append({TaskId{0}, Attempt{0}, Stream::out}, {}, "some"); }

  static std::string output_of(std::uint64_t task) { return fmt::format("{} {}", task, std::string(task % 50, 'o')); }

  // Every line that is there points to output that is there, and tasks are there in order, from the first.
  std::uint64_t tasks_on_disk() const {
    std::uint64_t tasks = 0;
    JournalReader reader(run_.open_journal(1), JournalReader::Damage::refuse);
    Record record;
    while (reader.next(record)) {
      const auto* end = std::get_if<AttemptEnded>(&record);
      if (end == nullptr) continue;
      EXPECT_EQ(value(end->task), tasks);
      OutputReader output(run_, {end->task, end->attempt, Stream::out}, end->out);
      std::string piece;
      EXPECT_TRUE(output.next(piece));
      EXPECT_EQ(piece, output_of(tasks));
      ++tasks;
    }
    return tasks;
  }

  void await_news() {
    pollfd ready{journal_->fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, patience_ms), 1);
    journal_->acknowledge();
  }

  TempDir dir_;
  RunDir run_ = RunDir::open(dir_ / "jobs.farm", stopped_clock);
  std::string journal_path_;
  FakeDisk disk_;
  std::optional<SegmentWriter> segment_;
  std::optional<FileJournal> journal_;
};

TEST_F(FaultsTest, RoomThatComesAndGoesLosesNothing) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    begin(Durability::none);
    std::uint64_t tasks = 0;
    for (int round = 0; round < 300; ++round) {
      disk_.room = random() % 3 == 0 ? 0 : random() % 2000;
      disk_.most_at_once = random() % 2 == 0 ? 1 + random() % 20 : 1'000'000;
      disk_.full_error = std::array{ENOSPC, EDQUOT, EFBIG}[random() % 3];
      disk_.interrupts = static_cast<int>(random() % 4);
      for (auto more = random() % 3; more > 0; --more) end_task(tasks++);
      turn();
      ASSERT_LE(tasks_on_disk(), tasks);
    }
    disk_.room = std::numeric_limits<std::size_t>::max();
    disk_.interrupts = 0;
    turn();
    EXPECT_EQ(tasks_on_disk(), tasks);
    EXPECT_EQ(journal_->durable(), journal_->appended());
    EXPECT_EQ(journal_->trouble() + segment_->trouble(), "");
    journal_.reset();
    segment_.reset();
    fs::remove(journal_path_);
  }
}

TEST_F(FaultsTest, ABrokenDiskLeavesWhatIsWhole) {
  for (const int error : {EIO, EROFS, ENXIO, ESTALE}) {
    begin(Durability::none);
    end_task(0);
    turn();
    end_task(1);
    disk_.write_error = error;
    disk_.failing_file = segment_->file().fd();
    const std::string message = fatal_error([&] { turn(); });
    EXPECT_NE(message.find(error_text(error)), std::string::npos) << message;
    EXPECT_EQ(tasks_on_disk(), 1u);
    journal_.reset();
    EXPECT_EQ(tasks_on_disk(), 1u) << "nothing is written at the end that points to output that is not there";
    disk_.write_error = 0;
    segment_.reset();
    fs::remove(journal_path_);
  }
}

TEST_F(FaultsTest, AnInterruptedSyncIsDoneAgain) {
  disk_.interrupts = 0;
  begin(Durability::task);
  turn();
  await_news();
  const int before = disk_.syncs;
  disk_.interrupts = 5;
  end_task(0);
  // The writes take some of them.
  turn();
  while (journal_->durable() < journal_->appended()) await_news();
  EXPECT_EQ(disk_.interrupts, 0);
  EXPECT_GT(disk_.syncs, before + 1);
}

TEST_F(FaultsTest, OutputThatCannotBeSyncedKeepsItsTasksFromBeingDurable) {
  begin(Durability::task);
  turn();
  while (journal_->durable() < journal_->appended()) await_news();
  disk_.failing_file = segment_->file().fd();
  disk_.sync_error = EIO;
  end_task(0);
  turn();
  await_news();
  const std::string message = fatal_error([&] { static_cast<void>(journal_->durable()); });
  EXPECT_NE(message.find("seg-0000"), std::string::npos) << message;
}

TEST_F(FaultsTest, ASegmentOfItsOwnReachesTheDiskBeforeItIsKnown) {
  segment_.emplace(run_.create_segment(), disk_);
  segment_->keep_durable(Durability::task);
  end_task_in_segment_only();
  EXPECT_TRUE(segment_->flush());
  EXPECT_TRUE(segment_->flush());
  EXPECT_EQ(disk_.syncs, 1) << "nothing twice";
  disk_.sync_error = EIO;
  end_task_in_segment_only();
  EXPECT_NE(fatal_error([&] { segment_->flush(); }).find("seg-0000"), std::string::npos);
}

TEST_F(FaultsTest, ASegmentAtTheIntervalReachesTheDiskAtItsEnd) {
  segment_.emplace(run_.create_segment(), disk_);
  segment_->keep_durable(Durability::interval);
  end_task_in_segment_only();
  EXPECT_TRUE(segment_->flush());
  segment_.reset();
  EXPECT_EQ(disk_.syncs, 1);
  segment_.emplace(run_.create_segment(), disk_);
  segment_->keep_durable(Durability::none);
  end_task_in_segment_only();
  EXPECT_TRUE(segment_->flush());
  segment_.reset();
  EXPECT_EQ(disk_.syncs, 1);
}

TEST_F(FaultsTest, ARunDirectoryThatIsRemovedIsNoticed) {
  begin(Durability::task);
  turn();
  while (journal_->durable() < journal_->appended()) await_news();
  fs::remove_all(dir_ / "jobs.farm");
  end_task(0);
  turn();
  await_news();
  const std::string message = fatal_error([&] { static_cast<void>(journal_->durable()); });
  EXPECT_NE(message.find("was removed while it was in use"), std::string::npos) << message;
}

}  // namespace
}  // namespace farm::test
