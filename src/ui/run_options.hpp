/// The options of everything that runs tasks, whatever form the tasks are written in: each of them sets one field of
/// RunOptions. All but --progress, which `farm sweep` writes differently.
#pragma once
#include <functional>
#include <string>

#include "farm/options.hpp"

namespace CLI {
class App;
}

namespace farm {

/// `options` must outlive the parsing. Values that are not understood throw Error (usage) while it goes on.
void add_run_options(CLI::App& app, RunOptions& options);

/// The same where `--retries` means more than a number.
using ReadTries = std::function<void(const std::string& text)>;
void add_run_options(CLI::App& app, RunOptions& options, const ReadTries& read_tries);

/// To be called when all is parsed: throws Error (usage) for options that do not go together.
void check_run_options(const RunOptions& options);

}  // namespace farm
