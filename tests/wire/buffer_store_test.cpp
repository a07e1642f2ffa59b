#include "wire/buffer_store.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(BufferStore, UsesABufferAgainOnceItsLastOwnerIsGone) {
  BufferStore store(1 << 20);
  auto first = store.take(100'000);
  auto second_owner = first;
  std::byte* const place = first.get();
  first.reset();
  EXPECT_EQ(store.kept(), 0U);
  second_owner.reset();
  EXPECT_EQ(store.take(100'000).get(), place);
}

TEST(BufferStore, GivesOutWhatItKeepsForAboutTheSameSize) {
  BufferStore store(1 << 20);
  std::byte* const place = store.take(100'000).get();
  EXPECT_GE(store.kept(), 100'000U);
  EXPECT_EQ(store.take(99'000).get(), place);
  EXPECT_NE(store.take(200'000).get(), place);
}

TEST(BufferStore, KeepsNoMoreThanItMay) {
  BufferStore store(300'000);
  {
    const auto a = store.take(200'000);
    const auto b = store.take(200'000);
  }
  EXPECT_LE(store.kept(), 300'000U);
  EXPECT_GE(store.kept(), 200'000U);
  const auto nothing = store.take(0);
}

}  // namespace
}  // namespace farm
