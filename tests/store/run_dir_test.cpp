#include "store/run_dir.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <set>

#include "store/support.hpp"

namespace farm::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

class RunDirTest : public testing::Test {
 protected:
  RunDir open() const { return RunDir::open(path_, stopped_clock); }
  std::string refusal() const {
    return usage_error([this] { open(); });
  }

  TempDir dir_;
  std::string path_ = dir_ / "jobs.farm";
};

void expect_says(const std::string& message, std::string_view part) {
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST_F(RunDirTest, IsForItsOwnerOnly) {
  const RunDir run = open();
  run.create_journal();
  run.create_segment();
  EXPECT_EQ(mode_of(path_), 0700u);
  EXPECT_EQ(mode_of(path_ + "/output"), 0700u);
  for (const char* file : {"/lock", "/journal-0001.jsonl", "/output/seg-00001"})
    EXPECT_EQ(mode_of(path_ + file), 0600u);
}

TEST_F(RunDirTest, OpensAgain) {
  open().create_journal();
  const RunDir again = RunDir::open(path_ + "//", stopped_clock);
  EXPECT_EQ(again.path(), path_);
  EXPECT_EQ(again.journals(), std::vector<std::uint32_t>{1});
  EXPECT_EQ(again.notice(), "");
}

TEST_F(RunDirTest, AMissingParentIsNamed) {
  path_ = dir_ / "no/jobs.farm";
  expect_says(refusal(), path_ + ": the directory it would be in does not exist");
}

TEST_F(RunDirTest, AFileInTheWayIsNamed) {
  write_file(path_, "mine");
  expect_says(refusal(), "there is a file of that name");
  EXPECT_EQ(read_file(path_), "mine");
}

TEST_F(RunDirTest, ALinkIsRefused) {
  fs::create_directory(dir_ / "elsewhere");
  fs::create_symlink(dir_ / "elsewhere", path_);
  expect_says(refusal(), "symbolic link");
  path_ += "/";
  expect_says(refusal(), "symbolic link");
  EXPECT_TRUE(fs::is_empty(dir_ / "elsewhere"));
}

TEST_F(RunDirTest, PlantedLinksAreNotFollowed) {
  const std::string victim = dir_ / "victim";
  write_file(victim, "precious");
  fs::create_directory(path_);
  fs::create_symlink(victim, path_ + "/lock");
  refusal();
  EXPECT_EQ(read_file(victim), "precious");
  fs::remove(path_ + "/lock");
  fs::create_symlink(victim, path_ + "/journal-0001.jsonl");
  const RunDir run = open();
  EXPECT_EQ(run.create_journal().number, 2u);
  usage_error([&] { run.open_journal(1); });
  EXPECT_EQ(read_file(victim), "precious");
}

TEST_F(RunDirTest, APlantedPipeDoesNotHang) {
  const RunDir run = open();
  ASSERT_EQ(::mkfifo((path_ + "/journal-0001.jsonl").c_str(), 0600), 0);
  expect_says(usage_error([&] { run.open_journal(1); }), "not a regular file");
}

TEST_F(RunDirTest, OneThatOthersMayWriteToIsRefused) {
  for (const mode_t mode : {0770u, 0702u}) {
    fs::create_directory(path_);
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    expect_says(refusal(), "chmod go-w " + path_);
    fs::remove_all(path_);
  }
}

TEST_F(RunDirTest, SomebodyElsesIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root";
  fs::create_directory(path_);
  ASSERT_EQ(::chown(path_.c_str(), nobody, nobody), 0);
  ASSERT_EQ(::chmod(path_.c_str(), 0700), 0);
  expect_says(refusal(), "it belongs to ");
}

TEST_F(RunDirTest, OneThatCannotBeWrittenIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root";
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
  fs::create_directory(dir_ / "own");
  ASSERT_EQ(::chmod((dir_ / "own").c_str(), 0500), 0);
  ASSERT_EQ(::chown((dir_ / "own").c_str(), nobody, nobody), 0);
  ASSERT_EQ(::seteuid(nobody), 0);
  const std::string not_created = refusal();
  path_ = dir_ / "own";
  const std::string not_locked = refusal();
  ASSERT_EQ(::seteuid(0), 0);
  expect_says(not_created, "Permission denied");
  expect_says(not_created, "--run DIR");
  expect_says(not_locked, "Permission denied");
}

TEST_F(RunDirTest, ADirectoryWithOtherThingsIsRefused) {
  fs::create_directory(path_);
  write_file(path_ + "/thesis.tex", "");
  expect_says(refusal(), "thesis.tex");
  expect_says(usage_error([&] { RunDir::set_aside(path_, stopped_clock); }), "thesis.tex");
  EXPECT_FALSE(fs::exists(path_ + "/lock"));
}

// A child that holds the lock until it is killed; its destructor does that.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    const UniqueFd in(ends[0]);
    UniqueFd out(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) {
      const RunDir run = RunDir::open(path, stopped_clock);
      out.reset();
      while (true) ::pause();
    }
    out.reset();
    char byte = 0;
    static_cast<void>(!::read(in.get(), &byte, 1));  // ends when the child has the lock
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST_F(RunDirTest, OnlyOneFarmRunsInIt) {
  {
    const Holder holder(path_);
    const std::string message = refusal();
    expect_says(message, "another farm is running there (pid " + std::to_string(holder.pid()) + " on ");
    expect_says(message, "since 2023-11-14 22:13:20 UTC");
    usage_error([&] { RunDir::set_aside(path_, stopped_clock); });
    EXPECT_NO_THROW(RunDir::view(path_)) << "watching needs no lock";
  }
  EXPECT_NO_THROW(open()) << "a killed farm holds no lock";
}

TEST_F(RunDirTest, ViewingNeedsADirectory) {
  expect_says(usage_error([&] { RunDir::view(path_); }), "does not exist");
}

TEST_F(RunDirTest, JournalsAreNumberedInOrder) {
  const RunDir run = open();
  EXPECT_TRUE(run.journals().empty());
  for (const char* name : {"journal-0009.jsonl", "journal-0010.jsonl", "journal-10000.jsonl", "journal-0002.jsonl"}) {
    write_file(path_ + "/" + name, "");
  }
  for (const char* name : {"journal-0000.jsonl", "journal-1.jsonl", "journal-0003.jsonl~", "journal-.jsonl", "journal",
                           "journal-00011.jsonl", "journal-99999999999.jsonl"}) {
    write_file(path_ + "/" + name, "");
  }
  EXPECT_EQ(run.journals(), (std::vector<std::uint32_t>{2, 9, 10, 10000}));
  const RunDir::File file = run.create_journal();
  EXPECT_EQ(file.number, 10001u);
  EXPECT_EQ(file.path, path_ + "/journal-10001.jsonl");
}

TEST_F(RunDirTest, SegmentsAreNeverShared) {
  open();
  constexpr int processes = 8;
  constexpr int each = 20;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    const RunDir run = RunDir::view(path_);
    for (int j = 0; j < each; ++j) {
      const RunDir::File file = run.create_segment();
      if (::write(file.fd.get(), "x", 1) != 1) ::_exit(1);
    }
    ::_exit(0);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  int files = 0;
  for (const auto& entry : fs::directory_iterator(path_ + "/output")) {
    EXPECT_EQ(entry.file_size(), 1u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, processes * each);
}

TEST_F(RunDirTest, EveryStartHasItsOwnInput) {
  const RunDir run = open();
  const RunDir::File first = run.create_input(1);
  EXPECT_EQ(first.path, path_ + "/input/stdin-0001");
  ASSERT_EQ(::write(first.fd.get(), "a", 1), 1);
  ASSERT_EQ(::write(first.fd.get(), "b", 1), 1);
  const RunDir::File second = run.create_input(2);
  EXPECT_EQ(read_file(first.path), "ab");
  EXPECT_EQ(read_file(second.path), "");
  EXPECT_EQ(mode_of(path_ + "/input"), 0700u);
  EXPECT_EQ(mode_of(first.path), 0600u);
  EXPECT_THROW(run.create_input(1), Error);
  run.remove_inputs();
  EXPECT_FALSE(fs::exists(path_ + "/input"));
}

TEST_F(RunDirTest, IsSetAsideUnderTheFirstFreeName) {
  EXPECT_EQ(RunDir::set_aside(path_, stopped_clock), "");
  EXPECT_FALSE(fs::exists(path_));
  open().create_journal();
  EXPECT_EQ(RunDir::set_aside(path_ + "/", stopped_clock), path_ + ".1");
  EXPECT_FALSE(fs::exists(path_));
  write_file(path_ + ".2", "in the way");
  open();
  EXPECT_EQ(RunDir::set_aside(path_, stopped_clock), path_ + ".3");
  EXPECT_TRUE(fs::exists(path_ + ".1/journal-0001.jsonl"));
}

TEST_F(RunDirTest, ATemporaryOneGoesWithoutTrace) {
  const RunDir run = RunDir::temporary(dir_.path(), stopped_clock);
  EXPECT_EQ(mode_of(run.path()), 0700u);
  run.create_journal();
  run.create_segment();
  run.create_input(1);
  write_file(run.path() + "/status.json", "{}");
  usage_error([&] { RunDir::open(run.path(), stopped_clock); });
  EXPECT_TRUE(run.remove());
  EXPECT_TRUE(fs::is_empty(dir_.path()));
}

TEST_F(RunDirTest, RemovingTouchesOnlyWhatFarmMade) {
  const RunDir run = RunDir::temporary(dir_.path(), stopped_clock);
  run.create_journal();
  fs::create_directory(dir_ / "other");
  write_file(dir_ / "other/seg-00001", "mine");
  fs::create_symlink(dir_ / "other", run.path() + "/output");
  write_file(run.path() + "/notes.txt", "mine, too");
  EXPECT_FALSE(run.remove());
  EXPECT_EQ(read_file(dir_ / "other/seg-00001"), "mine");
  EXPECT_EQ(read_file(run.path() + "/notes.txt"), "mine, too");
  EXPECT_FALSE(fs::exists(run.path() + "/journal-0001.jsonl"));
}

TEST_F(RunDirTest, ATemporaryOneNeedsAPlace) {
  expect_says(usage_error([&] { RunDir::temporary(dir_ / "no", stopped_clock); }), "TMPDIR");
}

}  // namespace
}  // namespace farm::test
