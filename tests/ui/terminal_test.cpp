#include "ui/terminal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "ui/child.hpp"
#include "ui/pty.hpp"

namespace farm {
namespace {

const Environment xterm{.no_color = false, .ci = false, .term = "xterm"};

TEST(ChooseProgress, DrawsABarOnlyWhereSomebodyLooks) {
  EXPECT_EQ(choose_progress(ProgressMode::automatic, true, xterm), ProgressMode::bar);
  EXPECT_EQ(choose_progress(ProgressMode::automatic, false, xterm), ProgressMode::plain);
  EXPECT_EQ(choose_progress(ProgressMode::automatic, true, {.term = "dumb"}), ProgressMode::plain);
  EXPECT_EQ(choose_progress(ProgressMode::automatic, true, {.term = ""}), ProgressMode::plain);
  EXPECT_EQ(choose_progress(ProgressMode::automatic, true, {.ci = true, .term = "xterm"}), ProgressMode::plain);
  EXPECT_EQ(choose_progress(ProgressMode::automatic, true, {.no_color = true, .term = "xterm"}), ProgressMode::bar);
}

TEST(ChooseProgress, DoesWhatItIsTold) {
  for (const auto mode : {ProgressMode::bar, ProgressMode::plain, ProgressMode::json, ProgressMode::none}) {
    EXPECT_EQ(choose_progress(mode, true, xterm), mode);
    EXPECT_EQ(choose_progress(mode, false, {.ci = true, .term = "dumb"}), mode);
  }
}

TEST(ChooseColor, IsForPeopleWhoWantIt) {
  EXPECT_TRUE(choose_color(true, xterm));
  EXPECT_FALSE(choose_color(false, xterm));
  EXPECT_FALSE(choose_color(true, {.no_color = true, .term = "xterm"}));
  EXPECT_FALSE(choose_color(true, {.term = "dumb"}));
}

// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { before_.empty() ? ::unsetenv(name_) : ::setenv(name_, before_.c_str(), 1); }

 private:
  const char* name_;
  std::string before_;
};

TEST(ReadEnvironment, KnowsTheUsualVariables) {
  const Variable term("TERM", "vt100");
  const Variable ci("CI", "true");
  const Variable no_color("NO_COLOR", "1");
  const Environment environment = read_environment();
  EXPECT_EQ(environment.term, "vt100");
  EXPECT_TRUE(environment.ci);
  EXPECT_TRUE(environment.no_color);
}

TEST(ReadEnvironment, TakesEmptyAndFalseForUnset) {
  const Variable ci("CI", "false");
  const Variable no_color("NO_COLOR", "");
  EXPECT_FALSE(read_environment().ci);
  EXPECT_FALSE(read_environment().no_color);
}

TEST(Terminal, IsTheLaunchers) {
  const Pty pty(132);
  const Child launcher([&] {
    ::dup2(pty.slave(), 1);
    ::dup2(pty.slave(), 2);
    ::close(pty.slave());
  });
  // The child has its descriptors once the terminal can be found there.
  for (int i = 0; i < 2000 && !Terminal::find(launcher.pid()).shows_output(); ++i) ::usleep(1000);
  const Terminal terminal = Terminal::find(launcher.pid());
  EXPECT_TRUE(terminal.interactive());
  EXPECT_TRUE(terminal.shows_output());
  EXPECT_TRUE(terminal.output_lags());
  EXPECT_TRUE(terminal.foreground());
  EXPECT_EQ(terminal.columns(), 132U);
  EXPECT_EQ(terminal.offer("hello"), 5U);
  EXPECT_EQ(pty.take(), "hello");
}

TEST(Terminal, IsStandardErrorWhenTheLauncherHasNone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const Pty pty;
  const Child launcher([&] {
    ::dup2(writer.get(), 2);
    ::dup2(pty.slave(), 1);
  });
  for (const pid_t pid : {launcher.pid(), pid_t{0x7ffffff0}}) {
    const Terminal terminal = Terminal::find(pid);
    EXPECT_FALSE(terminal.shows_output());
    EXPECT_FALSE(terminal.output_lags());
    EXPECT_EQ(terminal.columns(), 80U);
  }
}

TEST(Terminal, FollowsTheWindow) {
  const Pty pty(100);
  const Terminal terminal(pty.open_again(), 0, true);
  EXPECT_EQ(terminal.columns(), 100U);
  pty.resize(40);
  EXPECT_EQ(terminal.columns(), 40U);
  pty.resize(0);
  EXPECT_EQ(terminal.columns(), 80U);
}

TEST(Terminal, NeverBlocksWhenNobodyReads) {
  const Pty pty;
  const Terminal terminal(pty.open_again(), 0, true);
  const std::string text(1000, 'x');
  std::size_t taken = 0;
  // Far more than any pty buffers: a write that blocked would never come back.
  for (int i = 0; i < 1000; ++i) taken += terminal.offer(text);
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, 1'000'000U);
  EXPECT_EQ(terminal.offer(text), 0U);
  EXPECT_EQ(pty.take().size(), taken);
  EXPECT_EQ(terminal.offer("on"), 2U);
}

TEST(Terminal, OutlivesTheWindow) {
  Pty pty;
  const Terminal terminal(pty.open_again(), 0, true);
  pty.hang_up();
  EXPECT_EQ(terminal.offer("hello"), 0U);
  EXPECT_EQ(terminal.columns(), 80U);
}

// In a session of its own, because only there can a process put itself into the background of a terminal.
int background_behaviour(const Pty& pty) {
  ::setsid();
  if (::ioctl(pty.slave(), TIOCSCTTY, 0) != 0) return 1;
  const Terminal terminal(pty.open_again(), 0, true);
  if (!terminal.foreground()) return 2;
  const pid_t other = ::fork();
  if (other == 0) {
    ::setpgid(0, 0);
    termios modes{};
    ::tcgetattr(pty.slave(), &modes);
    modes.c_lflag |= TOSTOP;
    sigset_t ttou;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    ::sigprocmask(SIG_BLOCK, &ttou, nullptr);
    ::tcsetattr(pty.slave(), TCSANOW, &modes);
    ::sigprocmask(SIG_UNBLOCK, &ttou, nullptr);
    if (terminal.foreground()) ::_exit(3);
    // Would be stopped for good if the write raised SIGTTOU.
    ::_exit(terminal.offer("hello") == 5 ? 0 : 4);
  }
  int status = 0;
  ::waitpid(other, &status, WUNTRACED);
  if (WIFSTOPPED(status)) {
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    return 5;
  }
  return WEXITSTATUS(status);
}

TEST(Terminal, IsNotStoppedInTheBackground) {
  const Pty pty;
  const pid_t leader = ::fork();
  if (leader == 0) ::_exit(background_behaviour(pty));
  int status = 0;
  ::waitpid(leader, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace farm
