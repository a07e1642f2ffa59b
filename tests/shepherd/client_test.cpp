// What a task gets and how it ends, with real children.
#include "shepherd/client.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

using testing::HasSubstr;
using testing::Not;

#ifdef __SANITIZE_ADDRESS__
constexpr bool is_small = false;
#else
constexpr bool is_small = true;
#endif

LaunchRequest vector_request(std::vector<std::string> argv) {
  LaunchRequest request;
  request.argv = std::move(argv);
  return request;
}

std::size_t open_descriptors(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(Client, reports_exit_statuses) {
  as_rank([](TestRank& rank) {
    EXPECT_TRUE(succeeded(rank.run("true").outcome));
    const Outcome failed = rank.run("exit 37").outcome;
    EXPECT_EQ(failed.cause, Cause::exited);
    EXPECT_EQ(failed.code, 37);
    EXPECT_EQ(rank.run("false").outcome.code, 1);
  });
}

TEST(Client, reports_signals) {
  as_rank([](TestRank& rank) {
    const Outcome killed = rank.run("kill -KILL $$").outcome;
    EXPECT_EQ(killed.cause, Cause::signaled);
    EXPECT_EQ(killed.code, SIGKILL);
    const Outcome crashed = rank.run("kill -SEGV $$").outcome;
    EXPECT_EQ(crashed.code, SIGSEGV);
    EXPECT_FALSE(crashed.dumped_core);
  });
}

TEST(Client, reports_usage) {
  as_rank([](TestRank& rank) {
    const SystemClock clock;
    const Nanos before = clock.wall();
    const Outcome outcome = rank.run(FARM_TEST_ALLOCATE " 50").outcome;
    EXPECT_TRUE(succeeded(outcome));
    EXPECT_GE(outcome.usage.peak_rss_bytes, 50U << 20);
    EXPECT_TRUE(!is_small || outcome.usage.peak_rss_bytes < 60U << 20);
    EXPECT_GT(outcome.usage.wall, Nanos::zero());
    EXPECT_GT(outcome.usage.user + outcome.usage.system, Nanos::zero());
    EXPECT_GE(outcome.started, before);
    EXPECT_LE(outcome.started, clock.wall());
    EXPECT_TRUE(!is_small || rank.run("true").outcome.usage.peak_rss_bytes < 4U << 20);
  });
}

TEST(Client, reports_what_cannot_be_started) {
  as_rank([](TestRank& rank) {
    const auto missing = rank.run("no-such-program-here -x");
    EXPECT_EQ(missing.outcome.cause, Cause::not_started);
    EXPECT_EQ(missing.outcome.code, ENOENT);
    EXPECT_EQ(exit_status(missing.outcome), 127);
    EXPECT_EQ(missing.err, "farm: cannot run 'no-such-program-here': No such file or directory\n");
    const auto forbidden = rank.run("/etc/passwd");
    EXPECT_EQ(forbidden.outcome.code, EACCES);
    EXPECT_EQ(exit_status(forbidden.outcome), 126);
    EXPECT_EQ(rank.run(vector_request({""})).outcome.cause, Cause::not_started);
    EXPECT_EQ(rank.run(vector_request({"true", std::string(200'000, 'x')})).outcome.code, E2BIG);
    LaunchRequest nowhere;
    nowhere.command = "true";
    nowhere.cwd = "/no/such/directory";
    const auto misplaced = rank.run(nowhere);
    EXPECT_EQ(misplaced.outcome.cause, Cause::not_started);
    EXPECT_EQ(misplaced.err, "farm: cannot enter directory '/no/such/directory': No such file or directory\n");
  });
}

TEST(Client, starts_in_the_directory_asked_for) {
  as_rank([](TestRank& rank) {
    LaunchRequest request;
    request.command = "pwd; echo $PWD";
    request.cwd = "/usr";
    EXPECT_EQ(rank.run(request).out, "/usr\n/usr\n");
    EXPECT_EQ(rank.run("pwd").out, std::filesystem::current_path().string() + "\n");
  });
}

TEST(Client, finds_programs_in_the_tasks_own_path) {
  std::string place = (std::filesystem::temp_directory_path() / "farm-path-XXXXXX").string();
  ASSERT_NE(::mkdtemp(place.data()), nullptr);
  std::ofstream(place + "/own-program") << "echo \"$0 $1\"\n";  // no #!: a shell has to read it
  std::filesystem::permissions(place + "/own-program", std::filesystem::perms::owner_all);
  as_rank([&](TestRank& rank) {
    LaunchRequest request;
    request.command = "own-program a";
    EXPECT_EQ(rank.run(request).outcome.cause, Cause::not_started);
    request.env = {{"PATH", "/no/such:" + place}};
    EXPECT_EQ(rank.run(request).out, place + "/own-program a\n");
  });
  std::filesystem::remove_all(place);
}

TEST(Client, finds_a_program_that_has_moved) {
  std::string place = (std::filesystem::temp_directory_path() / "farm-path-XXXXXX").string();
  ASSERT_NE(::mkdtemp(place.data()), nullptr);
  for (const char* const directory : {"/a", "/b"}) std::filesystem::create_directory(place + directory);
  std::filesystem::copy_file("/bin/echo", place + "/a/own-echo");
  as_rank([&](TestRank& rank) {
    LaunchRequest request;
    request.command = "own-echo a";
    request.env = {{"PATH", place + "/a:" + place + "/b"}};
    EXPECT_EQ(rank.run(request).out, "a\n");
    EXPECT_EQ(rank.run(request).out, "a\n");
    std::filesystem::rename(place + "/a/own-echo", place + "/b/own-echo");
    EXPECT_EQ(rank.run(request).out, "a\n");
    EXPECT_EQ(rank.run(request).out, "a\n");
    std::filesystem::remove(place + "/b/own-echo");
    EXPECT_EQ(rank.run(request).outcome.code, ENOENT);
  });
  std::filesystem::remove_all(place);
}

TEST(Client, executes_plain_commands_without_a_shell) {
  as_rank([](TestRank& rank) {
    // A shell would be visible as the parent.
    const std::string parent = std::to_string(rank.client.shepherd());
    EXPECT_THAT(rank.run("cat /proc/self/stat").out, HasSubstr(") R " + parent + " "));
    EXPECT_EQ(rank.run(vector_request({"echo", "$HOME", "a b"})).out, "$HOME a b\n");
  });
}

TEST(Client, sends_everything_through_the_shell_when_told_to) {
  as_rank([](TestRank& rank) {
    Settings settings;
    settings.shell = "/bin/echo";
    settings.shell_always = true;
    rank.client.configure(settings);
    EXPECT_EQ(rank.run("true").out, "-c true\n");
    EXPECT_EQ(rank.run(vector_request({"/bin/echo", "a"})).out, "a\n");
  });
}

TEST(Client, gives_tasks_their_environment) {
  as_rank([](TestRank& rank) {
    Settings settings;
    settings.run_dir = "/some/run";
    settings.rank = Rank{3};
    rank.client.configure(settings);
    LaunchRequest request;
    request.attempt = Attempt{1};
    request.slot = 5;
    request.command = "echo $FARM_TASK_ID $FARM_ATTEMPT $FARM_SLOT $FARM_RANK $FARM_RUN_DIR $PARALLEL_SEQ $A";
    request.env = {{"A", "b c"}};
    EXPECT_EQ(rank.run(request).out, "1 2 5 3 /some/run 1 b c\n");
    EXPECT_EQ(rank.run("echo $PARALLEL_PID").out, std::to_string(rank.client.shepherd()) + "\n");
  });
}

TEST(Client, hides_the_launcher_from_tasks) {
  ::setenv("PMIX_RANK", "0", 1);
  ::setenv("OMPI_COMM_WORLD_RANK", "0", 1);
  ::setenv("OMPI_MCA_pml", "ob1", 1);
  as_rank([](TestRank& rank) {
    const std::string environment = rank.run("env").out;
    EXPECT_THAT(environment, Not(HasSubstr("PMIX_")));
    EXPECT_THAT(environment, Not(HasSubstr("OMPI_COMM")));
    EXPECT_THAT(environment, HasSubstr("OMPI_MCA_pml=ob1"));
  });
  for (const char* const name : {"PMIX_RANK", "OMPI_COMM_WORLD_RANK", "OMPI_MCA_pml"}) ::unsetenv(name);
}

TEST(Client, gives_tasks_a_session_and_clean_signals) {
  as_rank([](TestRank& rank) {
    std::istringstream stat(rank.run("cat /proc/self/stat").out);
    std::string pid, name, state, parent, group, session;
    stat >> pid >> name >> state >> parent >> group >> session;
    EXPECT_EQ(group, pid);
    EXPECT_EQ(session, pid);
    const std::string status = rank.run("cat /proc/self/status").out;
    EXPECT_THAT(status, HasSubstr("SigBlk:\t0000000000000000"));
    EXPECT_THAT(status, HasSubstr("SigIgn:\t0000000000000000"));
    EXPECT_EQ(rank.run("cat /proc/self/oom_score_adj").out, "1000\n");
  });
}

TEST(Client, gives_tasks_three_descriptors) {
  // What a launcher might have left open.
  const UniqueFd inherited(::open("/dev/null", O_RDONLY));
  as_rank([](TestRank& rank) {
    EXPECT_EQ(rank.run("ls /proc/self/fd").out, "0\n1\n2\n3\n");  // 3 is the directory that ls reads
    EXPECT_EQ(rank.run("readlink /proc/self/fd/0").out, "/dev/null\n");
    EXPECT_EQ(rank.run("cat").out, "");
    EXPECT_THAT(rank.run("cat /proc/self/fdinfo/1").out, HasSubstr("flags:\t01\n"));  // blocking
  });
}

TEST(Client, runs_many_at_a_time) {
  as_rank([](TestRank& rank) {
    std::vector<LaunchKey> keys;
    for (int i = 0; i < 200; ++i) keys.push_back(rank.launch("sleep 0.2; echo " + std::to_string(i)));
    ASSERT_TRUE(rank.await([&] { return rank.events.over == keys.size(); }));
    for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(rank.events.tasks[keys[i]].out, std::to_string(i) + "\n");
  });
}

TEST(Client, has_more_descriptors_than_its_tasks) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit small{.rlim_cur = 64, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &small);
  as_rank([](TestRank& rank) {
    std::vector<LaunchKey> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(rank.launch("ulimit -n; sleep 0.2"));
    for (const LaunchKey key : keys) EXPECT_EQ(rank.await_end(key).out, "64\n");
  });
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Client, leaks_no_descriptors) {
  as_rank([](TestRank& rank) {
    rank.run("true");
    const std::size_t before = open_descriptors(rank.client.shepherd());
    for (int i = 0; i < 500; ++i) rank.launch(i % 10 == 0 ? "no-such-program-here" : "echo a");
    ASSERT_TRUE(rank.await([&] { return rank.events.over == 501; }));
    EXPECT_EQ(open_descriptors(rank.client.shepherd()), before);
  });
}

TEST(Client, works_without_the_program) {
  as_rank(
      [](TestRank& rank) {
        EXPECT_EQ(rank.run("echo a").out, "a\n");
        EXPECT_EQ(rank.run("exit 3").outcome.code, 3);
        EXPECT_EQ(rank.run("ls /proc/self/fd").out, "0\n1\n2\n3\n");
      },
      "");
}

}  // namespace
}  // namespace farm
