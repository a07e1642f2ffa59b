// A whole farm in one thread: the real master and workers over a loopback, tasks played by a fake launcher, the journal
// and the output real files.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>

#include "farm/error.hpp"
#include "node/master.hpp"
#include "node/worker.hpp"
#include "store/file_journal.hpp"
#include "store/journal_reader.hpp"
#include "support/fake_launcher.hpp"
#include "support/temp_dir.hpp"
#include "wire/loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

class ListSource final : public TaskSource {
 public:
  explicit ListSource(std::vector<std::string> commands) : commands_(std::move(commands)) {}
  Next next(TaskSpec& task) override {
    if (at_ == fails_at) fail_fatal("the list changed");
    if (at_ == commands_.size()) return Next::end;
    if (at_ == pauses_at) return Next::later;
    task = {.command = commands_[at_++]};
    task.files = files;
    if (!results.empty()) task.results = results + std::to_string(at_) + (at_ % 2 == 0 ? "/" : "");
    return Next::task;
  }
  int fd() const override { return -1; }
  std::optional<std::uint64_t> total() const override { return commands_.size(); }
  std::optional<Fingerprint> digest() const override { return Fingerprint{1, 1}; }
  void rewind() override { at_ = 0; }
  void settled(std::uint64_t ordinal) override { ++settled_tasks[ordinal]; }

  std::map<std::uint64_t, int> settled_tasks;
  std::size_t fails_at = SIZE_MAX;
  std::size_t pauses_at = SIZE_MAX;
  std::vector<FileContent> files;  // of every task
  std::string results;             // begins where they go

 private:
  std::vector<std::string> commands_;
  std::size_t at_ = 0;
};

class HeldClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  Nanos wall() const override { return now_.time_since_epoch(); }
  void pass(Nanos time) { now_ += time; }

 private:
  TimePoint now_{1h};
};

class Notes final : public RunObserver {
 public:
  void notice(const std::string& line) override { notices.push_back(line); }
  std::vector<std::string> notices;
};

