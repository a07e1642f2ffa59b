#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(LinesCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(LINES_CORPUS); }

}  // namespace
}  // namespace farm
