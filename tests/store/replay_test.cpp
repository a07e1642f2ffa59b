#include "store/replay.hpp"

#include <fmt/format.h>

#include "store/support.hpp"

namespace farm::test {
namespace {

using Damage = JournalReader::Damage;

class ReplayTest : public testing::Test {
 protected:
  // Adds the journal of one more start.
  void add(const std::vector<Record>& records) {
    std::string text;
    for (const Record& record : records) append_line(text, record);
    add_text(text);
  }

  void add_text(std::string_view text) { write_file(journal_path(++journals_), text); }

  std::string journal_path(int number) const { return dir_ / fmt::format("jobs.farm/journal-{:04}.jsonl", number); }

  Replay replay(Damage damage = Damage::refuse) const { return Replay(run_, damage); }
  History load(Replay::By by = Replay::By::ordinal, Damage damage = Damage::refuse) const {
    return replay(damage).load(by);
  }

  TempDir dir_;
  RunDir run_ = RunDir::open(dir_ / "jobs.farm", stopped_clock);
  int journals_ = 0;
};

std::vector<std::uint64_t> tasks_of(const TaskSet& set) {
  std::vector<std::uint64_t> tasks;
  for (std::uint64_t task = 0; task < 100; ++task) {
    if (set.contains(TaskId{task})) tasks.push_back(task);
  }
  return tasks;
}

using Tasks = std::vector<std::uint64_t>;

AttemptEnded ended_with(std::uint64_t task, Cause cause, bool final) {
  AttemptEnded record = ended(task, 1);
  record.outcome.cause = cause;
  record.final = final;
  return record;
}

TEST_F(ReplayTest, ANewRunHasNoHistory) {
  const Replay nothing = replay();
  EXPECT_EQ(nothing.starts(), 0u);
  EXPECT_FALSE(nothing.last());
  EXPECT_FALSE(nothing.continues(Fingerprint{1, 2}));
  for (const auto by : {Replay::By::ordinal, Replay::By::identity}) {
    const History history = nothing.load(by);
    EXPECT_EQ(history.succeeded.size(), 0u);
    EXPECT_EQ(history.successes.size(), 0u);
    EXPECT_FALSE(history.end);
  }
}

TEST_F(ReplayTest, OnlyTheSameManifestContinues) {
  add({started()});
  EXPECT_TRUE(replay().continues(Fingerprint{1, 2}));
  EXPECT_FALSE(replay().continues(Fingerprint{1, 3}));
  EXPECT_FALSE(replay().continues(std::nullopt));
  add({started(false, std::nullopt)});
  EXPECT_FALSE(replay().continues(std::nullopt)) << "two streams are never the same";
}

TEST_F(ReplayTest, SuccessesOfAChainAddUp) {
  add({started(), ended(0), ended(1, 1), ended(7)});
  add({started(true), ended(1), TasksKept{TaskId{3}, TaskId{5}}});
  const History history = load();
  EXPECT_EQ(tasks_of(history.succeeded), (Tasks{0, 1, 3, 4, 5, 7}));
  EXPECT_EQ(history.succeeded.size(), 6u);
  EXPECT_TRUE(history.failed.empty());
}

TEST_F(ReplayTest, OrdinalsOfAnEarlierManifestMeanNothing) {
  add({started(), ended(0), ended(1)});
  add({started(false, Fingerprint{8, 8}), TasksKept{TaskId{4}, TaskId{4}}, ended(5)});
  add({started(true, Fingerprint{8, 8}), ended(6)});
  EXPECT_EQ(tasks_of(load().succeeded), (Tasks{4, 5, 6}));
  EXPECT_EQ(replay().starts(), 3u);
}

TEST_F(ReplayTest, AClaimToContinueAnotherManifestIsNotBelieved) {
  add({started(), ended(0)});
  add({started(true, Fingerprint{8, 8}), ended(5)});
  EXPECT_EQ(tasks_of(load().succeeded), (Tasks{5}));
}

TEST_F(ReplayTest, IdentitiesOfAllStartsAreUsedUpOneByOne) {
  AttemptEnded twin = ended(2);
  twin.identity = ended(0).identity;
  add({started(), ended(0), ended(1, 1), twin});
  add({started(false, Fingerprint{8, 8}), TasksKept{TaskId{0}, TaskId{1}}, ended(5)});
  History history = load(Replay::By::identity);
  EXPECT_EQ(history.successes.size(), 3u) << "what was kept is no new success";
  EXPECT_TRUE(history.successes.take(ended(0).identity));
  EXPECT_TRUE(history.successes.take(ended(0).identity));
  EXPECT_FALSE(history.successes.take(ended(0).identity));
  EXPECT_FALSE(history.successes.take(ended(1).identity)) << "it failed";
  EXPECT_TRUE(history.successes.take(ended(5).identity));
  EXPECT_EQ(history.successes.size(), 0u);
}

TEST_F(ReplayTest, ATaskThatSucceedsTwiceIsStillOne) {
  add({started(), ended(0)});
  add({started(true), ended(0)});
  EXPECT_EQ(load(Replay::By::identity).successes.size(), 1u);
  EXPECT_EQ(load(Replay::By::ordinal).successes.size(), 0u) << "not asked for";
}

TEST_F(ReplayTest, FailuresAreTheLastAndFinalOnes) {
  AttemptEnded second = ended(1, 4);
  second.attempt = Attempt{1};
  add({started(), ended(0, 1), ended(1, 3), ended(2, 1)});
  add({started(true), second, ended(0), ended_with(3, Cause::cancelled, true), ended_with(4, Cause::exited, false),
       ended_with(5, Cause::lost, true)});
  const History history = load();
  ASSERT_EQ(history.failed.size(), 3u);
  EXPECT_EQ(history.failed.at(TaskId{1}).outcome.code, 4);
  EXPECT_EQ(history.failed.at(TaskId{1}).attempt, Attempt{1});
  EXPECT_EQ(history.failed.at(TaskId{2}).outcome.code, 1);
  EXPECT_EQ(history.failed.at(TaskId{5}).outcome.cause, Cause::lost);
}

TEST_F(ReplayTest, WhatWasSentAndNeverEndedWasLost) {
  add({started(), sent({50, 51})});
  AttemptEnded retried = ended(9, 1);
  retried.final = false;
  TasksSent again = sent({});
  again.items.push_back({TaskId{9}, Attempt{1}});
  add({started(true), sent({9, 8, 7}), ended(8), retried, again});
  const History history = load();
  const std::vector<TasksSent::Item> expected{{TaskId{7}, Attempt{0}}, {TaskId{9}, Attempt{1}}};
  EXPECT_EQ(history.lost, expected) << "of the last start only";
}

TEST_F(ReplayTest, WhatWasBegunInVainIsUnfinishedUntilItSucceeds) {
  AttemptEnded passed_over = ended(3, 0);
  passed_over.outcome.up_to_date = true;
  add({started(), ended(3), sent({0, 1, 2, 3}), ended(0, 1), ended_with(1, Cause::cancelled, false), passed_over});
  EXPECT_EQ(load().unfinished, (std::unordered_set{TaskId{0}, TaskId{1}, TaskId{2}}));
  const Nanos before = load().durations.of(TaskId{3});
  EXPECT_GT(before, Nanos::zero()) << "that nothing was run says nothing of how long it takes";
  add({started(true), ended(0), ended(1, 1)});
  EXPECT_EQ(load().unfinished, (std::unordered_set{TaskId{1}, TaskId{2}}));
  add({started(false, Fingerprint{9, 9})});
  EXPECT_TRUE(load().unfinished.empty());
}

TEST_F(ReplayTest, WhoRanWhereItBrokeOffTwiceIsSuspect) {
  add({started(), sent({0, 1, 2}), ended(2)});
  EXPECT_TRUE(load().suspects.empty()) << "once is bad luck";
  add({started(true), sent({0, 1, 3}), ended(1)});
  EXPECT_EQ(load().suspects, std::unordered_set{TaskId{0}}) << "the other has succeeded";
  add({started(true), sent({0, 3}), WorkerLost{Rank{1}, "it died", {}}, RunEnded{}});
  EXPECT_EQ(load().suspects, (std::unordered_set{TaskId{0}, TaskId{3}}));
  TasksSent elsewhere = sent({4});
  elsewhere.worker = Rank{2};
  const WorkerLost lost{Rank{1}, "it died", {}};
  add({started(true), elsewhere, lost, lost, ended(0), RunEnded{}});
  EXPECT_EQ(load().suspects, std::unordered_set{TaskId{3}}) << "what ran elsewhere had no part in it";
}

TEST_F(ReplayTest, TheLastStartTellsHowItEnded) {
  const RunEnded end{2, 1, 0, "done", Nanos{5}};
  add({started(), end});
  EXPECT_EQ(load().end, end);
  add({started(true)});
  EXPECT_FALSE(load().end);
}

TEST_F(ReplayTest, StartsThatRecordedNothingAreNotInTheWay) {
  add({started(), ended(0)});
  add_text("");
  const std::string header = line_of(started(true));
  add_text(header.substr(0, header.size() / 2));
  add({started(true), ended(1)});
  EXPECT_EQ(replay().starts(), 4u);
  EXPECT_EQ(tasks_of(load().succeeded), (Tasks{0, 1}));
  add_text(std::string(4096, '\0'));
  EXPECT_TRUE(replay().continues(Fingerprint{1, 2}));
  EXPECT_EQ(tasks_of(load().succeeded), (Tasks{0, 1}));
}

TEST_F(ReplayTest, EveryTruncationLeavesAPrefix) {
  const std::vector<Record> records{started(), ended(0), sent({1}), ended(1), TasksKept{TaskId{5}, TaskId{6}},
                                    ended(2)};
  std::string text;
  for (const Record& record : records) append_line(text, record);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    journals_ = 0;
    add_text(std::string_view(text).substr(0, size));
    const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n');
    Tasks expected;
    if (lines > 1) expected.push_back(0);
    if (lines > 3) expected.push_back(1);
    if (lines > 5) expected.push_back(2);
    if (lines > 4) expected.insert(expected.end(), {5, 6});
    const History history = load();
    ASSERT_EQ(tasks_of(history.succeeded), expected) << size;
    const bool is_cut = size > 0 && text[size - 1] != '\n';
    ASSERT_EQ(history.notes.size(), is_cut && lines > 0 ? 1u : 0u) << size;
  }
}

TEST_F(ReplayTest, NoDamagedByteInventsASuccess) {
  std::string text;
  for (const Record& record : std::vector<Record>{started(), ended(0), ended(1, 1), sent({2}), ended(3)}) {
    append_line(text, record);
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int flip : {1, 0x10, 0x80, text[at] ^ '\n', text[at] ^ '"'}) {
      if (flip == 0) continue;
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      for (const Damage damage : {Damage::refuse, Damage::skip}) {
        journals_ = 0;
        add_text(damaged);
        try {
          const History history = load(Replay::By::identity, damage);
          for (const std::uint64_t task : tasks_of(history.succeeded)) ASSERT_TRUE(task == 0 || task == 3) << at;
          ASSERT_LE(history.successes.size(), 2u) << at;
        } catch (const Error& error) {
          ASSERT_EQ(damage, Damage::refuse) << at << error.what();
          ASSERT_EQ(error.kind(), Error::Kind::usage);
        }
      }
    }
  }
}

