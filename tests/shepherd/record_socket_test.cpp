#include "shepherd/record_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace farm {
namespace {

std::pair<RecordSocket, RecordSocket> connected() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {RecordSocket(UniqueFd(ends[0])), RecordSocket(UniqueFd(ends[1]))};
}

TEST(RecordSocket, carries_records_in_order) {
  auto [rank, shepherd] = connected();
  for (int i = 0; i < 100; ++i) rank.queue(ToShepherd(Leave{i}));
  rank.flush();
  EXPECT_EQ(rank.queued(), 0U);
  EXPECT_TRUE(shepherd.receive());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(std::get<Leave>(shepherd.next<ToShepherd>().value()).status, i);
  EXPECT_FALSE(shepherd.next<ToShepherd>());
}

TEST(RecordSocket, neither_blocks_nor_loses_when_the_other_end_is_slow) {
  auto [shepherd, rank] = connected();
  const std::string text(50'000, 'x');
  for (int i = 0; i < 100; ++i) shepherd.queue(ToRank(TaskOutput{{}, Stream::out, text}));
  shepherd.flush();
  EXPECT_GT(shepherd.queued(), 0U);
  std::size_t received = 0;
  while (received < 100 * text.size()) {
    ASSERT_TRUE(rank.receive());
    while (const auto message = rank.next<ToRank>()) received += std::get<TaskOutput>(*message).bytes.size();
    shepherd.flush();
  }
  EXPECT_EQ(shepherd.queued(), 0U);
}

TEST(RecordSocket, gives_out_what_came_before_the_end) {
  auto [rank, shepherd] = connected();
  rank.queue(ToShepherd(Leave{3}));
  EXPECT_TRUE(rank.flush_all());
  { const RecordSocket closed = std::move(rank); }
  shepherd.receive();
  EXPECT_EQ(std::get<Leave>(shepherd.next<ToShepherd>().value()).status, 3);
  EXPECT_FALSE(shepherd.receive());
  EXPECT_FALSE(shepherd.receive());
}

TEST(RecordSocket, keeps_what_it_cannot_send_to_a_closed_end) {
  auto [rank, shepherd] = connected();
  { const RecordSocket closed = std::move(shepherd); }
  rank.queue(ToShepherd(Leave{3}));
  rank.flush();
  EXPECT_GT(rank.queued(), 0U);
  EXPECT_FALSE(rank.flush_all());
}

TEST(RecordSocket, has_nothing_at_first) {
  auto [rank, shepherd] = connected();
  EXPECT_TRUE(shepherd.receive());
  EXPECT_FALSE(shepherd.next<ToShepherd>());
}

}  // namespace
}  // namespace farm