class FarmTest : public testing::Test {
 protected:
  static std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> commands;
    for (std::size_t i = 0; i < count; ++i) commands.push_back("task " + std::to_string(i));
    return commands;
  }

  void make(std::vector<std::string> commands, RunOptions options = {}, int workers = 2, std::uint32_t slots = 2) {
    options.output = OutputMode::quiet;
    heartbeat_ = HeartbeatTimes::interval(options.heartbeat);
    source_ = std::make_unique<ListSource>(std::move(commands));
    RunDir::File file = dir_.create_journal();
    journal_ = std::make_unique<FileJournal>(std::move(file.fd), file.path, Durability::none);
    journal_->append(RunStarted{.run = "r", .start = 1});
    segment_ = std::make_unique<SegmentWriter>(dir_.create_segment());
    printer_ = std::make_unique<Printer>(Printer::Setup{.mode = OutputMode::quiet}, poller_);
    results_ = std::make_unique<ResultWriter>(
        ResultWriter::Setup{
            .open = [this](const StreamKey& key, const OutputRef& ref) { return OutputReader(dir_, key, ref); },
            .complain = [this](const std::string& line) { notes_.notice(line); }},
        *printer_);
    master_ = std::make_unique<Master>(
        Master::Parts{board_.master(), *journal_, *segment_, *source_, *printer_, notes_, clock_, results_.get()},
        Master::Setup{.options = options,
                      .run = "r",
                      .run_dir = dir_.path(),
                      .launch_dir = "/",
                      .start = 1,
                      .ranks = workers + 1,
                      .knowledge = {.is_kept = [this](TaskId task, const TaskSpec&) { return kept_.contains(task); }}});
    add_worker(master_rank, 0);  // as under mpirun: it is there, but has no slots
    for (int rank = 1; rank <= workers; ++rank) add_worker(Rank{rank}, slots);
  }

  void add_worker(Rank rank, std::uint32_t slots) {
    Member& member = members_[rank];
    member.launcher.script = script_;
    member.worker = std::make_unique<Worker>(
        Worker::Setup{.rank = rank,
                      .host = "n" + std::to_string(value(rank)),
                      .slots = slots,
                      .slot_variable = slot_variable_,
                      .admission = admission_,
                      .heartbeat = heartbeat_,
                      .open_segment = [this](const Welcome&) { return has_shared_dir_ ? open_segment() : nullptr; }},
        board_.worker(rank), member.launcher, clock_);
  }
  std::unique_ptr<SegmentWriter> open_segment() { return std::make_unique<SegmentWriter>(dir_.create_segment()); }

  void turn() {
    for (auto& [rank, member] : members_) {
      if (member.alive) member.worker->turn();
    }
    master_->turn();
    clock_.pass(1ms);
  }

  RunSummary run() {
    for (int turns = 0; !master_->is_over(); ++turns) {
      EXPECT_LT(turns, 100'000);
      if (turns >= 100'000) break;
      turn();
    }
    const RunSummary summary = master_->finish();
    for (auto& [rank, member] : members_) {
      EXPECT_TRUE(!member.alive || member.launcher.is_drained());
      if (!member.alive) continue;
      member.worker->turn();
      EXPECT_TRUE(member.worker->is_over()) << "everybody is sent home";
    }
    return summary;
  }

  void kill(Rank rank) {
    members_[rank].alive = false;
    board_.cut(rank);
  }

  std::map<std::uint64_t, std::vector<AttemptEnded>> ends() {
    JournalReader reader(dir_.open_journal(1), JournalReader::Damage::refuse);
    std::map<std::uint64_t, std::vector<AttemptEnded>> found;
    Record record;
    while (reader.next(record)) {
      if (const auto* end = std::get_if<AttemptEnded>(&record)) found[value(end->task)].push_back(*end);
    }
    return found;
  }

  std::string output(const AttemptEnded& end, Stream stream = Stream::out) {
    const OutputRef& ref = stream == Stream::out ? end.out : end.err;
    if (ref.bytes == 0) return {};
    OutputReader reader(dir_, {end.task, end.attempt, stream}, ref);
    std::string all;
    std::string piece;
    while (reader.next(piece)) all += piece;
    return all;
  }

  std::size_t launched() {
    std::size_t count = 0;
    for (const auto& [rank, member] : members_) count += member.launcher.launched.size();
    return count;
  }

  struct Member {
    FakeLauncher launcher;
    std::unique_ptr<Worker> worker;
    bool alive = true;
  };

  TempDir temp_;
  SystemClock system_;
  HeldClock clock_;
  Poller poller_;
  RunDir dir_ = RunDir::open(temp_ / "run", system_);
  Loopback board_;
  Notes notes_;
  std::set<TaskId> kept_;
  bool has_shared_dir_ = true;
  std::string slot_variable_;
  Nanos heartbeat_{0};
  Admission::Setup admission_;
  std::function<FakeLauncher::Play(const LaunchRequest&)> script_ = [](const LaunchRequest&) {
    return FakeLauncher::Play{};
  };
  std::unique_ptr<ListSource> source_;
  std::unique_ptr<FileJournal> journal_;
  std::unique_ptr<SegmentWriter> segment_;
  std::unique_ptr<Printer> printer_;
  std::unique_ptr<ResultWriter> results_;
  std::unique_ptr<Master> master_;
  std::map<Rank, Member> members_;
};

TEST_F(FarmTest, RunsEveryTaskOnce) {
  make(numbered(1000));
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 0);
  EXPECT_EQ(summary.last.succeeded, 1000U);
  EXPECT_EQ(launched(), 1000U);
  const auto all = ends();
  EXPECT_EQ(all.size(), 1000U);
  for (const auto& [task, attempts] : all) EXPECT_EQ(attempts.size(), 1U);
  for (const auto& [rank, member] : members_) EXPECT_LE(member.launcher.most_running, 2U) << "no more than its slots";
}

