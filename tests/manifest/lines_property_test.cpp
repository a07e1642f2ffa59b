#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "manifest/lines_file.hpp"
#include "manifest/lines_stream.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using Random = std::mt19937;

std::string random_line(Random& random) {
  static const std::array<std::string, 14> starts{"",
                                                  "  ",
                                                  "# ",
                                                  "#FARM task tag=",
                                                  "#FARM default env.X=",
                                                  "#FARM barrier",
                                                  "echo ",
                                                  "#FARM task timeout=1 ",
                                                  "\xEF\xBB\xBF",
                                                  "\t",
                                                  "\\",
                                                  "cmd\r",
                                                  "#FARM task name=n",
                                                  "x"};
  std::string line = starts.at(random() % starts.size());
  // Most directives stay as they are, or nearly every text would be wrong somewhere.
  if (line.starts_with('#') && random() % 8 != 0) return line;
  // Mostly short, now and then long.
  const std::size_t size = random() % 50 == 0 ? random() % 100'000 : random() % 40;
  for (std::size_t i = 0; i < size; ++i) {
    const auto c = static_cast<char>(1 + random() % 255);
    line += c == '\n' ? ' ' : c;
  }
  return line;
}

std::string random_text(Random& random) {
  std::string text;
  for (std::size_t lines = random() % 30; lines > 0; --lines) text += random_line(random) + "\n";
  if (random() % 2 == 0) text += random_line(random);
  return text;
}

/// The tasks, or what is wrong.
struct Reading {
  std::vector<TaskSpec> tasks;
  std::string complaint;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Reading read_file(const std::string& path) {
  try {
    LinesFile file(path, "/launch");
    return {read_all(file), ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

Reading read_stream(const std::string& name, std::string_view text, Random& random) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  LinesStream stream(UniqueFd{ends[0]}, name, "/launch");
  UniqueFd writer(ends[1]);
  Reading reading;
  TaskSpec task;
  try {
    for (;;) {
      const TaskSource::Next next = stream.next(task);
      if (next == TaskSource::Next::end) return reading;
      if (next == TaskSource::Next::task) {
        reading.tasks.push_back(task);
      } else if (text.empty()) {
        writer.reset();
      } else {
        const std::string_view piece = text.substr(0, 1 + random() % (random() % 3 == 0 ? 60'000 : 30));
        EXPECT_EQ(::write(writer.get(), piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
        text.remove_prefix(piece.size());
      }
    }
  } catch (const Error& error) {
    return {{}, first_line(error.what())};
  }
}

TEST(LinesProperty, AFileAndAStreamSayTheSameHoweverItIsCut) {
  const TempDir dir;
  Random random(20);
  int good = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string text = random_text(random);
    const std::string path = dir.write("jobs.txt", text);
    const Reading from_file = read_file(path);
    const Reading from_stream = read_stream(path, text, random);
    // What a stream stops at is not the first in its line when it is found at the end: that no task follows.
    ASSERT_EQ(from_stream.complaint.empty(), from_file.complaint.empty()) << "round " << round;
    ASSERT_THAT(from_file.complaint, testing::HasSubstr(from_stream.complaint)) << "round " << round;
    ASSERT_EQ(from_stream.tasks, from_file.tasks) << "round " << round;
    if (from_file.complaint.empty()) ++good;
  }
  EXPECT_GT(good, 40) << "the texts are worth nothing when all of them are wrong";
}

}  // namespace
}  // namespace farm
