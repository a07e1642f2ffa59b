#include "ui/sweep_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "farm/sweep.hpp"
#include "sweep/block_size.hpp"
#include "ui/arguments.hpp"
#include "ui/option_names.hpp"
#include "ui/option_values.hpp"
#include "ui/run_options.hpp"

namespace farm {
namespace {

// What is typed, before it is known how the parts go together.
struct Typed {
  RunOptions options;
  Sweep sweep;
  std::vector<std::string> files;  // -a
  std::string arg_sep = ":::";
  std::string arg_file_sep = "::::";
  std::optional<Trim> trim;
  std::optional<std::uint64_t> most_values;   // -n
  std::optional<std::uint64_t> exact_values;  // -N
  std::optional<std::uint64_t> lines;         // -L
  bool fill_words = false;                    // -X
  bool fill_values = false;                   // -m
  bool fill_without_spreading = false;        // --xargs
  bool shuffle = false;
  std::string header;
  PipeOptions pipe;
  bool is_pipe = false;
  std::vector<std::string> profiles;  // -J
  bool is_plain = false;              // without $PARALLEL and profiles
};

void add_input_options(CLI::App& app, Typed& typed) {
  Sweep& sweep = typed.sweep;
  app.add_option_function<std::string>("-a,--arg-file", [&](const std::string& path) { typed.files.push_back(path); })
      ->trigger_on_parse();
  app.add_option("--arg-sep", typed.arg_sep);
  app.add_option("--arg-file-sep", typed.arg_file_sep);
  app.add_flag("--link,--xapply", sweep.link);
  app.add_option_function<std::string>("-d,--delimiter", [&](const std::string& text) {
    sweep.separator = parse_escapes(text);
    if (sweep.separator.empty()) fail_usage("-d '': expected what ends a value, such as '\\n', ',' or '\\0'");
  });
  app.add_flag_callback("-0,--null", [&] { sweep.separator.assign(1, '\0'); });
  app.add_option_function<std::string>("-C,--colsep", [&](const std::string& text) { sweep.column_separator = text; });
  app.add_flag("--csv", sweep.csv);
  app.add_option("--header", typed.header);
  app.add_option_function<std::string>("--trim", [&](const std::string& text) { typed.trim = parse_trim(text); });
  app.add_flag("-r,--no-run-if-empty", sweep.skip_blank);
  app.add_option_function<std::string>("-E,--eof", [&](const std::string& text) { sweep.end_marker = text; });
  app.add_flag("--shuf", typed.shuffle);
  app.add_option("--filter", sweep.filter);
}

void add_grouping_options(CLI::App& app, Typed& typed) {
  const auto add_count = [&](const std::string& names, std::optional<std::uint64_t>& count) {
    app.add_option_function<std::string>(names, [&count, names](const std::string& text) {
      count = parse_number(names.substr(0, 2), text, "the values of a task");
    });
  };
  add_count("-n,--max-args", typed.most_values);
  add_count("-N,--max-replace-args", typed.exact_values);
  add_count("-L,--max-lines", typed.lines);
  app.add_option_function<std::string>(
         "-l", [&](const std::string& text) { typed.lines = parse_number("-l", text, "the lines of a task"); })
      ->expected(0, 1);
  app.add_flag("-X", typed.fill_words);
  app.add_flag("-m", typed.fill_values);
  app.add_flag("--xargs", typed.fill_without_spreading);
  app.add_option_function<std::string>("-s,--max-chars", [&](const std::string& text) {
    typed.sweep.grouping.most_bytes = parse_number("-s", text, "the bytes of a command line");
  });
  app.add_flag("-x,--exit");  // too long a line is refused in any case
}

void add_pipe_options(CLI::App& app, Typed& typed) {
  PipeOptions& pipe = typed.pipe;
  app.add_flag("--pipe,--spreadstdin", typed.is_pipe);
  app.add_flag("--pipepart,--pipe-part", typed.sweep.pipe_part);
  app.add_option_function<std::string>("--block,--block-size", [&pipe](const std::string& text) {
    pipe.block = parse_block_size(text);
    if (!pipe.block) {
      fail_usage(fmt::format("--block {}: expected the size of a block, such as 10M, or -2 for two blocks per slot",
                             shell_quote(printable(text))));
    }
  });
  app.add_option_function<std::string>("--recstart", [&pipe](const std::string& text) { pipe.recstart = text; });
  app.add_option_function<std::string>("--recend", [&pipe](const std::string& text) { pipe.recend = text; });
  app.add_flag("--regexp,--regex", pipe.regexp);
  app.add_flag("--rrs,--remove-rec-sep,--removerecsep", pipe.removes_separators);
  app.add_flag("--tee", pipe.tee);
  app.add_flag("--round-robin,--roundrobin,--round", pipe.round_robin);
  app.add_flag_callback("--cat", [&pipe] { pipe.feed = PipeOptions::Feed::file; });
  app.add_flag_callback("--fifo", [&pipe] { pipe.feed = PipeOptions::Feed::fifo; });
}

void add_replacement_options(CLI::App& app, Typed& typed) {
  ReplacementNames& names = typed.sweep.names;
  app.add_option("-I,--replace", names.value);
  app.add_option("--er,--extensionreplace", names.no_extension);
  app.add_option("--bnr,--basenamereplace", names.base);
  app.add_option("--dnr,--dirnamereplace", names.directory);
  app.add_option("--bner,--basenameextensionreplace", names.base_no_extension);
  app.add_option("--seqreplace", names.sequence);
  app.add_option("--slotreplace", names.slot);
  app.add_flag("--plus", names.plus);
  app.add_option_function<std::string>("--parens", [&names](const std::string& text) {
    if (text.size() < 2 || text.size() % 2 != 0) {
      fail_usage(fmt::format("--parens {}: expected two markers of equal length, such as '<<>>'",
                             shell_quote(printable(text))));
    }
    names.expression_begin = text.substr(0, text.size() / 2);
    names.expression_end = text.substr(text.size() / 2);
  });
  app.add_option_function<std::string>(
         "--rpl",
         [&names](const std::string& text) {
           const std::size_t blank = text.find_first_of(" \t");
           if (blank == text.npos || blank == 0) {
             fail_usage(
                 fmt::format("--rpl {}: expected a name, a blank and an expression, such as '{{.gz}} s/\\.gz$//'",
                             shell_quote(printable(text))));
           }
           names.defined.emplace_back(text.substr(0, blank), text.substr(blank + 1));
         })
      ->trigger_on_parse();
}

void add_command_options(CLI::App& app, Typed& typed) {
  Sweep& sweep = typed.sweep;
  app.add_flag("-q,--quote", sweep.quote_words);
  app.add_flag_function("--shellquote,--shell-quote",
                        [&](std::int64_t times) { sweep.print_quoted = static_cast<std::uint32_t>(times); })
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--wd,--workdir", sweep.directory);
  app.add_option_function<std::string>(
         "--tmpl",
         [&](const std::string& text) {
           const std::size_t equals = text.find('=');
           if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
             fail_usage(fmt::format("--tmpl {}: expected FILE=PLACE, such as --tmpl input.tmpl={{#}}/input.txt",
                                    shell_quote(printable(text))));
           }
           sweep.templates.emplace_back(text.substr(0, equals), text.substr(equals + 1));
         })
      ->trigger_on_parse();
  app.add_option_function<std::string>("--tagstring,--tag-string", [&](const std::string& text) {
    sweep.tag = text;
    typed.options.tag = true;
  });
}

// Where GNU parallel takes more than `farm run` does.
void add_slot_options(CLI::App& app, RunOptions& options) {
  app.remove_option(app.get_option("--jobs"));
  app.add_option_function<std::string>("-j,--jobs,-P,--max-procs",
                                       [&options](const std::string& text) { read_sweep_slots(text, options); });
  app.add_option_function<std::string>("--limit", [&options](const std::string& text) { read_limit(text, options); });
  app.add_flag_callback("-u,--ungroup", [&options] { options.output = OutputMode::line_buffer; })->trigger_on_parse();
}

// What is no number is filled in for every task.
void read_retries(const std::string& text, Typed& typed) {
  const bool is_same_for_all = parse_count(text).has_value();
  typed.sweep.tries = is_same_for_all ? "" : text;
  if (is_same_for_all) typed.options.tries = parse_tries(text);
}

void add_default_options(CLI::App& app, Typed& typed) {
  app.add_option_function<std::string>("-J,--profile", [&](const std::string& name) { typed.profiles.push_back(name); })
      ->trigger_on_parse();
  app.add_flag("--plain", typed.is_plain);
}

// What GNU parallel takes and farm has no use for.
void add_ignored_options(CLI::App& app) {
  app.add_flag("--will-cite,--citation,--no-notice,--gnu,--compress");
  app.add_option("--tmpdir,--total-jobs,--env");
}

// What GNU parallel takes and farm cannot do, with what to write instead.
void add_refused_options(CLI::App& app) {
  const auto refuse = [&app](const std::string& names, const std::string& advice) {
    app.add_option_function<std::string>(
           names,
           [names, advice](const std::string&) {
             fail_usage(fmt::format("{} is not among farm's options: {}", names.substr(0, names.find(',')), advice));
           })
        ->expected(0, 1);
  };
  refuse("--memsuspend",
         "farm stops no task halfway; --memfree SIZE starts none where memory is short, and runs the "
         "youngest another time when it is very short");
  const std::string advice =
      "farm does not look into records; give every key a file of its own, as awk '{ print > $1 }' does, and run a task "
      "for each file";
  refuse("--group-by,--groupby", advice);
  refuse("--shard", advice);
  refuse("--bin", advice);
  refuse("-S,--sshlogin,--sshloginfile,--slf",
         "mpirun says on which hosts farm runs: mpirun --host a,b farm sweep ...");
  refuse("--onall,--nonall", "mpirun runs a command once on every host");
  refuse("--transfer,--transferfile,--return,--trc,--basefile", "all nodes see the same files");
}

SweepGrouping grouping_of(const Typed& typed) {
  SweepGrouping grouping = typed.sweep.grouping;
  grouping.fill = typed.fill_words || typed.fill_values || typed.fill_without_spreading;
  grouping.spread = grouping.fill && !typed.fill_without_spreading;
  grouping.repeat_word = typed.fill_words || typed.exact_values || typed.lines;
  grouping.lines = typed.lines.has_value();
  const std::uint64_t usual = grouping.fill ? UINT64_MAX : 1;
  const auto lines = typed.lines ? typed.lines : std::optional(usual);
  const auto most = typed.exact_values ? typed.exact_values : typed.most_values ? typed.most_values : lines;
  grouping.no_values = *most == 0;
  grouping.most = std::max<std::uint64_t>(*most, 1);
  return grouping;
}

// `:::`, `::::` and the two with a plus: where a source begins.
struct Separator {
  SweepInput::Kind kind;
  bool linked;
};

std::optional<Separator> separator(const Typed& typed, const std::string& word) {
  for (const bool linked : {false, true}) {
    const std::string_view plus = linked ? "+" : "";
    if (word == fmt::format("{}{}", typed.arg_sep, plus)) return Separator{SweepInput::Kind::words, linked};
    if (word == fmt::format("{}{}", typed.arg_file_sep, plus)) return Separator{SweepInput::Kind::file, linked};
  }
  return std::nullopt;
}

void add_file(Sweep& sweep, const std::string& path, bool linked) {
  SweepInput input;
  input.kind = SweepInput::Kind::file;
  input.path = path;
  input.linked = linked;
  sweep.inputs.push_back(std::move(input));
}

void sort_words(Typed& typed, const Arguments& words) {
  Sweep& sweep = typed.sweep;
  for (const std::string& path : typed.files) add_file(sweep, path, false);
  std::optional<Separator> current;
  for (const std::string& word : words) {
    if (const auto begun = separator(typed, word)) {
      current = begun;
      if (begun->kind == SweepInput::Kind::words) {
        sweep.inputs.emplace_back();
        sweep.inputs.back().linked = begun->linked;
      }
    } else if (!current) {
      sweep.command.push_back(word);
    } else if (current->kind == SweepInput::Kind::words) {
      sweep.inputs.back().words.push_back(word);
    } else {
      add_file(sweep, word, current->linked);
    }
  }
}

// Options that mean something else where the sources are data.
void set_pipe(Typed& typed) {
  PipeOptions& pipe = typed.pipe;
  if (pipe.tee && pipe.removes_separators)
    fail_usage("--rrs has no meaning with --tee: every task gets all of the data");
  // An expression has escapes of its own.
  for (auto* text : {&pipe.recstart, &pipe.recend}) {
    if (*text && !pipe.regexp) *text = parse_escapes(**text);
  }
  pipe.records = typed.exact_values.value_or(0);
  pipe.lines = typed.lines.value_or(0);
  const auto header_lines = parse_count(typed.header);
  if (typed.header == ":") {
    pipe.header_lines = 1;
  } else if (header_lines) {
    pipe.header_lines = *header_lines;
  } else {
    pipe.header_pattern = typed.header;
  }
  typed.sweep.pipe = pipe;
}

void set_values(Typed& typed) {
  Sweep& sweep = typed.sweep;
  sweep.grouping = grouping_of(typed);
  const PipeOptions plain;
  if (typed.pipe.tee || typed.pipe.round_robin || typed.pipe.feed != plain.feed) {
    fail_usage("--tee, --round-robin, --cat and --fifo are for data: they need --pipe or --pipepart");
  }
  if (!typed.header.empty() && typed.header != ":") {
    fail_usage(
        fmt::format("--header {}: expected ':', for names in the first record", shell_quote(printable(typed.header))));
  }
  sweep.header = !typed.header.empty();
  sweep.trim = typed.trim.value_or(sweep.column_separator && !sweep.csv ? Trim::both : Trim::none);
  // Names in a heading stand at tabs unless something else is said.
  if (sweep.header && !sweep.column_separator && !sweep.csv) sweep.column_separator = "\t";
}

// The options of each group, the last group counting most. Returns the words that follow them.
Arguments parse_groups(Typed& typed, const std::vector<ArgumentGroup>& groups) {
  CLI::App app("", "sweep");
  prepare(app);
  add_run_options(app, typed.options, [&typed](const std::string& text) { read_retries(text, typed); });
  std::string progress;
  app.add_flag("--progress{bar},--eta{bar},--bar{bar}", progress);
  add_slot_options(app, typed.options);
  add_input_options(app, typed);
  add_grouping_options(app, typed);
  add_pipe_options(app, typed);
  add_replacement_options(app, typed);
  add_command_options(app, typed);
  add_default_options(app, typed);
  add_ignored_options(app);
  add_refused_options(app);
  Arguments words;
  for (const ArgumentGroup& group : groups) {
    try {
      const Arguments more = parse_until_word(app, complete_options(app, group.words));
      words.insert(words.end(), more.begin(), more.end());
    } catch (const Error& error) {
      fail_usage(group.place.empty() ? error.what() : fmt::format("in {}: {}", group.place, error.what()));
    }
  }
  if (!progress.empty()) typed.options.progress = parse_progress(progress);
  return words;
}

// Which profiles there are is known only when the line has been read once.
std::vector<ArgumentGroup> with_defaults(const ArgumentGroup& line, const SweepDefaults& defaults) {
  Typed typed;
  parse_groups(typed, {line});
  if (typed.is_plain) return {line};
  std::vector<ArgumentGroup> groups = default_words(defaults, typed.profiles);
  std::erase_if(groups, [](const ArgumentGroup& group) { return group.words.empty(); });
  groups.push_back(line);
  return groups;
}

}  // namespace

RunOptions parse_sweep_line(Arguments arguments, const SweepDefaults& defaults) {
  const ArgumentGroup line{"", std::move(arguments)};
  Typed typed;
  const Arguments words = parse_groups(typed, with_defaults(line, defaults));
  sort_words(typed, words);
  Sweep& sweep = typed.sweep;
  if (typed.is_pipe || sweep.pipe_part) {
    set_pipe(typed);
  } else {
    set_values(typed);
  }
  if (typed.shuffle) sweep.shuffle.emplace();
  check_run_options(typed.options);
  sweep.for_resident = !typed.options.resident.empty();
  sweep.results = std::exchange(typed.options.results, std::string());
  if (sweep.print_quoted > 0) typed.options.dry_run = true;
  typed.options.sweep = std::move(sweep);
  return typed.options;
}

}  // namespace farm
