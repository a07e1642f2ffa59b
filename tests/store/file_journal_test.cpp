#include "store/file_journal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <memory>
#include <random>

#include "store/journal_reader.hpp"
#include "store/support.hpp"

namespace farm::test {
namespace {

constexpr int patience_ms = 20'000;

class FileJournalTest : public testing::Test {
 protected:
  std::unique_ptr<FileJournal> make(Durability durability) {
    return std::make_unique<FileJournal>(open_file(), path_, durability, disk_);
  }

  UniqueFd open_file() const {
    return UniqueFd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  }

  // Appends three records and returns their text.
  static std::string append_some(Journal& journal) {
    std::string text;
    for (std::uint64_t task = 0; task < 3; ++task) {
      journal.append(ended(task));
      append_line(text, ended(task));
    }
    return text;
  }

  static bool await_event(const Journal& journal) {
    pollfd ready{journal.fd(), POLLIN, 0};
    return ::poll(&ready, 1, patience_ms) == 1;
  }

  static void await_durable(Journal& journal) {
    while (journal.durable() < journal.appended()) {
      ASSERT_TRUE(await_event(journal));
      journal.acknowledge();
    }
  }

  TempDir dir_;
  std::string path_ = dir_ / "journal";
  FakeDisk disk_;
};

TEST_F(FileJournalTest, KeepsRecordsInMemoryUntilTheyAreWritten) {
  const auto journal = make(Durability::none);
  EXPECT_EQ(journal->appended(), 0u);
  const std::string text = append_some(*journal);
  EXPECT_EQ(journal->appended(), 3u);
  EXPECT_EQ(journal->durable(), 0u);
  EXPECT_EQ(read_file(path_), "");
  journal->write();
  EXPECT_EQ(read_file(path_), text);
  EXPECT_EQ(journal->durable(), 3u);
  EXPECT_EQ(journal->trouble(), "");
  EXPECT_EQ(journal->fd(), -1);
  EXPECT_EQ(disk_.syncs, 0);
}

TEST_F(FileJournalTest, WritesOncePerTurnAndOnlyIfThereIsSomething) {
  const auto journal = make(Durability::none);
  journal->write();
  EXPECT_EQ(disk_.writes, 0);
  append_some(*journal);
  journal->write();
  journal->write();
  EXPECT_EQ(disk_.writes, 1);
}

TEST_F(FileJournalTest, BecomesDurableByItself) {
  for (const Durability durability : {Durability::interval, Durability::task}) {
    const auto journal = make(durability);
    append_some(*journal);
    EXPECT_EQ(journal->durable(), 0u);
    journal->write();
    await_durable(*journal);
    EXPECT_EQ(journal->durable(), 3u);
    pollfd ready{journal->fd(), POLLIN, 0};
    journal->acknowledge();
    EXPECT_EQ(::poll(&ready, 1, 0), 0);
  }
  EXPECT_GE(disk_.syncs, 2);
}

TEST_F(FileJournalTest, SyncsWhenAsked) {
  const auto journal = make(Durability::interval);
  for (int round = 0; round < 50; ++round) {  // at the interval this would take 10 s
    append_some(*journal);
    journal->write();
    journal->sync_soon();
    await_durable(*journal);
  }
  EXPECT_EQ(journal->durable(), 150u);
}

TEST_F(FileJournalTest, SyncsNothingTwice) {
  {
    const auto journal = make(Durability::task);
    append_some(*journal);
    journal->write();
    await_durable(*journal);
    journal->write();
  }
  EXPECT_EQ(disk_.syncs, 1);
}

TEST_F(FileJournalTest, WritesAndSyncsWhatIsLeftAtItsEnd) {
  std::string text;
  {
    const auto journal = make(Durability::interval);
    text = append_some(*journal);
  }
  EXPECT_EQ(read_file(path_), text);
  EXPECT_EQ(disk_.syncs, 1);
}

TEST_F(FileJournalTest, AFullDiskLosesNothingWhereverItStrikes) {
  std::string text;
  for (std::uint64_t task = 0; task < 3; ++task) append_line(text, ended(task));
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    for (std::size_t room = 0; room < text.size(); ++room) {
      ::unlink(path_.c_str());
      disk_.room = room;
      disk_.full_error = error;
      FileJournal journal(open_file(), path_, Durability::none, disk_);
      append_some(journal);
      journal.write();
      ASSERT_NE(journal.trouble().find(path_), std::string::npos);
      ASSERT_EQ(journal.durable(), 0u);
      journal.write();
      ASSERT_NE(journal.trouble(), "");
      append_some(journal);
      disk_.room = text.size();  // not enough yet
      journal.write();
      if (room > 0) {
        disk_.room = 2 * text.size();
        journal.write();
      }
      disk_.room = 2 * text.size();
      journal.write();
      ASSERT_EQ(journal.trouble(), "");
      ASSERT_EQ(journal.durable(), 6u);
      ASSERT_EQ(read_file(path_), text + text);
    }
  }
}

TEST_F(FileJournalTest, ShortWritesAreContinued) {
  for (const std::size_t most : {1u, 2u, 7u, 100u}) {
    ::unlink(path_.c_str());
    disk_.most_at_once = most;
    FileJournal journal(open_file(), path_, Durability::none, disk_);
    const std::string text = append_some(journal);
    journal.write();
    EXPECT_EQ(read_file(path_), text);
  }
}

TEST_F(FileJournalTest, OtherWriteErrorsEndTheRun) {
  const auto journal = make(Durability::interval);
  append_some(*journal);
  disk_.write_error = EIO;
  const std::string message = fatal_error([&] { journal->write(); });
  EXPECT_NE(message.find(path_), std::string::npos) << message;
}

TEST_F(FileJournalTest, AFailedSyncIsFinal) {
  const auto journal = make(Durability::task);
  disk_.sync_error = EIO;
  append_some(*journal);
  journal->write();
  ASSERT_TRUE(await_event(*journal));
  const std::string message = fatal_error([&] { static_cast<void>(journal->durable()); });
  EXPECT_NE(message.find(path_), std::string::npos) << message;
  disk_.sync_error = 0;
  append_some(*journal);
  journal->write();
  journal->sync_soon();
  fatal_error([&] { static_cast<void>(journal->durable()); });
  EXPECT_EQ(disk_.syncs, 1);
}

TEST_F(FileJournalTest, ARealFullDeviceIsTrouble) {
  FileJournal journal(UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)), "/dev/full", Durability::none);
  journal.append(ended(1));
  journal.write();
  EXPECT_EQ(journal.trouble(),
            "cannot write /dev/full: No space left on device; nothing is lost: make room there and it goes on");
  EXPECT_EQ(journal.durable(), 0u);
}

