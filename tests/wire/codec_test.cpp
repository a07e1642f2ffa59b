#include "wire/codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "wire/samples.hpp"

namespace farm {
namespace {

TEST(Codec, EveryMessageComesBack) {
  const auto messages = samples();
  ASSERT_EQ(messages.size(), std::variant_size_v<Message>) << "one sample of each kind";
  for (const Message& message : messages) {
    const std::string bytes = encode(message);
    const auto back = decode(bytes);
    ASSERT_TRUE(back) << message.index();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(encode(*back), bytes);
  }
}

TEST(Codec, SlotsOfNoKindAreRefused) {
  EXPECT_TRUE(decode(encode(Resize{.kind = 3, .number = 2})));
  EXPECT_FALSE(decode(encode(Resize{.kind = 4, .number = 2})));
}

TEST(Codec, ATaskComesBackWithAllItHas) {
  const auto messages = samples();
  const auto& dispatch = std::get<Dispatch>(messages[6]);
  std::size_t at = 0;
  const auto first = unpack_task(dispatch.heads[0], dispatch.text, at);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->command, "plain");
  EXPECT_EQ(dispatch.heads[0].extra_bytes, 0U) << "the usual task costs nothing extra";
  EXPECT_EQ(dispatch.heads[0].timeout_ns, 3'000'000'000);
  const auto second = unpack_task(dispatch.heads[1], dispatch.text, at);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->extra.argv, (std::vector<std::string>{"a", "", "b c"}));
  EXPECT_EQ(second->extra.cwd, "/tmp");
  EXPECT_EQ(second->extra.env.at(1), (std::pair<std::string, std::string>{"B", ""}));
  EXPECT_EQ(at, dispatch.text.size());
  EXPECT_FALSE(unpack_task(dispatch.heads[0], dispatch.text, at)) << "nothing is left";
}

TEST(Codec, ABatchCostsBytesNotObjects) {
  Dispatch batch;
  for (std::uint64_t i = 0; i < 64; ++i) append_task(batch, TaskId{i}, Attempt{}, {.command = "true"}, {});
  EXPECT_LT(encode(batch).size(), 64 * (sizeof(TaskHead) + 4) + 64);
}

TEST(Codec, EveryTruncationIsRefused) {
  for (const Message& message : samples()) {
    const std::string bytes = encode(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(decode(std::string_view(bytes).substr(0, length))) << message.index() << " cut to " << length;
    }
    EXPECT_FALSE(decode(bytes + '\0')) << "what follows is not ours";
  }
}

TEST(Codec, DamageIsRefusedOrHarmless) {
  std::mt19937 random(1);
  for (const Message& message : samples()) {
    const std::string bytes = encode(message);
    for (int round = 0; round < 3000; ++round) {
      std::string damaged = bytes;
      for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      const auto read = decode(damaged);  // neither crashes nor takes gigabytes
      if (!read) continue;
      if (const auto* results = std::get_if<Results>(&*read)) {
        for (const ResultHead& head : results->heads) EXPECT_LE(head.outcome.cause, last_cause);
      }
      if (const auto* dispatch = std::get_if<Dispatch>(&*read)) {
        std::size_t at = 0;
        for (const TaskHead& head : dispatch->heads) {
          if (!unpack_task(head, dispatch->text, at)) break;
        }
      }
    }
  }
}

TEST(Codec, OtherVersionsAreRefused) {
  std::string bytes = encode(Recall{});
  bytes[4] = static_cast<char>(protocol_version + 1);
  EXPECT_FALSE(decode(bytes));
  EXPECT_FALSE(decode("not farm at all"));
}

}  // namespace
}  // namespace farm
