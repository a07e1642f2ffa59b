#include "manifest/open_source.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/unique_fd.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using Next = TaskSource::Next;

TEST(OpenSource, ARegularFileIsCheckedAndCounted) {
  const TempDir dir;
  const auto source = open_source(dir.write("jobs.txt", "a\nb\n"), "/launch");
  EXPECT_EQ(source->total(), 2U);
  EXPECT_TRUE(source->digest());
  EXPECT_THAT(commands_of(read_all(*source)), ElementsAre("a", "b"));
  EXPECT_EQ(open_source(dir.write("jobs", "a\n"), "/launch")->total(), 1U) << "a name needs no extension";
}

TEST(OpenSource, AFifoIsAStreamThatWaitsForItsWriter) {
  const TempDir dir;
  const std::string path = dir / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto source = open_source(path, "/launch");
  EXPECT_FALSE(source->digest());
  TaskSpec task;
  EXPECT_EQ(source->next(task), Next::later) << "nobody has opened the other end";
  {
    const UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(source->next(task), Next::later);
    ASSERT_EQ(::write(writer.get(), "a\n", 2), 2);
    ASSERT_EQ(source->next(task), Next::task);
    EXPECT_EQ(task.command, "a");
  }
  EXPECT_EQ(source->next(task), Next::end);
}

TEST(OpenSource, ACharacterDeviceIsAStream) {
  const auto source = open_source("/dev/null", "/launch");
  TaskSpec task;
  EXPECT_EQ(source->next(task), Next::end);
}

/// Standard input comes from a file while this lives.
class StdinFrom {
 public:
  explicit StdinFrom(const std::string& path) : before_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(::dup2(file.get(), STDIN_FILENO), STDIN_FILENO);
  }
  StdinFrom(const StdinFrom&) = delete;
  StdinFrom& operator=(const StdinFrom&) = delete;
  ~StdinFrom() {
    if (before_) {
      ::dup2(before_.get(), STDIN_FILENO);
    } else {
      ::close(STDIN_FILENO);
    }
  }

 private:
  UniqueFd before_;
};

TEST(OpenSource, ADashIsStandardInputWhichStaysOpen) {
  const TempDir dir;
  const StdinFrom input(dir.write("jobs.txt", "a\nb\n"));
  {
    const auto source = open_source("-", "/launch");
    EXPECT_FALSE(source->total());
    EXPECT_THAT(commands_of(read_all(*source)), ElementsAre("a", "b"));
  }
  EXPECT_NE(::fcntl(STDIN_FILENO, F_GETFD), -1);
}

std::string refusal(const std::string& path) {
  return error_of([&] { open_source(path, "/launch"); }, Error::Kind::usage);
}

TEST(OpenSource, SaysWhyAFileCannotBeRead) {
  const TempDir dir;
  const std::string missing = dir / "missing.txt";
  EXPECT_EQ(refusal(missing), "cannot read " + missing + ": No such file or directory");
  const std::string directory = dir / "";
  EXPECT_EQ(refusal(directory), directory + " is a directory, not a list of commands");
}

TEST(OpenSource, TheExtensionIsTheForm) {
  const TempDir dir;
  EXPECT_EQ(open_source(dir.write("a.toml", "[[task]]\ncommand = 'a'\n"), "/launch")->total(), 1U);
  EXPECT_EQ(open_source(dir.write("a.jsonl", "{\"command\": \"a\"}\n"), "/launch")->total(), 1U);
}

}  // namespace
}  // namespace farm