// Runs `body` in a child and returns how it ended, as waitpid says.
template <class Body>
pid_t fork_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  return child;
}

TEST_F(FileJournalTest, ARealFileSizeLimitIsTroubleUntilItIsRaised) {
  const pid_t child = fork_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small{100, limit.rlim_max};
    FileJournal journal(open_file(), path_, Durability::interval);
    append_some(journal);
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) ::_exit(1);
    journal.write();
    if (journal.trouble().empty()) ::_exit(2);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(3);
    journal.write();
    if (!journal.trouble().empty()) ::_exit(4);
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  std::string text;
  for (std::uint64_t task = 0; task < 3; ++task) append_line(text, ended(task));
  EXPECT_EQ(read_file(path_), text);
}

TEST_F(FileJournalTest, AKillAtAnyMomentLosesNothingThatWasWritten) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const std::string run_path = dir_ / ("run" + std::to_string(round));
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    UniqueFd in(ends[0]);
    UniqueFd out(ends[1]);
    const pid_t child = fork_child([&] {
      const RunDir dir = RunDir::open(run_path, stopped_clock);
      RunDir::File file = dir.create_journal();
      FileJournal journal(std::move(file.fd), file.path, Durability::task);
      journal.append(started());
      for (std::uint64_t task = 0;; ++task) {
        journal.append(ended(task));
        if (task % 3 != 0) continue;
        journal.write();
        const std::uint64_t written = task + 1;
        if (::write(out.get(), &written, sizeof written) != sizeof written) ::_exit(1);
      }
    });
    out.reset();
    std::uint64_t promised = 0;
    for (auto reads = random() % 200 + 1; reads > 0; --reads) {
      ASSERT_EQ(::read(in.get(), &promised, sizeof promised), static_cast<ssize_t>(sizeof promised));
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);

    const RunDir dir = RunDir::open(run_path, stopped_clock);
    JournalReader reader(dir.open_journal(1), JournalReader::Damage::refuse);
    Record record;
    ASSERT_TRUE(reader.next(record));
    std::uint64_t task = 0;
    while (reader.next(record)) EXPECT_EQ(line_of(record), line_of(ended(task++)));
    EXPECT_GE(task, promised);
  }
}

}  // namespace
}  // namespace farm::test
