#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(TemplateCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(TEMPLATE_CORPUS); }

}  // namespace
}  // namespace farm