TEST_F(FarmTest, AnEmptyManifestIsASuccess) {
  make({});
  EXPECT_EQ(run().status, 0);
}

TEST_F(FarmTest, FailuresAreRetriedThenRecorded) {
  script_ = [](const LaunchRequest& request) {
    const bool fails = request.command == "task 3" || (request.command == "task 5" && value(request.attempt) < 2);
    return FakeLauncher::Play{.code = fails ? 7 : 0};
  };
  make(numbered(10), {.tries = 3});
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 1);
  EXPECT_EQ(summary.last.failed, 1U);
  EXPECT_EQ(summary.last.succeeded, 9U);
  const auto all = ends();
  ASSERT_EQ(all.at(3).size(), 3U);
  EXPECT_FALSE(all.at(3)[1].final);
  EXPECT_TRUE(all.at(3)[2].final);
  EXPECT_EQ(all.at(3)[2].outcome.code, 7);
  EXPECT_EQ(all.at(5).size(), 3U);
}

TEST_F(FarmTest, TheSourceHearsOfEveryTasksLastEnd) {
  script_ = [](const LaunchRequest& request) {
    return FakeLauncher::Play{.code = request.command == "task 3" ? 1 : 0};
  };
  RunOptions options;
  options.tries = 3;
  make(numbered(10), options);
  for (int turns = 0; turns < 3; ++turns) {
    turn();
    for (const auto& [ordinal, times] : source_->settled_tasks) EXPECT_TRUE(ends().contains(ordinal)) << ordinal;
  }
  run();
  EXPECT_EQ(ends().at(3).size(), 3u);
  EXPECT_EQ(source_->settled_tasks.size(), 10u);
  for (const auto& [ordinal, times] : source_->settled_tasks) EXPECT_EQ(times, 1) << ordinal;
}

TEST_F(FarmTest, KeptTasksAreNotRunAgain) {
  kept_ = {TaskId{0}, TaskId{4}};
  make(numbered(5));
  const RunSummary summary = run();
  EXPECT_EQ(summary.last.kept, 2U);
  EXPECT_EQ(launched(), 3U);
  EXPECT_EQ(summary.left, std::optional<std::uint64_t>(0));
}

TEST_F(FarmTest, ALostWorkersTasksAreDoneElsewhere) {
  script_ = [](const LaunchRequest& request) {
    return FakeLauncher::Play{.runs_until_stopped = request.command == "task 0" && value(request.attempt) == 0};
  };
  make(numbered(100));
  for (int i = 0; i < 20; ++i) turn();
  const Rank victim = members_[Rank{1}].launcher.is_drained() ? Rank{2} : Rank{1};
  kill(victim);
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 0);
  EXPECT_EQ(summary.last.succeeded, 100U);
  ASSERT_FALSE(notes_.notices.empty());
  EXPECT_NE(notes_.notices[0].find("is lost"), std::string::npos);
}

TEST_F(FarmTest, ASilentWorkersTasksAreDoneElsewhereAndWhatItSaysLaterIsDropped) {
  bool is_frozen = true;
  script_ = [&](const LaunchRequest& request) {
    return FakeLauncher::Play{.runs_until_stopped = request.command == "task 0" && is_frozen};
  };
  make(numbered(100), {.heartbeat = 1s});
  for (int i = 0; i < 20; ++i) turn();
  const Rank silent = members_[Rank{1}].launcher.is_drained() ? Rank{2} : Rank{1};
  Member& frozen = members_[silent];
  frozen.alive = false;  // for all that can be seen
  is_frozen = false;
  const TimePoint since = clock_.now();
  const RunSummary summary = run();
  EXPECT_LE(clock_.now() - since, 1s);
  EXPECT_EQ(summary.status, 0);
  EXPECT_EQ(summary.last.succeeded, 100U);
  ASSERT_FALSE(notes_.notices.empty());
  EXPECT_NE(notes_.notices[0].find("is lost (not heard of for 1 s)"), std::string::npos) << notes_.notices[0];
  EXPECT_EQ(ends().at(0).size(), 1U);

  // It wakes, and its task ends.
  frozen.launcher.stop({TaskId{0}, Attempt{0}}, {});
  frozen.worker->turn();
  frozen.worker->turn();
  EXPECT_TRUE(frozen.worker->has_lost_ranks()) << "it is told to leave";
  while (const auto envelope = board_.master().receive())
    EXPECT_NE(envelope->from, silent) << "nobody hears of that end";
}

