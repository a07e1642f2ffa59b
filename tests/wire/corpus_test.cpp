#include <cstdlib>
#include <set>

#include "support/corpus.hpp"
#include "wire/codec.hpp"
#include "wire/samples.hpp"

namespace farm {
namespace {

std::string sample_path(std::size_t kind) { return std::string(FARM_FUZZ_CORPUS) + "/kind_" + std::to_string(kind); }

// FARM_RENEW_CORPUS=1 writes the samples anew, after a change of the protocol.
void renew() {
  for (const Message& message : samples()) {
    std::ofstream(sample_path(message.index()), std::ios::binary) << encode(message);
  }
}

TEST(CodecCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(FARM_FUZZ_CORPUS); }

TEST(CodecCorpus, HasAMessageOfEveryKindInTheFormItHasToday) {
  if (std::getenv("FARM_RENEW_CORPUS") != nullptr) renew();
  for (const Message& message : samples()) {
    std::ifstream in(sample_path(message.index()), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto read = decode(bytes);
    ASSERT_TRUE(read) << sample_path(message.index()) << ": FARM_RENEW_CORPUS=1 wire_tests writes it anew";
    EXPECT_EQ(read->index(), message.index());
  }
}

}  // namespace
}  // namespace farm
