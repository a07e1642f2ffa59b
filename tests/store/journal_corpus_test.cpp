// What a fuzzer found or starts from, as ordinary tests: each file must pass the fuzz target's own checks.
#include <cstddef>
#include <cstdint>
#include <random>

#include "store/support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace farm::test {
namespace {

void run_target(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

TEST(JournalCorpus, EveryFilePasses) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FARM_FUZZ_CORPUS "/journal")) {
    SCOPED_TRACE(entry.path().string());
    run_target(read_file(entry.path().string()));
    ++files;
  }
  EXPECT_GT(files, 0);
}

TEST(JournalCorpus, SmallChangesToItPass) {
  std::mt19937 random(3);
  for (const auto& entry : std::filesystem::directory_iterator(FARM_FUZZ_CORPUS "/journal")) {
    const std::string bytes = read_file(entry.path().string());
    for (int round = 0; round < 300 && !bytes.empty(); ++round) {
      std::string changed = bytes;
      for (auto changes = random() % 3 + 1; changes > 0; --changes) {
        changed[random() % changed.size()] = static_cast<char>(random());
      }
      run_target(changed.substr(0, random() % 4 == 0 ? random() % changed.size() : changed.size()));
    }
  }
}

}  // namespace
}  // namespace farm::test
