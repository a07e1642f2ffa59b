// What tasks get to read, from real files by real processes.
#include "shepherd/feed.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shepherd/rank_fixture.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::HasSubstr;

constexpr std::size_t mebibyte = 1 << 20;

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>((i * 31 + i / 251) % 256);
  return text;
}

LaunchRequest reading(const std::string& command, std::vector<FileRange> parts) {
  LaunchRequest request;
  request.command = command;
  request.stdin_parts = std::move(parts);
  return request;
}

std::size_t open_descriptors(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::uint64_t status_number(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; file >> word;) {
    std::uint64_t number = 0;
    if (word == name + ":" && file >> number) return number;
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

class FeedTest : public testing::Test {
 protected:
  TempDir dir_;
};

TEST_F(FeedTest, parts_follow_each_other_byte_by_byte) {
  const std::string text = pattern(3000);
  const std::string a = dir_.write("a", text);
  const std::string b = dir_.write("b", "header\n");
  as_rank([&](TestRank& rank) {
    EXPECT_EQ(rank.run(reading("cat", {{a, 1000, 1500}})).out, text.substr(1000, 1500));
    EXPECT_EQ(rank.run(reading("cat", {{b, 0, 7}, {a, 10, 90}})).out, "header\n" + text.substr(10, 90));
    EXPECT_EQ(rank.run(reading("cat", {{a, 5, 1}, {b, 3, 0}, {a, 0, 2}, {b, 6, 1}})).out,
              text.substr(5, 1) + text.substr(0, 2) + "\n");
    EXPECT_EQ(rank.run(reading("cat", {{a, 3000, 0}})).out, "");
    EXPECT_EQ(rank.run(reading("cat", {})).out, "");
  });
}

TEST_F(FeedTest, a_whole_file_is_itself_and_parts_are_a_pipe) {
  const std::string path = dir_.write("a", "0123456789");
  as_rank([&](TestRank& rank) {
    EXPECT_EQ(rank.run(reading("readlink /proc/self/fd/0; cat", {{path, 0, 10}})).out, path + "\n0123456789");
    EXPECT_THAT(rank.run(reading("readlink /proc/self/fd/0", {{path, 0, 9}})).out, HasSubstr("pipe:"));
    EXPECT_EQ(rank.run(reading("readlink /proc/self/fd/0", {})).out, "/dev/null\n");
    // Neither blocks its reader any less than what a shell would have given it.
    const auto flags = rank.run(reading("grep flags /proc/self/fdinfo/0", {{path, 0, 10}}));
    EXPECT_EQ(std::stoul(flags.out.substr(6), nullptr, 8) & O_NONBLOCK, 0U) << flags.out;
  });
}

TEST_F(FeedTest, a_hundred_megabytes_take_no_memory) {
  const std::string path = dir_ / "big";
  {
    std::ofstream file(path, std::ios::binary);
    const std::string block = pattern(mebibyte);
    for (int i = 0; i < 101; ++i) file << block << i;
  }
  const std::string bytes = std::to_string(100 * mebibyte);
  as_rank([&](TestRank& rank) {
    rank.run("true");
    const std::uint64_t before = status_number(rank.client.shepherd(), "VmRSS");
    const auto read = rank.run(reading("cksum", {{path, 12345, 100 * mebibyte}}));
    const auto expected = rank.run("tail -c +12346 " + path + " | head -c " + bytes + " | cksum");
    EXPECT_EQ(read.out, expected.out);
    EXPECT_THAT(read.out, HasSubstr(bytes));
    EXPECT_LT(status_number(rank.client.shepherd(), "VmRSS"), before + 2048);
  });
}

TEST_F(FeedTest, a_task_need_not_read_it_all) {
  const std::string path = dir_.write("a", pattern(4 * mebibyte));
  as_rank([&](TestRank& rank) {
    rank.run("true");
    const std::size_t before = open_descriptors(rank.client.shepherd());
    for (const std::string command : {"true", "head -c 2000000 | wc -c", "exec <&-; sleep 0.05; echo ok", "false"}) {
      const auto task = rank.run(reading(command, {{path, 1, 4 * mebibyte - 1}}));
      EXPECT_EQ(task.outcome.cause, Cause::exited) << command;
      EXPECT_EQ(task.outcome.code, command == "false" ? 1 : 0) << command;
      EXPECT_EQ(task.err, "") << command;
    }
    EXPECT_EQ(open_descriptors(rank.client.shepherd()), before);
    // The broken pipes were nobody's end.
    EXPECT_EQ(rank.run("echo on").out, "on\n");
  });
}

TEST_F(FeedTest, waiting_costs_nothing) {
  const std::string path = dir_.write("a", pattern(4 * mebibyte));
  as_rank([&](TestRank& rank) {
    const auto switches = [&] { return status_number(rank.client.shepherd(), "voluntary_ctxt_switches"); };
    for (const std::string unread : {"", "exec <&-; "}) {
      auto request = reading(unread + "echo started; exec sleep 1000", {{path, 1, 4 * mebibyte - 1}});
      request.stream_output = true;
      const LaunchKey key = rank.launch(request);
      ASSERT_TRUE(rank.await([&] { return !rank.events.tasks[key].out.empty(); }));
      rank.await([] { return false; }, std::chrono::milliseconds(50));
      const std::uint64_t before = switches();
      rank.await([] { return false; }, std::chrono::milliseconds(300));
      EXPECT_LT(switches(), before + 20) << unread;
      rank.client.stop(key);
      EXPECT_EQ(rank.await_end(key).outcome.cause, Cause::cancelled);
    }
  });
}

TEST_F(FeedTest, is_gone_when_all_is_read) {
  const std::string path = dir_.write("a", pattern(mebibyte));
  as_rank([&](TestRank& rank) {
    const auto descriptors = [&] { return open_descriptors(rank.client.shepherd()); };
    const auto sleeping = [&](std::vector<FileRange> parts) {
      auto request = reading("cat >/dev/null; echo read; exec sleep 1000", std::move(parts));
      request.stream_output = true;
      const LaunchKey key = rank.launch(request);
      EXPECT_TRUE(rank.await([&] { return !rank.events.tasks[key].out.empty(); }));
      return key;
    };
    const LaunchKey usual = sleeping({});
    const std::size_t with_one = descriptors();
    for (const std::uint64_t bytes : {std::uint64_t{10}, std::uint64_t{mebibyte - 1}}) {
      const LaunchKey fed = sleeping({{path, 1, bytes}});
      EXPECT_EQ(descriptors(), with_one + 2) << "its output and nothing else";
      rank.client.stop(fed);
      rank.await_end(fed);
    }
    rank.client.stop(usual);
    rank.await_end(usual);
  });
}

TEST_F(FeedTest, ends_with_its_task) {
  const std::string path = dir_.write("a", pattern(4 * mebibyte));
  as_rank([&](TestRank& rank) {
    rank.run("true");
    const std::size_t before = open_descriptors(rank.client.shepherd());
    auto request = reading("head -c 1000000 >/dev/null; echo half; exec sleep 1000", {{path, 1, 3 * mebibyte}});
    request.stream_output = true;
    const LaunchKey key = rank.launch(request);
    ASSERT_TRUE(rank.await([&] { return !rank.events.tasks[key].out.empty(); }));
    rank.client.stop(key);
    EXPECT_EQ(rank.await_end(key).outcome.cause, Cause::cancelled);
    // What outlives the task with its input open does not keep the file open here.
    const auto left = rank.run(reading("exec 3<&0; sleep 1000 & exit 3", {{path, 1, 3 * mebibyte}}));
    EXPECT_EQ(left.outcome.code, 3);
    EXPECT_EQ(open_descriptors(rank.client.shepherd()), before);
  });
}

TEST_F(FeedTest, other_tasks_get_nothing_of_it) {
  const std::string path = dir_.write("a", pattern(4 * mebibyte));
  as_rank([&](TestRank& rank) {
    auto request = reading("echo started; exec sleep 1000", {{path, 1, 3 * mebibyte}});
    request.stream_output = true;
    const LaunchKey key = rank.launch(request);
    ASSERT_TRUE(rank.await([&] { return !rank.events.tasks[key].out.empty(); }));
    const std::string list = "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done";
    const std::string usual = rank.run(list).out;
    EXPECT_EQ(usual, "0\n1\n2\n3\n") << "3 is the list's own";
    EXPECT_EQ(rank.run(reading(list, {{path, 7, mebibyte}})).out, usual);
    EXPECT_EQ(rank.run(reading(list, {{path, 0, 4 * mebibyte}})).out, usual);
    rank.client.stop(key);
    rank.await_end(key);
  });
}

TEST_F(FeedTest, many_at_once_get_their_own) {
  const std::string text = pattern(2 * mebibyte);
  const std::string path = dir_.write("a", text);
  as_rank([&](TestRank& rank) {
    std::vector<LaunchKey> keys;
    for (std::size_t i = 0; i < 64; ++i) keys.push_back(rank.launch(reading("cat", {{path, i * 100, mebibyte}})));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_TRUE(rank.await_end(keys[i]).out == text.substr(i * 100, mebibyte)) << i;
    }
  });
}

TEST_F(FeedTest, what_cannot_be_read_keeps_the_task_from_starting) {
  const std::string file = dir_.write("file", "0123456789");
  const std::string fifo = dir_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const std::string ran = dir_ / "ran";
  struct Case {
    std::vector<FileRange> parts;
    int error;
    std::string says;
  };
  const std::vector<Case> cases = {
      {{{dir_ / "missing", 0, 1}}, ENOENT, "missing': No such file or directory; every node must see that file"},
      {{{file, 0, 1}, {dir_ / "missing", 0, 1}}, ENOENT, "--run DIR"},
      {{{file, 0, 11}}, ENODATA, "file' has only 10 bytes, and the task was to read 11 from byte 0 on"},
      {{{file, 11, 0}}, ENODATA, "has only 10 bytes"},
      {{{file, 5, UINT64_MAX}}, ENODATA, "has only 10 bytes"},
      {{{file, 0, 1}, {file, 8, 3}}, ENODATA, "to read 3 from byte 8 on"},
      {{{fifo, 0, 1}}, ESPIPE, "fifo': Illegal seek"},
      {{{dir_.path(), 0, 1}}, EISDIR, "Is a directory"},
  };
  as_rank([&](TestRank& rank) {
    rank.run("true");
    const std::size_t before = open_descriptors(rank.client.shepherd());
    for (const Case& each : cases) {
      const auto task = rank.run(reading("touch " + ran, each.parts));
      EXPECT_EQ(task.outcome.cause, Cause::not_started) << each.says;
      EXPECT_EQ(task.outcome.code, each.error) << each.says;
      EXPECT_THAT(task.err, HasSubstr(each.says));
      EXPECT_THAT(task.err, testing::StartsWith("farm: "));
      EXPECT_THAT(task.err, testing::EndsWith("\n"));
    }
    EXPECT_EQ(open_descriptors(rank.client.shepherd()), before);
  });
  EXPECT_FALSE(std::filesystem::exists(ran));
}

TEST_F(FeedTest, a_task_whose_input_is_cut_off_does_not_succeed) {
  const std::string path = dir_.write("a", pattern(4 * mebibyte));
  const std::string go = dir_ / "go";
  as_rank([&](TestRank& rank) {
    auto request = reading("trap 'exit 0' TERM; echo before >&2; head -c 10 >/dev/null; echo started; until [ -e " +
                               go + " ]; do sleep 0.01; done; cat | wc -c; sleep 1000 & wait",
                           {{path, 1, 4 * mebibyte - 1}});
    request.stream_output = true;
    const LaunchKey key = rank.launch(request);
    ASSERT_TRUE(rank.await([&] { return !rank.events.tasks[key].out.empty(); }));
    std::filesystem::resize_file(path, 2 * mebibyte);
    dir_.write("go", "");
    const auto task = rank.await_end(key);
    EXPECT_EQ(task.outcome.cause, Cause::signaled);
    EXPECT_EQ(task.outcome.code, SIGTERM);
    EXPECT_THAT(task.err, testing::StartsWith("before\n"));
    EXPECT_THAT(task.err, HasSubstr("farm: '" + path + "' ends at byte 2097152, 2097152 bytes too early"));
  });
}

/// For as long as it lives, `path` is this process's standard input.
class StandardInput {
 public:
  explicit StandardInput(const std::string& path) : before_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ::dup2(file.get(), STDIN_FILENO);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() {
    if (before_) ::dup2(before_.get(), STDIN_FILENO);
  }

 private:
  UniqueFd before_;
};

TEST_F(FeedTest, farms_own_input_is_inherited_when_asked_for) {
  const StandardInput input(dir_.write("mine", "typed\n"));
  LaunchRequest request;
  request.command = "cat";
  as_rank([&](TestRank& rank) {
    EXPECT_EQ(rank.run(request).out, "");
    request.inherits_stdin = true;
    EXPECT_EQ(rank.run(request).out, "typed\n");
  });
}

TEST_F(FeedTest, under_a_launcher_there_is_nothing_to_inherit) {
  const StandardInput input(dir_.write("launchers", "not for tasks\n"));
  ::setenv("PMIX_RANK", "0", 1);
  as_rank([&](TestRank& rank) {
    LaunchRequest request;
    request.command = "readlink /proc/self/fd/0; cat";
    request.inherits_stdin = true;
    EXPECT_EQ(rank.run(request).out, "/dev/null\n");
  });
  ::unsetenv("PMIX_RANK");
}

}  // namespace
}  // namespace farm
