#include "api/worker_side.hpp"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "api/node_here.hpp"
#include "api/slots_here.hpp"
#include "base/machine.hpp"
#include "base/node_state.hpp"
#include "farm/error.hpp"
#include "node/fill_slot.hpp"
#include "node/node_facts.hpp"
#include "node/node_resources.hpp"
#include "node/slots.hpp"
#include "store/journal_reader.hpp"
#include "store/run_dir.hpp"
#include "store/start_watch.hpp"

namespace farm {
namespace {

// This rank's segment in the run directory, if that directory is really the master's and not another one of the same
// name.
std::unique_ptr<SegmentWriter> open_segment(const Welcome& welcome, const RunOptions& options) {
  try {
    RunDir dir = RunDir::view(welcome.run_dir);
    JournalReader journal(dir.open_journal(welcome.start), JournalReader::Damage::refuse);
    Record first;
    const auto* header = journal.next(first) ? std::get_if<RunStarted>(&first) : nullptr;
    if (header == nullptr || header->run != welcome.run) return nullptr;
    const bool is_kept = options.run_dir || (!options.sweep && header->digest);
    if (!is_kept) dir.keep_loosely();
    auto segment = std::make_unique<SegmentWriter>(dir.create_segment());
    if (is_kept) segment->keep_durable(options.durability);
    return segment;
  } catch (const Error&) {
    return nullptr;
  }
}

Settings settings(const Process& process, const Welcome& welcome, const NodeResources& node) {
  const char* shell = std::getenv("SHELL");
  const std::string usual = shell != nullptr && *shell != '\0' ? shell : "/bin/sh";
  return {.shell = process.options.shell.empty() ? usual : process.options.shell,
          .shell_always = process.options.shell_always,
          .run_dir = welcome.run_dir,
          .rank = Rank{process.placement.rank},
          .nice = process.options.nice,
          .gpu_variables = node.gpu_variables,
          .heartbeat = heartbeat(process),
          .term_sequence = process.options.term_sequence,
          .most_processes = process.options.task_procs};
}

Admission::Setup admission(const RunOptions& options) {
  Admission::Setup setup{.free_memory = options.free_memory, .look = [] { return read_node_state(); }};
  if (options.load) setup.load = load_limit(*options.load, usable_processors());
  return setup;
}

}  // namespace

ResidentLauncher make_launcher(const Process& process) {
  return {process.shepherd,
          process.poller,
          process.clock,
          {.protocol = process.options.resident_protocol, .most_tasks = process.options.resident_tasks}};
}

// They have nothing to do any more but to end.
void see_residents_off(const Process& process, ResidentLauncher& launcher, Watcher& shepherd) {
  struct NobodyLooks final : LaunchEvents {
    void output(LaunchKey, Stream, std::string_view) override {}
    void ended(LaunchKey, const Outcome&, std::string_view, std::string_view) override {}
    void signalled(int) override {}
  } nobody_looks;
  constexpr Nanos patience = std::chrono::seconds(1);
  const Nanos pause = heartbeat(process) > Nanos::zero() ? heartbeat(process) : patience;
  launcher.retire();
  for (const TimePoint end = process.clock.now() + patience; !launcher.is_idle() && process.clock.now() < end;) {
    launcher.beat();
    launcher.turn(nobody_looks);
    shepherd.want(shepherd_interest(process.shepherd));
    const Nanos left = std::max(end - process.clock.now(), Nanos::zero());
    if (!launcher.is_idle()) process.poller.wait(std::min(left, pause));
  }
}

Worker make_worker(const Process& process, const MpiSession* session, Channel& channel, Launcher& launcher,
                   std::function<void(int)> signalled) {
  SlotsHere here = slots_here(process.options, process.placement, session);
  const NodeResources node = node_here(process.options);
  const auto watch = std::make_shared<std::optional<StartWatch>>();  // begins with the welcome
  return Worker(
      {.rank = Rank{process.placement.rank},
       .host = host_name(),
       .pid = ::getpid(),
       .slots = here.slots,
       .numbers = here.numbers,
       .stream_output = process.options.output == OutputMode::line_buffer,
       .resident = process.options.resident,
       .slot_variable = process.options.slot_variable,
       .admission = admission(process.options),
       .node = node,
       .heartbeat = heartbeat(process),
       .share = std::move(here.share),
       .list_processors = [] { return cores_first(read_processors()); },
       .is_superseded = [watch] { return *watch && (*watch)->is_superseded(); },
       .welcomed =
           [process, node, watch](const Welcome& welcome) {
             watch->emplace(welcome.run_dir, welcome.run, welcome.start);
             process.shepherd.configure(settings(process, welcome, node));
           },
       .open_segment = [&options = process.options](const Welcome& welcome) { return open_segment(welcome, options); },
       .signalled = std::move(signalled)},
      channel, launcher, process.clock);
}

bool work(const Process& process, const MpiSession& session, MpiChannel& channel) {
  ResidentLauncher launcher = make_launcher(process);
  Worker worker = make_worker(process, &session, channel, launcher, [](int) {});
  Watcher shepherd(process.poller, process.shepherd.fd());
  while (!worker.is_over()) {
    worker.turn();
    if (!channel.take_lost().empty()) fail_fatal("rank 0 is gone; what was acknowledged is in its journal");
    shepherd.want(shepherd_interest(process.shepherd));
    if (!worker.is_over()) {
      sleep_until(process, worker.next_due(), channel.patience(process.clock.now(), worker.is_expecting()));
    }
  }
  see_residents_off(process, launcher, shepherd);
  return worker.has_lost_ranks();
}

}  // namespace farm
