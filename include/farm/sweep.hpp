/// A sweep as it is typed behind `farm sweep`: a command with replacement strings and the input sources whose values
/// they stand for. Plain data; the words are those of GNU parallel, and so is what they mean.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "farm/pipe.hpp"

namespace farm {

/// One input source. Several are crossed, the last one varying fastest, unless they are linked.
struct SweepInput {
  enum class Kind {
    words,  ///< `::: a b c`
    file,   ///< `:::: params.txt`, one record per value; "-" is standard input
  };
  Kind kind = Kind::words;
  std::vector<std::string> words;
  std::string path;
  bool linked = false;  ///< `:::+`, `::::+`: goes in step with the source before it; the shorter one ends both
};

/// Which blanks around a value are taken away.
enum class Trim { none, left, right, both };

/// How many records make one task.
struct SweepGrouping {
  std::uint64_t most = 1;  ///< records; the last task of all may have fewer
  bool lines = false;      ///< `-L`: a record that ends in a blank goes on in the next one
  bool no_values = false;  ///< `-N0`: one task per record, but nothing is inserted
  bool fill = false;       ///< `-X`, `-m`, `--xargs`: as many as fit into `most_bytes` of command line
  bool spread = false;     ///< and so that what is left at the end keeps `slots` busy
  bool repeat_word =
      false;  ///< the whole word around `{}` is repeated for each value (`-X`, `-N`, `-L`), not only `{}`
  std::uint64_t most_bytes = 0;  ///< 0: what the kernel takes
  std::uint32_t slots = 1;
};

/// What the replacement strings are called; an empty one is none.
struct ReplacementNames {
  std::string value = "{}";
  std::string no_extension = "{.}";
  std::string base = "{/}";
  std::string directory = "{//}";
  std::string base_no_extension = "{/.}";
  std::string sequence = "{#}";
  std::string slot = "{%}";
  std::string expression_begin = "{=";
  std::string expression_end = "=}";
  bool plus = false;                                         ///< `--plus`: many more
  std::vector<std::pair<std::string, std::string>> defined;  ///< `--rpl`: a name and its expression
};

/// `--shuf`: every order is as likely as any other, and the same seed gives the same one.
struct Shuffle {
  std::uint64_t seed = 0;
};

struct Sweep {
  std::vector<std::string> command;  ///< words, joined by spaces; none: every value is a command
  std::vector<SweepInput> inputs;    ///< none: standard input
  bool link = false;                 ///< all sources go in step; shorter ones begin again

  std::string separator = "\n";                 ///< ends a record of a file (`-d`)
  std::optional<std::string> column_separator;  ///< a regular expression that cuts records into columns (`--colsep`)
  bool csv = false;                             ///< records are RFC 4180 lines
  bool header = false;                          ///< the first record of each source names its columns
  Trim trim = Trim::none;
  bool skip_blank = false;                ///< records of nothing but blanks are left out
  std::optional<std::string> end_marker;  ///< a record equal to it ends its source (`-E`)

  SweepGrouping grouping;
  ReplacementNames names;
  bool quote_words = false;        ///< `-q`: the command is quoted, too
  bool for_resident = false;       ///< no shell will see it: nothing is quoted, and the values go along as arguments
  std::uint32_t print_quoted = 0;  ///< `--shellquote`: prints the command, quoted so many times, instead of running it
  std::optional<Shuffle> shuffle;
  std::optional<PipeOptions> pipe;  ///< the sources are data for the tasks' standard input, not values
  bool pipe_part = false;           ///< files, of which the tasks read their parts themselves; else one stream
  std::string filter;               ///< only tasks for which this expression, its replacement strings inserted, is true

  std::string tag;        ///< `--tagstring`, with replacement strings; empty: the values
  std::string directory;  ///< `--wd`, with replacement strings; empty: where farm was started
  std::string results;    ///< `--results`: a directory, or with replacement strings the place itself
  std::string tries;      ///< `--retries` that differ from task to task, with replacement strings; empty: the run's
  std::vector<std::pair<std::string, std::string>> templates;  ///< `--tmpl FILE=PLACE`: both with replacement strings
};

}  // namespace farm
