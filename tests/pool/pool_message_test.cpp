#include "pool/pool_message.hpp"

#include <gtest/gtest.h>

#include "farm/pack.hpp"

namespace farm {
namespace {

template <class Message>
Message there_and_back(Message message) {
  auto back = from_frame(to_frame(std::move(message)));
  EXPECT_TRUE(back && std::holds_alternative<Message>(*back));
  return std::get<Message>(std::move(*back));
}

PoolRun two_pieces() {
  PoolRun run;
  for (const std::size_t size : {3UL, 10'000UL}) {
    const Packed values = packed(std::vector<double>(size, 1.0));
    run.heads.push_back(
        {.piece = size, .head_bytes = values.head.size(), .bodies = std::uint32_t(values.bodies.size())});
    run.values.append(values);
  }
  return run;
}

TEST(PoolMessage, CarriesThePiecesAndTheirArguments) {
  const PoolRun run = there_and_back(two_pieces());
  ASSERT_EQ(run.heads.size(), 2U);
  PackedView rest = run.view;
  for (const PieceHead& head : run.heads) {
    PackedView part;
    ASSERT_TRUE(rest.cut(head.head_bytes, head.bodies, part));
    Unpacker from(part.head, part.bodies);
    EXPECT_EQ(unpack<std::vector<double>>(from).size(), head.piece);
  }
}

TEST(PoolMessage, CarriesTheRest) {
  EXPECT_EQ(there_and_back(PoolHello{.slots = 3, .functions = 7}).functions, 7U);
  EXPECT_EQ(there_and_back(PoolReturned{{{1, 2}, {3, 4}}}).remainders.at(1).from, 4U);
  EXPECT_EQ(there_and_back(PoolDropped{}).remainders.size(), 0U);
  EXPECT_EQ(there_and_back(PoolCancel{{5, 6}}).pieces, (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(there_and_back(PoolForget{{9}}).ids, std::vector<std::uint64_t>{9});
  for (const bool keeps : {false, true}) {
    const PoolShare share = there_and_back(PoolShare{8, keeps, packed(2.0), {}});
    EXPECT_EQ(share.id, 8U);
    EXPECT_EQ(share.keeps, keeps);
    EXPECT_EQ(share.view.head.size(), sizeof(double));
  }
  EXPECT_EQ(there_and_back(PoolWelcome{2, 3}).keep_above, 3U);
  EXPECT_EQ(there_and_back(PoolGive{1, 2, 3}).to, 2);
  EXPECT_EQ(there_and_back(PoolExpect{4}).from, 4);
  EXPECT_EQ(there_and_back(PoolLost{5}).rank, 5);
  EXPECT_EQ(there_and_back(PoolGot{6, 1}).keeps, 1U);
  there_and_back(PoolRecall{});
  EXPECT_FALSE(there_and_back(PoolShutdown{}).has_lost_ranks);
  EXPECT_TRUE(there_and_back(PoolShutdown{true}).has_lost_ranks);
  there_and_back(PoolAlive{});
  there_and_back(PoolGoodbye{});
}

TEST(PoolMessage, RefusesWhatIsCutOffOrLies) {
  const Frame whole = to_frame(two_pieces());
  for (std::size_t size = 0; size < whole.head.size(); ++size) {
    EXPECT_FALSE(from_frame({whole.head.substr(0, size), whole.bodies})) << size;
  }
  EXPECT_FALSE(from_frame({whole.head, {}}));
  EXPECT_FALSE(from_frame({std::string(200, 'x'), {}}));
  PoolRun without_values = two_pieces();
  without_values.heads.front().shared = 1000;
  EXPECT_FALSE(from_frame(to_frame(without_values)));
  without_values.heads.front().shared = 0;
  without_values.heads.front().holes = 1000;
  EXPECT_FALSE(from_frame(to_frame(std::move(without_values))));
  PoolEnds odd;
  odd.heads.push_back({.kind = static_cast<EndHead::Kind>(3)});
  EXPECT_FALSE(from_frame(to_frame(std::move(odd))));
}

}  // namespace
}  // namespace farm