TEST_F(FarmTest, ABusyOrIdleWorkerIsNotGivenUp) {
  script_ = [](const LaunchRequest& request) {
    return FakeLauncher::Play{.runs_until_stopped = request.command == "task 0"};
  };
  make(numbered(3), {.heartbeat = 1s}, 2, 1);
  for (int i = 0; i < 5000; ++i) turn();
  EXPECT_TRUE(notes_.notices.empty()) << notes_.notices[0];
  EXPECT_GT(members_[Rank{2}].launcher.beats, 30);
  master_->stop("enough");
  EXPECT_EQ(run().last.succeeded, 2U);
}

TEST_F(FarmTest, ATaskThatTakesDownThreeWorkersFailsAndIsRecorded) {
  script_ = [](const LaunchRequest& request) {
    return FakeLauncher::Play{.runs_until_stopped = request.command == "task 0"};
  };
  make(numbered(10), {}, 4, 1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) turn();
    for (int rank = 1; rank <= 4; ++rank) {
      if (members_[Rank{rank}].alive && members_[Rank{rank}].worker->running() > 0) kill(Rank{rank});
    }
  }
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 1);
  EXPECT_EQ(summary.last.failed, 1U);
  EXPECT_EQ(summary.last.succeeded, 9U);
  const AttemptEnded end = ends().at(0).back();
  EXPECT_TRUE(end.final);
  EXPECT_EQ(end.outcome.cause, Cause::lost);
}

TEST_F(FarmTest, WithoutWorkersTheRunStops) {
  script_ = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  make(numbered(10));
  for (int i = 0; i < 5; ++i) turn();
  kill(Rank{1});
  kill(Rank{2});
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 75);
  EXPECT_EQ(summary.left, std::optional<std::uint64_t>(10));
  EXPECT_EQ(summary.stopped_by, "all workers are gone");
}

