#include "ui/run_options.hpp"

#include <CLI/CLI.hpp>
#include <string>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "farm/error.hpp"
#include "ui/option_names.hpp"
#include "ui/option_values.hpp"
#include "ui/walltime.hpp"

namespace farm {
namespace {

void add_state_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>("--run", [&options](const std::string& text) {
    if (text.empty()) fail_usage("--run '': expected the directory that keeps the state of the run");
    options.run_dir = text;
  });
  app.add_flag("--fresh", options.fresh);
  app.add_flag("--salvage", options.salvage);
  app.add_option_function<std::string>(
      "--durability", [&options](const std::string& text) { options.durability = parse_durability(text); });
}

void add_slot_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>("-j,--jobs",
                                       [&options](const std::string& text) { options.slots = parse_slots(text); });
  app.add_option_function<std::string>("--rank0-slots", [&options](const std::string& text) {
    options.rank0_slots = parse_number("--rank0-slots", text, "the tasks rank 0 runs at a time");
  });
  app.add_option_function<std::string>("--memfree", [&options](const std::string& text) {
    options.free_memory = parse_size("--memfree", text, "the memory a node must have free");
  });
  app.add_option_function<std::string>("--load",
                                       [&options](const std::string& text) { options.load = parse_load(text); });
}

void add_node_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>(
      "--node-mem", [&options](const std::string& text) { options.node_memory = parse_node_memory(text); });
  app.add_option_function<std::string>(
      "--node-cpus", [&options](const std::string& text) { options.node_cpus = parse_node_cpus(text); });
  app.add_option_function<std::string>(
      "--node-gpus", [&options](const std::string& text) { options.node_gpus = parse_node_gpus(text); });
  app.add_option_function<std::string>("--walltime", [&options](const std::string& text) {
    const AllocationEnd end = parse_walltime(text, SystemClock().wall());
    options.ends_at = end.at;
    options.allocation_length = end.length;
  });
}

void add_failure_options(CLI::App& app, RunOptions& options, const ReadTries& read_tries) {
  app.add_option_function<std::string>("--retries", read_tries);
  app.add_option_function<std::string>("--timeout",
                                       [&options](const std::string& text) { read_timeout(text, options); });
  app.add_option_function<std::string>("--termseq,--term-seq", [&options](const std::string& text) {
    options.term_sequence = parse_term_sequence_option(text);
  });
  app.add_option_function<std::string>("--delay", [&options](const std::string& text) { read_delay(text, options); });
  app.add_option_function<std::string>("--halt",
                                       [&options](const std::string& text) { options.halt = parse_halt(text); });
}

void add_retry_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>(
      "--retry-on", [&options](const std::string& text) { options.retry_on = parse_retry_on(text); });
  app.add_option_function<std::string>("--retry-delay", [&options](const std::string& text) {
    options.retry_pause = parse_time("--retry-delay", text, "the pause before a second try");
  });
  app.add_flag("--keep-going", options.keep_going);
}

void add_schedule_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>("--token", [&options](const std::string& text) { read_tokens(text, options); })
      ->trigger_on_parse();
  app.add_option_function<std::string>("--grace", [&options](const std::string& text) {
    options.grace = parse_time("--grace", text, "the time before the end of the allocation");
  });
  app.add_option_function<std::string>("--grace-signal", [&options](const std::string& text) {
    options.grace_signal = parse_signal_option("--grace-signal", text);
  });
  app.add_option_function<std::string>(
         "--heartbeat", [&options](const std::string& text) { options.heartbeat = parse_heartbeat(text); })
      ->group(written_out);
  app.add_flag("--speculate", options.speculate);
  app.add_flag("--by-mtime", options.by_mtime);
}

