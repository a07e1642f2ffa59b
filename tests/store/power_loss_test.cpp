// What a disk may hold after the power failed: everything that was synced, and of the rest any part in any order. Found
// by recording what real sessions write and sync, and building every such disk from it.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include <map>
#include <mutex>
#include <random>
#include <set>

#include "store/file_journal.hpp"
#include "store/output_reader.hpp"
#include "store/replay.hpp"
#include "store/segment_writer.hpp"
#include "store/support.hpp"

namespace farm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t all_tasks = 24;
constexpr int patience_ms = 20'000;

struct Step {
  enum class Kind { write, synced, promised };
  Kind kind{};
  std::string file{};               ///< its name below the run directory
  std::uint64_t offset = 0;         ///< of a write
  std::string bytes{};              ///< of a write
  std::size_t begun = 0;            ///< of a sync: the step at which it was begun
  std::set<std::uint64_t> tasks{};  ///< promised
};

/// The real calls, and a record of them in order.
class TracedDisk final : public FileOps {
 public:
  explicit TracedDisk(std::string root) : root_(fs::canonical(root).string()) {}

  ssize_t write(int fd, std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    const ssize_t count = FileOps::write(fd, bytes);
    if (count <= 0) return count;
    const std::string file = name_of(fd);
    steps_.push_back({.kind = Step::Kind::write, .file = file, .offset = sizes_[file], .bytes = std::string(bytes)});
    sizes_[file] += bytes.size();
    return count;
  }

  int sync(int fd) override {
    std::unique_lock lock(mutex_);
    const std::size_t begun = steps_.size();
    lock.unlock();
    const int result = FileOps::sync(fd);
    lock.lock();
    steps_.push_back({.kind = Step::Kind::synced, .file = name_of(fd), .begun = begun});
    return result;
  }

  void promise(const std::set<std::uint64_t>& tasks) {
    const std::lock_guard lock(mutex_);
    steps_.push_back({.kind = Step::Kind::promised, .tasks = tasks});
  }

  std::vector<Step> steps() const {
    const std::lock_guard lock(mutex_);
    return steps_;
  }

 private:
  std::string name_of(int fd) const {
    const std::string path = fs::read_symlink(fmt::format("/proc/self/fd/{}", fd)).string();
    return path.substr(root_.size() + 1);
  }

  std::string root_;
  mutable std::mutex mutex_;
  std::vector<Step> steps_;
  std::map<std::string, std::uint64_t> sizes_;
};

std::string output_of(std::uint64_t task) {
  return fmt::format("output of {}: {}\n", task, std::string(task * 7, 'x'));
}

/// One start of a run, as the master goes about it, with everything that is left to do.
class Session {
 public:
  Session(const std::string& path, Durability durability, FileOps& disk)
      : dir_(RunDir::open(path, stopped_clock)), done_before_(done(dir_)) {
    RunDir::File file = dir_.create_journal();
    journal_.emplace(std::move(file.fd), file.path, durability, disk);
    journal_->append(started(file.number > 1));
    segment_.emplace(dir_.create_segment(), disk);
    journal_->points_into(segment_->file(), FileJournal::Sync::too);
  }

  static History load(const RunDir& dir) {
    const Replay replay(dir, JournalReader::Damage::refuse);
    return replay.load(replay.continues(started().digest) ? Replay::By::ordinal : Replay::By::identity);
  }

  /// What an earlier start has done: by number, or, where numbers do not hold, by identity.
  static std::set<std::uint64_t> done(const RunDir& dir) {
    History history = load(dir);
    std::set<std::uint64_t> tasks;
    for (std::uint64_t task = 0; task < all_tasks; ++task) {
      const bool by_identity = history.successes.take(ended(task).identity);
      if (by_identity || history.succeeded.contains(TaskId{task})) tasks.insert(task);
    }
    return tasks;
  }

