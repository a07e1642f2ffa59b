// A thousand random sequences, each aligned with a reference: records are read one by one while the workers run, and
// every worker's share is counted.
//   mpirun -np 3 alignments [COUNT [SEED]]
#include <farm/farm.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <ranges>
#include <string>
#include <vector>

namespace {

const std::string reference = "GAGTTTGATCCTGGCTCAGATTGAACGCTGGCGGCATGCTTAACACATGCAAGTCGAACGGCAG";

// Tenths of a point, so that half points are whole numbers.
constexpr int match = 50;
constexpr int mismatch = -40;
constexpr int gap_open = -100;  // the first base of a gap
constexpr int gap_extend = -5;  // each further one; at the ends as in the middle
constexpr int impossible = -1'000'000;

int gap(std::size_t length) { return length == 0 ? 0 : gap_open + gap_extend * (static_cast<int>(length) - 1); }

// Gotoh's recursion: the best score of two prefixes that end in a pair, in a gap of one or in a gap of the other.
struct Cell {
  int pair = impossible;
  int gap_in_a = impossible;
  int gap_in_b = impossible;
  int best() const { return std::max({pair, gap_in_a, gap_in_b}); }
};

int align(const std::string& a, const std::string& b) {
  std::vector<Cell> row(b.size() + 1);
  row[0].pair = 0;
  for (std::size_t j = 1; j <= b.size(); ++j) row[j].gap_in_a = gap(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    Cell diagonal = row[0];
    row[0] = {.gap_in_b = gap(i)};
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const Cell above = row[j];
      const Cell& left = row[j - 1];
      row[j] = {.pair = diagonal.best() + (a[i - 1] == b[j - 1] ? match : mismatch),
                .gap_in_a = std::max({left.pair + gap_open, left.gap_in_b + gap_open, left.gap_in_a + gap_extend}),
                .gap_in_b = std::max({above.pair + gap_open, above.gap_in_a + gap_open, above.gap_in_b + gap_extend})};
      diagonal = above;
    }
  }
  return row[b.size()].best();
}

struct Aligned {
  int score = 0;
  int rank = 0;  // of the worker that did it
};

Aligned align_with_reference(const std::string& sequence) {
  return {align(reference, sequence), value(farm::this_rank())};
}

// One record after the other, as a file would give them.
class Sequences {
 public:
  explicit Sequences(unsigned seed) : random_(seed) {}
  std::string next() {
    std::string bases(64, ' ');
    for (char& base : bases) base = "ACGT"[random_() % 4];
    return bases;
  }

 private:
  std::minstd_rand random_;
};

int run(farm::Pool& pool, int count, unsigned seed) {
  Sequences sequences(seed);
  const auto records = std::views::iota(0, count) | std::views::transform([&](int) { return sequences.next(); });
  std::map<int, int> done_by;
  long sum = 0;
  int best = impossible;
  auto results = pool.stream<align_with_reference>(records);
  for (const Aligned aligned : results) {
    ++done_by[aligned.rank];
    sum += aligned.score;
    best = std::max(best, aligned.score);
  }
  std::printf("reference with itself %.1f\n", pool.submit<align_with_reference>(reference).get().score / 10.0);
  std::printf("best %.1f, mean %.2f\n", best / 10.0, static_cast<double>(sum) / count / 10.0);
  for (const auto& [rank, records_done] : done_by) std::printf("rank %d aligned %d records\n", rank, records_done);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  const unsigned seed = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  return farm::main(argc, argv, [=](farm::Pool& pool) { return run(pool, count, seed); });
}