void add_task_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>("--shell", [&options](const std::string& text) {
    if (text.empty()) fail_usage("--shell '': expected the program that runs the commands, such as /bin/bash");
    options.shell = text;
    options.shell_always = true;
  });
  app.add_option_function<std::string>("--resident", [&options](const std::string& text) {
    if (text.empty()) fail_usage("--resident '': expected the command that starts the program, such as 'python3 w.py'");
    options.resident = text;
  });
  app.add_option_function<std::string>("--resident-protocol", [&options](const std::string& text) {
    if (text != "lines" && text != "json") {
      fail_usage("--resident-protocol " + shell_quote(printable(text)) + ": expected lines or json");
    }
    options.resident_protocol = text == "json" ? ResidentProtocol::json : ResidentProtocol::lines;
  });
  app.add_option_function<std::string>("--resident-tasks", [&options](const std::string& text) {
    options.resident_tasks =
        parse_number("--resident-tasks", text, "how many tasks a process gets before it is replaced");
  });
  app.add_option_function<std::string>("--nice",
                                       [&options](const std::string& text) { options.nice = parse_nice(text); });
  app.add_option_function<std::string>("--task-procs", [&options](const std::string& text) {
    options.task_procs = parse_number("--task-procs", text, "how many processes a task may have at a time");
  });
  app.add_option_function<std::string>("--process-slot-var", [&options](const std::string& text) {
    options.slot_variable = parse_variable("--process-slot-var", text);
  });
  app.add_flag("--allow-outside", options.allow_outside);
  app.add_flag("--redact", options.redact);
  app.add_flag("--dry-run", options.dry_run);
}

void add_log_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>("--joblog",
                                       [&options](const std::string& text) { read_joblog_option(text, options); });
  // The last one counts, as for the modes of output.
  const auto add_resume = [&](const std::string& name, Resume resume) {
    app.add_flag_callback(name, [&options, resume] { options.resume = resume; })->trigger_on_parse();
  };
  add_resume("--resume", Resume::logged);
  add_resume("--resume-failed", Resume::good);
  add_resume("--retry-failed", Resume::failed);
  app.add_option_function<std::string>("--results",
                                       [&options](const std::string& text) { read_results(text, options); });
}

void add_output_options(CLI::App& app, RunOptions& options) {
  app.add_flag("-k,--keep-order", options.keep_order);
  app.add_flag("--tag", options.tag);
  app.add_flag("--files", options.file_names);
  app.add_flag_callback("-v", [&options] { options.verbosity = Verbosity::with_output; });
  app.add_flag_callback("-t,--verbose", [&options] { options.verbosity = Verbosity::at_start; });
  // These exclude each other; their callbacks run while the line is read, so that the last one counts.
  const auto add_mode = [&](const std::string& names, OutputMode mode) {
    app.add_flag_callback(names, [&options, mode] { options.output = mode; })->trigger_on_parse();
  };
  add_mode("--group", OutputMode::group);
  add_mode("--line-buffer,--lb", OutputMode::line_buffer);
  add_mode("--quiet", OutputMode::quiet);
}

}  // namespace

void add_run_options(CLI::App& app, RunOptions& options) {
  add_run_options(app, options, [&options](const std::string& text) { options.tries = parse_tries(text); });
}

void add_run_options(CLI::App& app, RunOptions& options, const ReadTries& read_tries) {
  add_state_options(app, options);
  add_slot_options(app, options);
  add_node_options(app, options);
  add_failure_options(app, options, read_tries);
  add_retry_options(app, options);
  add_schedule_options(app, options);
  add_task_options(app, options);
  add_output_options(app, options);
  add_log_options(app, options);
}

void check_run_options(const RunOptions& options) {
  if (options.ends_at && options.grace && *options.grace >= *options.ends_at - SystemClock().wall()) {
    fail_usage("--grace is longer than the run may take by --walltime: nothing could be started");
  }
  if (options.fresh && options.salvage) {
    fail_usage("--fresh starts over, so that there is no journal for --salvage to read: leave out one of them");
  }
  if (options.redact && options.resume == Resume::failed) {
    fail_usage(
        "--retry-failed runs the commands of the job log, where --redact leaves secrets out: use --resume-failed and "
        "the "
        "list of tasks");
  }
  if (options.resume == Resume::nothing || !options.joblog.empty()) return;
  if (options.resume == Resume::logged && !options.results.empty()) return;
  const char* const name = options.resume == Resume::logged ? "--resume"
                           : options.resume == Resume::good ? "--resume-failed"
                                                            : "--retry-failed";
  fail_usage(std::string(name) +
             " needs --joblog FILE, the list of what has been run; without one, the same command again carries on" +
             (options.resume == Resume::logged ? " (--results DIR would do, too)" : ""));
}

}  // namespace farm