  /// Runs tasks; what has become durable is promised, and added to `promised`.
  void run(std::mt19937& random, TracedDisk& disk, std::set<std::uint64_t>& promised) {
    for (const std::uint64_t task : done_before_) journal_->append(TasksKept{TaskId{task}, TaskId{task}});
    for (std::uint64_t task = 0; task < all_tasks; ++task) {
      if (done_before_.contains(task)) continue;
      journal_->append(sent({task}));
      AttemptEnded end = ended(task);
      end.out = segment_->append({end.task, end.attempt, Stream::out}, {}, output_of(task));
      journal_->append(end);
      ends_[journal_->appended()] = task;
      if (random() % 2 == 0) turn();
      if (random() % 4 == 0) tell(disk, promised);
    }
    turn();
    tell(disk, promised);
  }

  const std::set<std::uint64_t>& done_before() const { return done_before_; }

 private:
  void turn() {
    ASSERT_TRUE(segment_->flush());
    journal_->write();
  }

  void tell(TracedDisk& disk, std::set<std::uint64_t>& promised) {
    turn();
    const std::uint64_t written = journal_->appended();
    journal_->sync_soon();
    while (journal_->durable() < written) {
      pollfd ready{journal_->fd(), POLLIN, 0};
      ASSERT_EQ(::poll(&ready, 1, patience_ms), 1);
      journal_->acknowledge();
    }
    for (const auto& [position, task] : ends_) {
      if (position <= journal_->durable()) promised.insert(task);
    }
    disk.promise(promised);
  }

  RunDir dir_;
  std::set<std::uint64_t> done_before_;
  std::optional<SegmentWriter> segment_;
  std::optional<FileJournal> journal_;
  std::map<std::uint64_t, std::uint64_t> ends_;  // task by the number of its record
};

/// The files of a run directory, by name.
using Files = std::map<std::string, std::string>;

void place(Files& files, const Step& write, std::size_t bytes) {
  std::string& file = files[write.file];
  if (file.size() < write.offset + bytes) file.resize(write.offset + bytes, '\0');
  file.replace(write.offset, bytes, write.bytes, 0, bytes);
}

/// Which unsynced writes survive, and how much of each.
using Survives = std::function<std::size_t(const Step& write)>;

Files disk_after(const std::vector<Step>& steps, std::size_t end, const Files& before, const Survives& survives) {
  std::map<std::string, std::size_t> synced;
  for (std::size_t i = 0; i < end; ++i) {
    if (steps[i].kind == Step::Kind::synced) synced[steps[i].file] = std::max(synced[steps[i].file], steps[i].begun);
  }
  Files files = before;
  for (std::size_t i = 0; i < end; ++i) {
    const Step& step = steps[i];
    if (step.kind != Step::Kind::write) continue;
    const bool is_safe = i < synced[step.file];
    const std::size_t bytes = is_safe ? step.bytes.size() : survives(step);
    if (bytes > 0) place(files, step, bytes);
  }
  return files;
}

std::set<std::uint64_t> promised_by(const std::vector<Step>& steps, std::size_t end) {
  std::set<std::uint64_t> tasks;
  for (std::size_t i = 0; i < end; ++i) {
    if (steps[i].kind == Step::Kind::promised) tasks.insert(steps[i].tasks.begin(), steps[i].tasks.end());
  }
  return tasks;
}

void write_disk(const std::string& path, const Files& files) {
  fs::remove_all(path);
  fs::create_directories(path + "/output");
  ::chmod(path.c_str(), 0700);
  write_file(path + "/lock", "");
  write_file(path + "/journal-0001.jsonl", "");
  for (const auto& [name, bytes] : files) write_file(path + "/" + name, bytes);
}

// Every output that is pointed to by a success that was promised can be read; the others are right or known as
// incomplete.
void check_outputs(const RunDir& dir, const std::set<std::uint64_t>& promised) {
  for (const std::uint32_t number : dir.journals()) {
    JournalReader reader(dir.open_journal(number), JournalReader::Damage::refuse);
    Record record;
    while (reader.next(record)) {
      const auto* end = std::get_if<AttemptEnded>(&record);
      if (end == nullptr) continue;
      const std::uint64_t task = value(end->task);
      try {
        OutputReader output(dir, {end->task, end->attempt, Stream::out}, end->out);
        std::string all;
        for (std::string piece; output.next(piece);) all += piece;
        ASSERT_EQ(all, output_of(task));
      } catch (const Error& error) {
        ASSERT_FALSE(promised.contains(task)) << error.what();
      }
    }
  }
}

