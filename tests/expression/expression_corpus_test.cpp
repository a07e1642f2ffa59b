#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(ExpressionCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(EXPRESSION_CORPUS); }

}  // namespace
}  // namespace farm