class DamagedMiddle : public ReplayTest {
 protected:
  DamagedMiddle() {
    add({started(), ended(0), ended(1), ended(2)});
    std::string text = read_file(journal_path(1));
    offset_ = text.find(R"({"e":"end","task":1)");
    text[offset_ + 30] ^= 1;
    write_file(journal_path(1), text);
  }

  std::size_t offset_ = 0;
};

TEST_F(DamagedMiddle, IsRefusedAndNamed) {
  const std::string message = usage_error([&] { load(); });
  EXPECT_NE(message.find(fmt::format("{} is damaged at line 3 (byte {})", journal_path(1), offset_)), std::string::npos)
      << message;
  EXPECT_NE(message.find("nothing was run or changed"), std::string::npos) << message;
  EXPECT_NE(message.find("--salvage"), std::string::npos) << message;
}

TEST_F(DamagedMiddle, CanBeSalvaged) {
  const History history = load(Replay::By::ordinal, Damage::skip);
  EXPECT_EQ(tasks_of(history.succeeded), (Tasks{0, 2}));
  EXPECT_EQ(history.skipped_lines, 1u);
}

TEST_F(ReplayTest, ADamagedHeaderIsRefusedAndSalvagedByIdentity) {
  add({started(), ended(0)});
  std::string text = read_file(journal_path(1));
  text[20] ^= 1;
  write_file(journal_path(1), text);
  const std::string message = usage_error([&] { replay(); });
  EXPECT_NE(message.find("line 1 (byte 0)"), std::string::npos) << message;
  const Replay salvaged = replay(Damage::skip);
  EXPECT_FALSE(salvaged.continues(Fingerprint{1, 2}));
  EXPECT_EQ(salvaged.load(Replay::By::identity).successes.size(), 1u);
}