void check(const std::string& path, const std::set<std::uint64_t>& promised) {
  const RunDir dir = RunDir::view(path);
  std::set<std::uint64_t> done;
  ASSERT_NO_THROW(done = Session::done(dir));
  for (const std::uint64_t task : promised) ASSERT_TRUE(done.contains(task)) << "task " << task << " is lost";
  check_outputs(dir, promised);
}

class PowerLossTest : public testing::TestWithParam<std::tuple<Durability, unsigned>> {
 protected:
  static Survives at_random(std::mt19937& random) {
    return [&random](const Step& write) -> std::size_t {
      switch (random() % 3) {
        case 0:
          return 0;
        case 1:
          return write.bytes.size();
        default:
          return random() % write.bytes.size();
      }
    };
  }

  static std::size_t nothing(const Step&) { return 0; }
  static std::size_t everything(const Step& write) { return write.bytes.size(); }

  TempDir temporary_;
  std::string path_ = temporary_ / "jobs.farm";
};

TEST_P(PowerLossTest, WhateverReachedTheDiskNothingPromisedIsLost) {
  const auto [durability, seed] = GetParam();
  std::mt19937 random(seed);
  std::set<std::uint64_t> promised;
  write_disk(path_, {});
  fs::remove(path_ + "/journal-0001.jsonl");
  const Files before;
  TracedDisk disk(path_);
  Session(path_, durability, disk).run(random, disk, promised);
  EXPECT_EQ(promised.size(), all_tasks);
  const std::vector<Step> steps = disk.steps();

  const std::string crashed = temporary_ / "crashed.farm";
  for (std::size_t end = 0; end <= steps.size(); ++end) {
    SCOPED_TRACE(fmt::format("after step {} of {}", end, steps.size()));
    const std::set<std::uint64_t> safe = promised_by(steps, end);
    for (const Survives& survives : {Survives(nothing), Survives(everything)}) {
      write_disk(crashed, disk_after(steps, end, before, survives));
      ASSERT_NO_FATAL_FAILURE(check(crashed, safe));
    }
    for (int round = 0; round < 8; ++round) {
      write_disk(crashed, disk_after(steps, end, before, at_random(random)));
      ASSERT_NO_FATAL_FAILURE(check(crashed, safe));
    }
  }
}

TEST_P(PowerLossTest, WhatCarriesOnRunsNothingTwiceAndMayFailAgain) {
  const auto [durability, seed] = GetParam();
  std::mt19937 random(seed);
  for (int round = 0; round < 6; ++round) {
    Files files;
    std::set<std::uint64_t> safe;
    write_disk(path_, files);
    fs::remove(path_ + "/journal-0001.jsonl");
    for (int failures = 0; failures < 4; ++failures) {
      SCOPED_TRACE(fmt::format("round {}, after {} failures", round, failures));
      TracedDisk disk(path_);
      std::set<std::uint64_t> promised = safe;
      {
        Session session(path_, durability, disk);
        for (const std::uint64_t task : safe) ASSERT_TRUE(session.done_before().contains(task)) << "it would run twice";
        ASSERT_NO_FATAL_FAILURE(session.run(random, disk, promised));
      }
      const std::vector<Step> steps = disk.steps();
      const std::size_t end = random() % (steps.size() + 1);
      const std::set<std::uint64_t> now = promised_by(steps, end);
      safe.insert(now.begin(), now.end());
      files = disk_after(steps, end, files, at_random(random));
      write_disk(path_, files);
      ASSERT_NO_FATAL_FAILURE(check(path_, safe));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerLossTest,
                         testing::Combine(testing::Values(Durability::task, Durability::interval),
                                          testing::Values(1U, 2U, 3U)));

}  // namespace
}  // namespace farm::test
