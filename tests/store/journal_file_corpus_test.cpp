#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(JournalFileCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(JOURNAL_FILE_CORPUS); }

}  // namespace
}  // namespace farm
