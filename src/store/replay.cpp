#include "store/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace farm {
namespace {

// Once is bad luck: a node that fails, an allocation that ends.
constexpr int suspicious_strikes = 2;

// Folds records into a History, journal after journal.
class Folder {
 public:
  explicit Folder(Replay::By by) : collects_identities_(by == Replay::By::identity) {}

  void begin_chain() {
    history_.succeeded.clear();
    history_.failed.clear();
    history_.durations.clear();
    history_.unfinished.clear();
    strikes_.clear();
  }

  void read(JournalReader& reader) {
    sent_.clear();
    history_.preempted.clear();
    history_.end.reset();
    Record record;
    while (reader.next(record)) {
      std::visit([this](const auto& kind) { fold(kind); }, record);
    }
    for (const auto& [task, sent] : sent_) {
      history_.unfinished.insert(task);
      // Where the end was recorded, so were the workers that were lost before it.
      if (!history_.end) ++strikes_[task];
    }
    history_.skipped_lines += reader.skipped();
    for (const JournalReader::Place& hole : reader.holes()) {
      history_.notes.push_back(fmt::format(
          "{} has a hole at line {} (byte {}): what was written there last did not reach the disk and is done again",
          reader.path(), hole.line, hole.offset));
    }
    if (const auto torn = reader.torn()) {
      history_.notes.push_back(
          fmt::format("{} was cut off at line {} (byte {})", reader.path(), torn->line, torn->offset));
    }
  }

  History finish() {
    for (const auto& [task, sent] : sent_) history_.lost.push_back({task, sent.attempt});
    for (const auto& [task, strikes] : strikes_) {
      if (strikes >= suspicious_strikes) history_.suspects.insert(task);
    }
    std::sort(history_.lost.begin(), history_.lost.end(), [](const auto& a, const auto& b) { return a.task < b.task; });
    history_.successes = IdentityPool(std::move(identities_));
    return std::move(history_);
  }

 private:
  void fold(const RunStarted&) {}
  void fold(const WorkerJoined&) {}

  // Whoever ran there may have been the reason.
  void fold(const WorkerLost& lost) {
    for (const auto& [task, sent] : sent_) {
      if (sent.worker == lost.worker) ++strikes_[task];
    }
  }

  void fold(const TasksKept& kept) { history_.succeeded.add(kept.first, kept.last); }

  void fold(const TasksSent& sent) {
    for (const TasksSent::Item& item : sent.items) sent_.insert_or_assign(item.task, Sent{item.attempt, sent.worker});
  }

  void fold(const AttemptEnded& ended) {
    if (!farm::succeeded(ended.outcome)) history_.unfinished.insert(ended.task);
    // The end of an earlier attempt says nothing about one that was handed out since.
    const auto sent = sent_.find(ended.task);
    if (sent != sent_.end() && sent->second.attempt == ended.attempt) sent_.erase(sent);
    if (farm::succeeded(ended.outcome)) {
      history_.failed.erase(ended.task);
      history_.unfinished.erase(ended.task);
      strikes_.erase(ended.task);
      if (!ended.outcome.up_to_date) history_.durations.set(ended.task, ended.outcome.usage.wall);
      // A task that succeeds twice in a chain is still only one of its identity.
      const bool is_first = history_.succeeded.add(ended.task);
      if (is_first && collects_identities_) identities_.push_back(ended.identity);
    } else if (ended.outcome.cause == Cause::preempted) {
      history_.preempted.add(ended.task);
    } else if (ended.final && ended.outcome.cause != Cause::cancelled) {
      history_.failed.insert_or_assign(ended.task, History::Failure{ended.attempt, ended.outcome});
    }
  }

  void fold(const RunEnded& end) { history_.end = end; }

  bool collects_identities_;
  History history_;
  struct Sent {
    Attempt attempt{};
    Rank worker{};
  };
  std::unordered_map<TaskId, Sent> sent_;  // and not ended
  std::unordered_map<TaskId, int> strikes_;
  std::vector<Fingerprint> identities_;
};

}  // namespace

Replay::Replay(const RunDir& dir, JournalReader::Damage damage) : dir_(dir), damage_(damage) {
  for (const std::uint32_t journal : dir.journals()) add(journal);
}

void Replay::add(std::uint32_t journal) {
  ++starts_;
  JournalReader reader(dir_.open_journal(journal), damage_);
  Record first;
  if (!reader.next(first)) return;
  const RunStarted* header = std::get_if<RunStarted>(&first);
  // Whatever the header claims, only equal digests make equal ordinals.
  const bool holds = header != nullptr && header->continues && continues(header->digest);
  recorded_.push_back({journal, !holds});
  last_ = header != nullptr ? std::optional(*header) : std::nullopt;
}

bool Replay::continues(const std::optional<Fingerprint>& digest) const {
  return digest && last_ && last_->digest == digest;
}

History Replay::load(By by) const {
  auto from = recorded_.begin();
  if (by == By::ordinal) {
    const auto last = std::find_if(recorded_.rbegin(), recorded_.rend(), [](const Start& s) { return s.begins_chain; });
    if (last != recorded_.rend()) from = last.base() - 1;
  }
  Folder folder(by);
  for (; from != recorded_.end(); ++from) {
    if (from->begins_chain) folder.begin_chain();
    JournalReader reader(dir_.open_journal(from->journal), damage_);
    folder.read(reader);
  }
  return folder.finish();
}

}  // namespace farm