TEST_F(FarmTest, ResultsGoWhereTheTaskSaysAndAreOfTheLastTry) {
  script_ = [](const LaunchRequest& request) {
    const bool is_second_try = value(request.attempt) == 1;
    return FakeLauncher::Play{.code = is_second_try ? 0 : 1,
                              .chunks = {std::string(20'000, is_second_try ? 'y' : 'x')},
                              .out = request.command,
                              .err = is_second_try ? "good" : "bad"};
  };
  const auto text = [this](const std::string& name) {
    std::ifstream file(temp_ / name, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  };
  make(numbered(400), {.tries = 2});
  source_->results = temp_ / "new/r";
  EXPECT_EQ(run().last.succeeded, 400U);
  EXPECT_EQ(text("new/r1"), std::string(20'000, 'y') + "task 0");
  EXPECT_EQ(text("new/r1.err"), "good");
  EXPECT_EQ(text("new/r1.seq"), "1");
  EXPECT_EQ(text("new/r400/stdout"), std::string(20'000, 'y') + "task 399");
  EXPECT_EQ(text("new/r400/seq"), "400");
  const std::filesystem::directory_iterator all(temp_ / "new");
  EXPECT_EQ(std::distance(begin(all), end(all)), 200 * 3 + 200) << "all are in place when the run is over";
}

TEST_F(FarmTest, TasksFindTheirFilesAndTheirSlot) {
  slot_variable_ = "GPU";
  script_ = [this](const LaunchRequest& request) {
    EXPECT_EQ(request.env.back(), std::pair(std::string("GPU"), std::to_string(request.slot - 1)));
    return FakeLauncher::Play{.code = std::filesystem::exists(temp_ / "new/deck") ? 0 : 1};
  };
  make(numbered(3));
  source_->files = {{temp_ / "new/deck", "text"}};
  EXPECT_EQ(run().last.succeeded, 3U);
}

TEST_F(FarmTest, ATaskWhoseFilesCannotBeWrittenIsNotStarted) {
  make(numbered(3), {.tries = 2});
  source_->files = {{temp_.write("file", "") + "/below", "text"}};
  const RunSummary summary = run();
  EXPECT_EQ(summary.last.failed, 3U);
  EXPECT_EQ(launched(), 0U);
  const AttemptEnded end = ends().at(0).at(1);
  EXPECT_EQ(end.outcome.cause, Cause::not_started);
  EXPECT_EQ(end.outcome.code, ENOTDIR);
  EXPECT_NE(output(end, Stream::err).find("file/below: Not a directory"), std::string::npos);
  EXPECT_LE(notes_.notices.size(), 2U) << "once for each worker";
}

TEST_F(FarmTest, ANodeWithoutRoomStartsNothingUntilItHasSome) {
  std::uint64_t free = 10;
  admission_ = {.free_memory = 100, .look = [&free] { return NodeState{.free_memory_bytes = free}; }};
  make(numbered(10));
  for (int i = 0; i < 3000; ++i) turn();
  EXPECT_EQ(launched(), 0U);
  free = 100;
  EXPECT_EQ(run().last.succeeded, 10U);
}

TEST_F(FarmTest, TheYoungestGoesWhenMemoryIsShortAndIsDoneAnotherTime) {
  std::uint64_t free = 100;
  bool is_first = true;
  admission_ = {.free_memory = 100, .look = [&free] { return NodeState{.free_memory_bytes = free}; }};
  script_ = [&](const LaunchRequest& request) {
    return FakeLauncher::Play{.runs_until_stopped = is_first && request.command == "task 1"};
  };
  make(numbered(2), {}, 1, 2);
  for (int i = 0; i < 100; ++i) turn();
  EXPECT_EQ(launched(), 2U);
  is_first = false;
  free = 49;
  for (int i = 0; i < 2000; ++i) turn();
  EXPECT_EQ(launched(), 2U) << "it waits for memory now";
  free = 100;
  const RunSummary summary = run();
  EXPECT_EQ(summary.last.succeeded, 2U);
  EXPECT_EQ(summary.last.failed, 0U);
  EXPECT_EQ(ends().at(1).at(0).outcome.cause, Cause::cancelled);
}

TEST_F(FarmTest, DrainLetsRunningTasksEndAndSaysWhatIsLeft) {
  make(numbered(1000));
  for (int i = 0; i < 5; ++i) turn();
  master_->drain("SIGUSR1");
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 75);
  EXPECT_EQ(summary.last.failed, 0U);
  EXPECT_EQ(*summary.left + summary.last.succeeded, 1000U);
  EXPECT_EQ(ends().size(), summary.last.succeeded);
}

TEST_F(FarmTest, StopEndsWhatRuns) {
  script_ = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  make(numbered(10));
  for (int i = 0; i < 5; ++i) turn();
  master_->stop("SIGTERM");
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 75);
  EXPECT_EQ(summary.left, std::optional<std::uint64_t>(10));
  for (const auto& [task, attempts] : ends()) EXPECT_EQ(attempts[0].outcome.cause, Cause::cancelled);
}

TEST_F(FarmTest, HaltOnSuccessIsASuccess) {
  make(numbered(100), {.halt = {.when = HaltRule::When::now, .why = HaltRule::Why::success, .count = 3}});
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 0);
  EXPECT_GE(summary.last.succeeded, 3U);
  EXPECT_LT(summary.last.succeeded, 20U);
}

TEST_F(FarmTest, SmallOutputIsStoredByTheMaster) {
  script_ = [](const LaunchRequest& request) { return FakeLauncher::Play{.out = request.command + "\n", .err = "e"}; };
  make(numbered(20));
  run();
  for (const auto& [task, attempts] : ends()) {
    EXPECT_EQ(output(attempts[0]), "task " + std::to_string(task) + "\n");
    EXPECT_EQ(output(attempts[0], Stream::err), "e");
  }
}

TEST_F(FarmTest, LargeOutputIsStoredByTheWorkerWhereItCan) {
  script_ = [](const LaunchRequest&) { return FakeLauncher::Play{.chunks = {"one ", "two "}, .out = "three"}; };
  make(numbered(20));
  run();
  const auto all = ends();
  ASSERT_EQ(all.size(), 20U);
  for (const auto& [task, attempts] : all) {
    EXPECT_EQ(output(attempts[0]), "one two three");
    EXPECT_NE(attempts[0].out.segment, 1U) << "not the master's segment";
  }
}

TEST_F(FarmTest, WhereItCannotTheMasterStoresIt) {
  has_shared_dir_ = false;
  script_ = [](const LaunchRequest&) { return FakeLauncher::Play{.chunks = {"one ", "two "}, .out = "three"}; };
  make(numbered(20));
  run();
  std::size_t given_back = 0;
  for (const auto& [task, attempts] : ends()) EXPECT_EQ(output(attempts[0]), "one two three");
  for (int i = 0; i < 3; ++i) {
    for (auto& [rank, member] : members_) member.worker->turn();  // the last credits are still on their way
  }
  for (const auto& [rank, member] : members_) given_back += member.launcher.given_back;
  EXPECT_EQ(given_back, 20U * 8);
}

TEST_F(FarmTest, AManifestThatCannotBeReadOnEndsTheRunButLosesNothing) {
  make(numbered(1000));
  source_->fails_at = 700;
  const RunSummary summary = run();
  EXPECT_EQ(summary.status, 255);
  EXPECT_EQ(ends().size(), summary.last.succeeded);
  EXPECT_FALSE(notes_.notices.empty());
}

TEST_F(FarmTest, ASlowSourceIsWaitedFor) {
  make(numbered(20));
  source_->pauses_at = 7;
  for (int i = 0; i < 50; ++i) turn();
  EXPECT_EQ(launched(), 7U);
  EXPECT_TRUE(master_->waits_for_source());
  source_->pauses_at = SIZE_MAX;
  EXPECT_EQ(run().last.succeeded, 20U);
}

TEST_F(FarmTest, ShortTasksShareMessages) {
  script_ = [](const LaunchRequest&) { return FakeLauncher::Play{.wall = 10us}; };
  make(numbered(2000), {}, 1, 1);
  run();
  JournalReader reader(dir_.open_journal(1), JournalReader::Damage::refuse);
  Record record;
  std::size_t batches = 0;
  while (reader.next(record)) batches += std::holds_alternative<TasksSent>(record) ? 1U : 0U;
  EXPECT_LT(batches, 2000U / 2) << "two and more to a message";
}

TEST_F(FarmTest, AWorkerThatStartsLateIsSentHome) {
  make({});
  members_.erase(Rank{2});
  run();
  add_worker(Rank{2}, 2);
  members_[Rank{2}].worker->turn();
  EXPECT_TRUE(members_[Rank{2}].worker->is_over());
}

TEST_F(FarmTest, AWorkerOfAnotherVersionIsRefused) {
  make(numbered(1));
  board_.worker(Rank{3}).post(master_rank, Hello{.farm_version = "0.0.0-other", .host = "old"});
  EXPECT_THROW(run(), Error);
}

}  // namespace
}  // namespace farm
