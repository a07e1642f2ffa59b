/// A worker rank: takes tasks from the master, runs them through its launcher, and reports. Knows nothing of
/// scheduling; its queue is first in, first out.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "node/admission.hpp"
#include "node/granted_devices.hpp"
#include "node/slots.hpp"
#include "node/task_outputs.hpp"
#include "node/write_task_files.hpp"
#include "shepherd/launcher.hpp"
#include "store/segment_writer.hpp"
#include "wire/channel.hpp"

namespace farm {

class Worker final : private LaunchEvents {
 public:
  struct Setup {
    Rank rank{};
    std::string host;
    std::int32_t pid = 0;
    std::uint32_t slots = 1;
    SlotNumbers numbers{{.slots = 1}, 1, 1, 0};  ///< of the slots, unique on the node
    bool stream_output = false;                  ///< pass output to the master as it comes instead of storing it here
    std::string resident{};                      ///< program that stays, for tasks that do not name one; empty: none
    std::string slot_variable{};                 ///< set to the slot, less 1, for every task; empty: none
    Admission::Setup admission{};                ///< what the node must have left before a task starts
    NodeResources node{};                        ///< what there is to grant
    Nanos heartbeat{0};                          ///< at least so often it shows that it lives; 0: it need not

    /// How many slots it has when its node has so many; empty: always as many.
    std::function<std::uint32_t(const SlotRule&)> share{};

    /// The kernel's numbers of the node's processors, in the order in which they are granted.
    std::function<std::vector<std::uint32_t>()> list_processors{};

    /// Asked now and then, and before outputs get their names: whether a later start of the run has begun. Then this
    /// one ends.
    std::function<bool()> is_superseded{};

    /// The master has said which run it is; comes before the first task.
    std::function<void(const Welcome&)> welcomed;

    /// Opens this worker's own segment in the run directory, or returns null where that directory
    /// is not to be seen: then output travels to the master.
    std::function<std::unique_ptr<SegmentWriter>(const Welcome&)> open_segment;

    /// Gets signals the shepherd received for this rank.
    std::function<void(int signal)> signalled;
  };

  /// Greets the master. Channel, launcher and clock stay the caller's and outlive the worker.
  Worker(Setup setup, Channel& channel, Launcher& launcher, const Clock& clock);

  /// Handles everything that has arrived. Throws Error (fatal) when the shepherd is gone.
  void turn();

  /// When turn() is due although nothing arrives; `end_of_time` when it is not.
  TimePoint next_due() const;

  /// Whether a message from the master would find an idle slot.
  bool is_expecting() const;

  /// The master said that the run is over.
  bool is_over() const { return end_.has_value(); }
  /// And that ranks are dead, so that MPI is not to be finalised.
  bool has_lost_ranks() const { return end_ && end_->has_lost_ranks; }

  std::size_t running() const { return running_.size(); }

 private:
  struct Queued {
    LaunchKey key;
    LaunchRequest request;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    bool by_mtime = false;
    Grant grant;
  };
  struct Running {
    std::uint32_t slot = 0;
    std::size_t place = 0;      // in slot_in_use_
    std::uint64_t started = 0;  // the how-manieth to start
    OutputRef out;
    OutputRef err;
    TaskOutputs outputs;
  };

  void output(LaunchKey key, Stream stream, std::string_view bytes) override;
  void ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) override;
  void signalled(int signal) override;

  void say(Message message);
  void show_life();
  void end_if_superseded() const;

  void handle(const Message& message);
  void welcome(const Welcome& message);
  void enqueue(const Dispatch& batch);
  void credit(const Credit& credit);
  void recall();
  void stop_work();
  void stop_attempt(const StopAttempt& order);
  void resize(const Resize& order);
  void connect_files(Queued& task);
  bool is_made(const Queued& task) const;
  void pass_over(LaunchKey key);

  void start_tasks();
  void start(Queued task);
  void refuse(LaunchKey key, int error, const std::string& line);
  void refuse_files(LaunchKey key, const FileFailure& failure);
  void shed_youngest();
  std::size_t take_slot();
  StreamPlace place(OutputRef& stored, LaunchKey key, Stream stream, std::string_view rest);
  bool stores_output();
  bool should_report() const;
  bool is_running_low() const { return queue_.size() <= batch_ / 2; }
  void report();
  void flush_segment();

  Setup setup_;
  Channel& channel_;
  Launcher& launcher_;
  const Clock& clock_;
  std::optional<Welcome> welcome_;
  std::unique_ptr<SegmentWriter> segment_;  // opened for the first task that prints much
  bool has_no_segment_ = false;
  std::deque<Queued> queue_;
  std::map<LaunchKey, Running> running_;
  std::uint32_t slots_;
  std::vector<bool> slot_in_use_;  // longer than that while tasks run in slots that were taken away
  Admission admission_;
  GrantedDevices devices_;
  std::uint64_t started_ = 0;
  bool told_files_ = false;  // that some could not be written
  Results results_;
  bool urgent_ = false;  // something in results_ the master should see at once
  Nanos report_within_{0};
  std::size_t batch_ = 0;          // how many tasks the last dispatch brought
  bool told_running_low_ = false;  // since then
  TimePoint oldest_result_ = end_of_time;
  TimePoint last_words_;
  TimePoint last_beat_;
  unsigned beats_ = 0;
  bool told_trouble_ = false;
  std::optional<Shutdown> end_;
};

}  // namespace farm
