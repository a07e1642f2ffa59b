#include "store/recorded_times.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "store/journal_reader.hpp"

namespace farm {
namespace {

// A slot that waits for work says nothing of how long the next start takes, and many may wait, at barriers or at the
// end: a low quartile has only starts in it.
constexpr std::size_t share_of_starts = 4;
constexpr std::size_t enough_starts = 20;
constexpr std::size_t most_starts = 100'000;

class Reader {
 public:
  void read(JournalReader& journal) {
    last_ends_.clear();
    Record record;
    while (journal.next(record)) {
      if (auto* header = std::get_if<RunStarted>(&record)) {
        if (!header->continues) times_.durations.clear();
        times_.last = std::move(*header);
      } else if (const auto* ended = std::get_if<AttemptEnded>(&record)) {
        note(*ended);
      }
    }
  }

  RecordedTimes finish() {
    if (pauses_.size() >= enough_starts) {
      const auto middle = pauses_.begin() + static_cast<std::ptrdiff_t>(pauses_.size() / share_of_starts);
      std::nth_element(pauses_.begin(), middle, pauses_.end());
      times_.between = *middle;
    }
    return std::move(times_);
  }

 private:
  void note(const AttemptEnded& ended) {
    const Outcome& outcome = ended.outcome;
    if (outcome.started > Nanos::zero()) {
      Nanos& end = last_ends_[{ended.worker, ended.slot}];
      const bool is_next = end > Nanos::zero() && outcome.started >= end;
      if (is_next && pauses_.size() < most_starts) pauses_.push_back(outcome.started - end);
      end = outcome.started + outcome.usage.wall;
    }
    if (!succeeded(outcome)) return;
    const std::size_t task = value(ended.task);
    if (task >= times_.durations.size()) times_.durations.resize(task + 1);
    times_.durations[task] = std::max(Nanos(1), outcome.usage.wall);
  }

  RecordedTimes times_;
  std::map<std::pair<Rank, std::uint32_t>, Nanos> last_ends_;  // by slot
  std::vector<Nanos> pauses_;
};

}  // namespace

RecordedTimes read_recorded_times(const RunDir& dir) {
  Reader reader;
  for (const std::uint32_t number : dir.journals()) {
    JournalReader journal(dir.open_journal(number), JournalReader::Damage::skip);
    reader.read(journal);
  }
  return reader.finish();
}

}  // namespace farm
