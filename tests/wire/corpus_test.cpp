#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(CodecCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(FARM_FUZZ_CORPUS); }

}  // namespace
}  // namespace farm