TEST_F(ReplayTest, HolesAtTheEndAreATornTail) {
  add({started(), ended(0)});
  write_file(journal_path(1), read_file(journal_path(1)) + std::string(5000, '\0'));
  const History history = load();
  EXPECT_EQ(tasks_of(history.succeeded), (Tasks{0}));
  EXPECT_EQ(history.notes.size(), 1u);
}

TEST_F(ReplayTest, AHoleBeforeGoodLinesIsALostWriteAndNoDamage) {
  const std::string header = line_of(started());
  const std::string lost = line_of(ended(0));
  const std::string kept = line_of(ended(1));
  for (const std::size_t torn : {std::size_t{0}, lost.size() / 2, lost.size() - 1}) {
    add_text(header + lost.substr(0, torn) + std::string(lost.size() - torn, '\0') + kept + line_of(ended(2)));
    const History history = load();
    EXPECT_EQ(tasks_of(history.succeeded), (Tasks{1, 2}));
    EXPECT_EQ(history.skipped_lines, 0u);
    ASSERT_EQ(history.notes.size(), 1u);
    EXPECT_NE(history.notes[0].find(fmt::format("has a hole at line 2 (byte {})", header.size())), std::string::npos);
    ::unlink(journal_path(journals_--).c_str());
  }
}

