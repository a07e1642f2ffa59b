#include "manifest/lines_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LinesFile, KnowsItsTotalAndNeverSaysLater) {
  const TempDir dir;
  LinesFile file(dir.write("jobs.txt", "a\n\nb\n"), "/launch");
  EXPECT_EQ(file.total(), 2U);
  EXPECT_EQ(file.fd(), -1);
  TaskSpec task;
  EXPECT_EQ(file.next(task), TaskSource::Next::task);
  EXPECT_EQ(file.next(task), TaskSource::Next::task);
  EXPECT_EQ(file.next(task), TaskSource::Next::end);
  EXPECT_EQ(file.next(task), TaskSource::Next::end);
}

TEST(LinesFile, RewindsFromAnywhere) {
  const TempDir dir;
  LinesFile file(dir.write("jobs.txt", "#FARM task name=x\na\n#FARM default tag=t\n#FARM barrier\nb\n"), "/launch");
  const std::vector<TaskSpec> all = read_all(file);
  for (std::size_t read_before = 0; read_before <= all.size() + 1; ++read_before) {
    file.rewind();
    TaskSpec task;
    for (std::size_t i = 0; i < read_before; ++i) file.next(task);
    file.rewind();
    EXPECT_EQ(read_all(file), all);
  }
}

TEST(LinesFile, DigestIsOfBytesAndLaunchDirectory) {
  const TempDir dir;
  const auto digest = [&](std::string_view text, const std::string& launch_dir) {
    return LinesFile(dir.write("jobs.txt", text), launch_dir).digest();
  };
  const auto first = digest("a\nb\n", "/launch");
  ASSERT_TRUE(first);
  EXPECT_EQ(digest("a\nb\n", "/launch"), first);
  EXPECT_NE(digest("a\nc\n", "/launch"), first);
  EXPECT_NE(digest("a\nb", "/launch"), first);
  EXPECT_NE(digest("a\nb\n", "/elsewhere"), first);
}

TEST(LinesFile, SaysWhyItCannotBeRead) {
  const TempDir dir;
  const std::string missing = dir / "missing.txt";
  EXPECT_EQ(error_of([&] { LinesFile(missing, "/"); }, Error::Kind::usage),
            "cannot read " + missing + ": No such file or directory");
  const std::string directory = dir / "";
  EXPECT_EQ(error_of([&] { LinesFile(directory, "/"); }, Error::Kind::usage),
            directory + " is a directory, not a list of commands");
  EXPECT_EQ(error_of([&] { LinesFile("/dev/null", "/"); }, Error::Kind::usage), "/dev/null is not a regular file");
  if (::geteuid() == 0) return;  // root may read everything
  const std::string secret = dir.write("secret.txt", "a\n");
  ASSERT_EQ(::chmod(secret.c_str(), 0), 0);
  EXPECT_EQ(error_of([&] { LinesFile(secret, "/"); }, Error::Kind::usage),
            "cannot read " + secret + ": Permission denied");
}

// Longer than what one read takes, so that the second pass has to come back to the file.
std::string long_list() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "echo line " + std::to_string(i) + "\n";
  return text;
}

void expect_change_is_noticed(LinesFile& file, const std::string& path) {
  EXPECT_EQ(
      error_of([&] { read_all(file); }, Error::Kind::fatal),
      path + " changed while it was being read; what was started goes on; run the same command again for the rest");
}

TEST(LinesFile, StopsWhenTheFileGrows) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", long_list());
  LinesFile file(path, "/");
  TaskSpec task;
  ASSERT_EQ(file.next(task), TaskSource::Next::task);
  std::ofstream(path, std::ios::app) << "echo more\n";
  expect_change_is_noticed(file, path);
}

TEST(LinesFile, StopsWhenTheFileIsCut) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", long_list());
  LinesFile file(path, "/");
  std::filesystem::resize_file(path, 5);
  expect_change_is_noticed(file, path);
}

TEST(LinesFile, StopsWhenTheFileIsRewrittenInTheSameSize) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", "a\nb\n");
  LinesFile file(path, "/");
  dir.write("jobs.txt", "a\nc\n");
  // The kernel's time stamps advance every few milliseconds; a test may be faster.
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));
  expect_change_is_noticed(file, path);
}

TEST(LinesFile, GoesOnWithTheOldFileWhenANewOneTakesItsName) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", "a\nb\n");
  LinesFile file(path, "/");
  std::filesystem::rename(dir.write("new.txt", "c\n"), path);
  EXPECT_THAT(commands_of(read_all(file)), ElementsAre("a", "b"));
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmRSS:") continue;
  std::size_t kib = 0;
  status >> kib;
  return kib;
}

TEST(LinesFile, AMillionLinesTakeNoMemory) {
  const TempDir dir;
  const std::string path = dir / "jobs.txt";
  {
    std::ofstream out(path);
    for (int i = 0; i < 1'000'000; ++i)
      out << "./simulate --size " << i << " --seed 17 > results/run_" << i << ".out\n";
  }
  const std::size_t before = resident_kib();
  LinesFile file(path, "/");
  EXPECT_EQ(file.total(), 1'000'000U);
  TaskSpec task;
  std::uint64_t count = 0;
  while (file.next(task) == TaskSource::Next::task) ++count;
  EXPECT_EQ(count, 1'000'000U);
  EXPECT_LT(resident_kib(), before + 16 * 1024) << "the file has 65 MB";
}

}  // namespace
}  // namespace farm
