/// Rank 0's loop: what workers report goes into the journal, then to the scheduler, and then what it decided is done,
/// in this order at every turn. Knows the messages and the tasks; decides nothing itself.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/fingerprint.hpp"
#include "core/heartbeats.hpp"
#include "core/scheduler.hpp"
#include "farm/observer.hpp"
#include "farm/options.hpp"
#include "manifest/task_source.hpp"
#include "node/printer.hpp"
#include "node/result_desk.hpp"
#include "node/result_writer.hpp"
#include "node/run_notes.hpp"
#include "node/slot_file.hpp"
#include "node/task_reader.hpp"
#include "node/throughput.hpp"
#include "store/joblog.hpp"
#include "store/journal.hpp"
#include "store/record.hpp"
#include "store/segment_writer.hpp"
#include "wire/channel.hpp"

namespace farm {

class Master {
 public:
  /// Everything it works with; all of it stays the caller's and outlives the master.
  struct Parts {
    Channel& channel;
    Journal& journal;
    SegmentWriter& segment;  ///< output that no worker has stored
    TaskSource& source;
    Printer& printer;
    RunObserver& observer;
    const Clock& clock;
    ResultWriter* results = nullptr;
    Joblog* joblog = nullptr;
  };

  struct Setup {
    RunOptions options;
    std::string run;          ///< id
    std::string run_dir;      ///< absolute
    std::string launch_dir;   ///< absolute
    std::string host;         ///< this one
    std::uint32_t start = 1;  ///< number of this start, as in the journal's header
    int ranks = 1;            ///< ranks that will say hello, rank 0's own worker among them

    TaskReader::Knowledge knowledge;  ///< of tasks
    TaskGraph graph;                  ///< what waits for what
    bool has_graph = false;           ///< it is not empty
    std::optional<TimePoint> end{};   ///< of the allocation
    Nanos grace{0};                   ///< before it, for what runs to end; the last third is for farm itself
    bool orders_by_weight = false;    ///< tasks differ in priority or in how long they take, as far as that is known
  };

  Master(Parts parts, Setup setup);

  /// Handles everything that has arrived and acts on it.
  void turn();

  /// Start nothing more, let what runs end. `why` is for the summary.
  void drain(const std::string& why);
  /// End what runs, then stop.
  void stop(const std::string& why);

  TimePoint next_due() const;
  bool is_expecting() const;

  /// Every task is settled, or the run was stopped and nothing runs any more, and what can be printed has been.
  bool is_over() const;

  /// Whether turn() should be called when the source becomes readable.
  bool waits_for_source() const { return reader_.waits_for_source(); }

  /// Tells the workers to leave and writes the last line of the journal; its sync is under way when this returns.
  RunSummary finish();

 private:
  struct Joining {
    WorkerUp event;
    std::string host;
    std::int32_t pid = 0;
  };

  void receive();
  void handle(Rank from, Message& message);
  void greet(Rank from, const Hello& hello);
  void join(const Joining& worker);
  void take(Rank from, Results& results);
  void write_end(const ResultDesk::End& end, const ResultDesk::Streams& streams);
  void take(Rank from, const OutputChunk& chunk);
  void take(Rank from, const Returned& returned);
  void take(Rank from, const Resized& resized);
  void look_at_slots();
  void give_up_the_silent();
  void lose(Rank rank, const std::string& why);

  void apply(const Event& event);
  void read_tasks();
  void write_down();
  void report_trouble();
  void write_joblog();
  bool has_results_to_write() const;
  std::string trouble() const;
  void act();
  void act_on_stops();
  void act_on(const ReadTasks& read);
  void act_on(const SendTasks& send);
  void act_on(const TakeBack& take);
  void act_on(const StopWorker& stop);
  void act_on(const StopAttempts& stop);
  void act_on(const Poisoned& poisoned);
  void act_on(const WorkerSetAside& aside);
  void act_on(const WorkerBack& back);
  void act_on(const TaskSettled& settled);
  void act_on(const Halted& halt);
  /// As it may be shown.
  TaskSpec shown(TaskId task) const;
  void give_credits();
  int status() const;

  RunSnapshot snapshot() const;
  std::optional<std::uint64_t> tasks_left() const;

  Parts parts_;
  Setup setup_;
  TaskReader reader_;
  Scheduler scheduler_;
  ResultDesk desk_;
  RunNotes notes_;
  Throughput throughput_;
  Heartbeats heartbeats_;
  std::set<Rank> lost_;
  std::vector<std::pair<Rank, Credit>> credits_;
  Actions pending_;                             // decided, not done
  std::size_t written_down_ = 0;                // how many of these the journal knows of
  std::size_t stops_seen_ = 0;                  // of pending_, while nothing can be written
  std::map<std::string, std::uint32_t> nodes_;  // numbers of hosts
  SlotFile slot_file_;
  std::optional<Resize> resize_;           // what workers were told last
  std::map<Rank, Joining> without_slots_;  // the scheduler does not know them yet
  std::uint64_t up_to_date_ = 0;  // tasks that were not run, because what they make was newer than what they read
  std::string told_trouble_;
  std::string told_log_trouble_;
  TimePoint started_;
  TimePoint last_progress_;
};

}  // namespace farm