TEST_F(ReplayTest, AHeaderLostInAHoleLeavesIdentities) {
  add_text(std::string(100, '\0') + line_of(ended(0)) + line_of(ended(1)));
  EXPECT_FALSE(replay().continues(Fingerprint{1, 2}));
  EXPECT_EQ(load(Replay::By::identity).successes.size(), 2u);
}

TEST_F(ReplayTest, AHoleDoesNotExcuseDamageBesideIt) {
  std::string damaged = line_of(ended(1));
  damaged[20] ^= 1;
  add_text(line_of(started()) + std::string(50, '\0') + "\n" + damaged + line_of(ended(2)));
  usage_error([&] { load(); });
}

TEST_F(ReplayTest, ClocksThatStepChangeNothing) {
  AttemptEnded early = ended(0);
  AttemptEnded late = ended(0, 1);
  late.outcome.started = early.outcome.started - std::chrono::hours(30);
  RunStarted again = started(true);
  again.time -= std::chrono::hours(24 * 400);
  TasksSent before_1970 = sent({1});
  before_1970.time = -std::chrono::hours(1);
  add({started(), late, early});
  add({again, before_1970});
  const History history = load();
  EXPECT_EQ(tasks_of(history.succeeded), (Tasks{0}));
  EXPECT_TRUE(history.failed.empty());
  EXPECT_EQ(history.lost.size(), 1u);
}

TEST_F(ReplayTest, ANewerFarmsJournalIsRefused) {
  add_text("{\"e\":\"start\",\"v\":2,\"crc\":\"00000000\",\"more\":1}\n");
  const std::string message = usage_error([&] { replay(); });
  EXPECT_NE(message.find("newer farm"), std::string::npos) << message;
  usage_error([&] { replay(Damage::skip); });
}

TEST_F(ReplayTest, AForeignFileIsRefused) {
  add_text("{\"command\":\"true\"}\n");
  const std::string message = usage_error([&] { replay(); });
  EXPECT_NE(message.find("is not a journal of farm"), std::string::npos) << message;
  write_file(journal_path(1), line_of(ended(1)));
  usage_error([&] { replay(); });
}

TEST_F(ReplayTest, AFileWithoutLinesDoesNotFillTheMemory) {
  add_text("");
  std::filesystem::resize_file(journal_path(1), std::uint64_t{1} << 40);
  const std::string message = usage_error([&] { replay(); });
  EXPECT_NE(message.find("has no end"), std::string::npos) << message;
}

TEST_F(ReplayTest, LinesLongerThanTheBufferAreRead) {
  AttemptEnded large = ended(1);
  large.command.assign(3 << 20, 'x');
  add({started(), ended(0), large, ended(2)});
  EXPECT_EQ(tasks_of(load().succeeded), (Tasks{0, 1, 2}));
}

TEST(TaskSet, CountsEachTaskOnce) {
  TaskSet set;
  EXPECT_FALSE(set.contains(TaskId{0}));
  EXPECT_TRUE(set.add(TaskId{70}));
  EXPECT_FALSE(set.add(TaskId{70}));
  set.add(TaskId{69}, TaskId{71});
  set.add(TaskId{5}, TaskId{4});
  EXPECT_EQ(set.size(), 3u);
  EXPECT_TRUE(set.contains(TaskId{69}));
  EXPECT_FALSE(set.contains(TaskId{5}));
  EXPECT_FALSE(set.contains(TaskId{1'000'000}));
  set.clear();
  EXPECT_EQ(set.size(), 0u);
  EXPECT_FALSE(set.contains(TaskId{70}));
}

}  // namespace
}  // namespace farm::test
