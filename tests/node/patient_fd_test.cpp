#include "node/patient_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <string>

namespace farm {
namespace {

struct Pair {
  UniqueFd read;
  UniqueFd write;
};

Pair make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::size_t drain(int fd) {
  std::array<char, 65536> buffer{};
  return static_cast<std::size_t>(::read(fd, buffer.data(), buffer.size()));
}

TEST(PatientFd, AFullPipeTakesNothingAndBlocksNobody) {
  Pair pipe = make_pipe();
  PatientFd patient(pipe.write.get());
  const std::string much(1 << 20, 'x');
  std::size_t written = 0;
  while (const std::size_t now = patient.write(std::string_view(much).substr(written))) written += now;
  EXPECT_GT(written, 0U);
  EXPECT_LT(written, much.size());
  EXPECT_GT(drain(pipe.read.get()), 0U);
  EXPECT_GT(patient.write("more"), 0U);
}

TEST(PatientFd, LeavesTheSharedDescriptorAsItWas) {
  Pair pipe = make_pipe();
  PatientFd patient(pipe.write.get());
  patient.write("x");
  EXPECT_EQ(::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(PatientFd, WhereItCannotBeOpenedAgainSmallWritesDoNotBlockEither) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  PatientFd patient(writer.get());
  const std::string much(4096, 'x');
  std::size_t writes = 0;
  while (patient.write(much) > 0) ASSERT_LT(++writes, 100'000U);
  EXPECT_GT(writes, 0U);
}

TEST(PatientFd, AReaderThatHasGoneIsNoError) {
  ::signal(SIGPIPE, SIG_IGN);
  Pair pipe = make_pipe();
  PatientFd patient(pipe.write.get());
  pipe.read.reset();
  EXPECT_EQ(patient.write("hello"), 5U);
  EXPECT_TRUE(patient.is_closed());
  EXPECT_EQ(patient.write("again"), 5U);
}

TEST(PatientFd, AFileTakesEverything) {
  std::string name = testing::TempDir() + "patient-XXXXXX";
  const UniqueFd file(::mkstemp(name.data()));
  ASSERT_TRUE(file);
  PatientFd patient(file.get());
  const std::string much(3 << 20, 'x');
  EXPECT_EQ(patient.write(much), much.size());
  ::unlink(name.c_str());
}

}  // namespace
}  // namespace farm
