#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(JsonLinesCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(JSONL_CORPUS); }

}  // namespace
}  // namespace farm
