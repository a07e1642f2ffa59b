#include "ui/farm_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "api/dry_run.hpp"
#include "api/output.hpp"
#include "api/plan.hpp"
#include "api/run.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "farm/error.hpp"
#include "shepherd/begin_rank.hpp"
#include "shepherd/stand_in.hpp"
#include "ui/command_line.hpp"
#include "ui/plan_text.hpp"
#include "ui/progress.hpp"
#include "ui/simulate_text.hpp"
#include "ui/summary.hpp"
#include "ui/terminal.hpp"
#include "ui/typed_command.hpp"

namespace farm {
namespace {

constexpr int bad_usage = 2;
constexpr int cannot_go_on = 255;

int status_of(const Error& error) { return error.kind() == Error::Kind::usage ? bad_usage : cannot_go_on; }

// An ephemeral sweep ends as GNU parallel would; asked before it is known what the command line means.
bool is_ephemeral_sweep(int argc, const char* const* argv) {
  if (argc < 2 || argv[1] != std::string_view("sweep")) return false;
  return std::none_of(argv, argv + argc,
                      [](std::string_view word) { return word == "--run" || word.starts_with("--run="); });
}

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

// What it quotes may be anybody's: a name of a file, a line of a manifest.
void complain(const char* text) { std::fprintf(stderr, "farm: %s\n", printable_lines(text).c_str()); }

int print_output(const OutputCommand& command) {
  const RunOutput output(command.run);
  const auto write = [&](const RunOutput::Stored& task) {
    if (command.streams != OutputStreams::err) output.write(task, Stream::out, STDOUT_FILENO);
    if (command.streams != OutputStreams::out) output.write(task, Stream::err, STDERR_FILENO);
  };
  if (command.all) {
    for (const auto& [id, task] : output.tasks()) write(task);
  }
  for (const std::string& which : command.tasks) write(output.find(which));
  return 0;
}

// What is wrong may be said by quoting a command.
template <class Action>
auto without_secrets(const RunOptions& options, const Action& action) {
  try {
    return action();
  } catch (const Error& error) {
    if (!options.redact) throw;
    throw Error(error.kind(), redact_lines(error.what()));
  }
}

int print_plan(const PlanCommand& command) {
  if (Placement::find().rank != 0) return 0;
  const Plan plan = without_secrets(command.options, [&] { return make_plan(command.options); });
  std::fputs((command.json ? plan_json(plan) : plan_text(plan)).c_str(), stdout);
  return 0;
}

int print_simulation(const SimulateCommand& command) {
  if (Placement::find().rank != 0) return 0;
  const SimulatedRuns runs = simulate_runs(command.options);
  std::fputs((command.json ? simulation_json(runs) : simulation_text(runs)).c_str(), stdout);
  return 0;
}

RunResult serve(const RunOptions& options, const Placement& placement, ShepherdClient& shepherd) {
  RunObserver nobody_looks;
  return run(options, placement, shepherd, nobody_looks);
}

// What the user sees of a run.
class Screen final : public Progress {
 public:
  Screen(const Terminal& where, ProgressMode mode, bool color, const Clock& clock, std::vector<std::string> command)
      : Progress(where, mode, color, clock), color_(color), command_(std::move(command)) {}

  void ended(const RunSummary& summary) override {
    finish(summary.last);
    std::fputs(format_summary(summary, command_, color_).c_str(), stderr);
  }

 private:
  const bool color_;
  const std::vector<std::string> command_;
};

// To be shown when there is something left to do. The values of a sweep stand alone there: nobody knows what they are.
std::vector<std::string> command_to_repeat(const RunOptions& options, std::vector<std::string> words) {
  if (!options.redact) return words;
  if (options.sweep) return {};
  for (std::string& word : words) word = redact(word);
  return words;
}

RunResult show_run(const RunOptions& options, const Placement& placement, ShepherdClient& shepherd, int argc,
                   const char* const* argv, pid_t launcher) {
  const SystemClock clock;
  const Environment environment = read_environment();
  const Terminal terminal = Terminal::find(launcher);
  const bool color = choose_color(terminal.interactive(), environment);
  const ProgressMode mode = choose_progress(options.progress, terminal.interactive(), environment);
  Screen screen(terminal, mode, color, clock, command_to_repeat(options, typed_command(launcher, argc, argv)));
  return run(options, placement, shepherd, screen);
}

int run_manifest(const RunOptions& options, int argc, const char* const* argv) {
  const Placement placement = Placement::find();
  if (options.dry_run) {
    if (placement.rank == 0) {
      without_secrets(options, [&] {
        list_commands(options, [](std::string_view lines) { std::fwrite(lines.data(), 1, lines.size(), stdout); });
      });
    }
    return 0;
  }
  const pid_t launcher = placement.launched ? ::getppid() : 0;
  const std::unique_ptr<ShepherdClient> shepherd = begin_rank(argc, argv);
  int status = cannot_go_on;
  bool owes_stand_in = false;
  bool in_order = true;
  try {
    const RunResult result = without_secrets(options, [&] {
      return placement.rank == 0 ? show_run(options, placement, *shepherd, argc, argv, launcher)
                                 : serve(options, placement, *shepherd);
    });
    status = result.status;
    owes_stand_in = result.owes_stand_in;
  } catch (const Error& error) {
    complain(error.what());
    status = is_ephemeral_sweep(argc, argv) ? cannot_go_on : status_of(error);
    in_order = error.kind() == Error::Kind::usage;
  } catch (const std::exception& error) {
    complain(error.what());
    in_order = false;
  }
  std::fflush(nullptr);
  shepherd->leave(status, owes_stand_in);
  // After a fatal error other ranks may be gone or waiting: nothing that talks to them, as MPI's own clean-up, may run.
  if (!in_order || owes_stand_in) ::_exit(status);
  return status;
}

int dispatch(int argc, const char* const* argv) {
  const Command command = parse_command_line(argc, argv, {.parallel = variable("PARALLEL"), .home = variable("HOME")});
  if (const auto* print = std::get_if<PrintCommand>(&command)) {
    std::fputs(print->text.c_str(), stdout);
    return 0;
  }
  if (const auto* output = std::get_if<OutputCommand>(&command)) return print_output(*output);
  if (const auto* plan = std::get_if<PlanCommand>(&command)) return print_plan(*plan);
  if (const auto* simulation = std::get_if<SimulateCommand>(&command)) return print_simulation(*simulation);
  return run_manifest(std::get<RunCommand>(command).options, argc, argv);
}

}  // namespace

int farm_command(int argc, const char* const* argv) {
  if (const auto status = stand_in(argc, argv)) return *status;
  try {
    return dispatch(argc, argv);
  } catch (const Error& error) {
    // The first rank to end with an error makes mpirun end all others. That is to be rank 0, which says why; one whose
    // host alone has something wrong, as in a file of options, says it after that time.
    if (Placement::find().rank != 0) std::this_thread::sleep_for(std::chrono::seconds(2));
    complain(error.what());
    return is_ephemeral_sweep(argc, argv) ? cannot_go_on : status_of(error);
  }
}

}  // namespace farm
