#include "node/vain_options.hpp"

namespace farm {
namespace {

int worker_ranks(const RunOptions& options, int ranks) {
  return ranks == 1 ? 1 : ranks - 1 + (options.rank0_slots.value_or(0) > 0 ? 1 : 0);
}

}  // namespace

std::vector<std::string> vain_options(const RunOptions& options, int ranks) {
  std::vector<std::string> notes;
  if (!options.ends_at && (options.grace || options.grace_signal != 0)) {
    const std::string name = options.grace ? "--grace" : "--grace-signal";
    notes.push_back(name + " has no effect: neither --walltime nor a batch system says when the run must be over");
  }
  if (options.speculate && worker_ranks(options, ranks) == 1) {
    notes.push_back(
        "--speculate has no effect: only one rank runs tasks, and a second attempt is begun on another one");
  }
  return notes;
}

}  // namespace farm
