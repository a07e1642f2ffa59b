#include "support/corpus.hpp"

namespace farm {
namespace {

TEST(TomlCorpus, HoldsWhatTheFuzzerChecks) { replay_corpus(TOML_CORPUS); }

}  // namespace
}  // namespace farm
