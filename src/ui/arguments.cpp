#include "ui/arguments.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

[[noreturn]] void refuse_option(const CLI::App& app, const std::string& argument) {
  const std::string option = argument.substr(0, argument.find('='));
  Arguments known{"--help", "--version"};
  for (const CLI::Option* each : app.get_options()) {
    for (const std::string& name : each->get_lnames()) known.push_back("--" + name);
  }
  fail_usage(fmt::format("unknown option {}{} (farm {} --help lists what there is)", printable(option),
                         did_you_mean(nearest(option, known)), app.get_name()));
}

// CLI11 would take --fresh=no for an answer.
void refuse_flag_values(const CLI::App& app, const Arguments& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  for (const std::string& argument : std::span(arguments.begin(), end)) {
    const std::size_t equals = argument.find('=');
    if (!is_option(argument) || equals == std::string::npos) continue;
    const std::string name = argument.substr(0, equals);
    const CLI::Option* option = app.get_option_no_throw(name);
    if (option == nullptr || option->get_items_expected_max() > 0) continue;
    fail_usage(fmt::format("{} takes no value: leave out {}", name, printable(argument.substr(equals))));
  }
}

// The only way to leave an option without its value is to end the command line with it.
[[noreturn]] void refuse_syntax(const CLI::App& app, const std::string& last, const CLI::ParseError& error) {
  const CLI::Option* option = is_option(last) ? app.get_option_no_throw(last) : nullptr;
  if (option != nullptr && option->get_items_expected_min() > 0) {
    fail_usage(fmt::format("{} needs a value (farm {} --help)", last, app.get_name()));
  }
  fail_usage(fmt::format("{} (farm {} --help)", printable(error.what()), app.get_name()));
}

void run(CLI::App& app, Arguments arguments) {
  const std::string last = arguments.empty() ? std::string() : arguments.back();
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    refuse_syntax(app, last, error);
  }
}

}  // namespace

std::string did_you_mean(const std::string& found) {
  return found.empty() ? std::string() : fmt::format("; did you mean {}?", found);
}

bool is_option(std::string_view argument) { return argument.size() > 1 && argument.front() == '-' && argument != "--"; }

Arguments parse(CLI::App& app, Arguments arguments) {
  refuse_flag_values(app, arguments);
  app.allow_extras();
  run(app, std::move(arguments));
  Arguments extras = app.remaining();
  const auto unknown = std::find_if(extras.begin(), extras.end(), is_option);
  if (unknown != extras.end()) refuse_option(app, *unknown);
  std::erase(extras, "--");
  return extras;
}

void prepare(CLI::App& app) {
  app.set_help_flag();
  app.option_defaults()->take_last();
}

Arguments parse_until_word(CLI::App& app, Arguments arguments) {
  app.prefix_command();
  run(app, std::move(arguments));
  Arguments words = app.remaining();
  if (!words.empty() && is_option(words.front())) refuse_option(app, words.front());
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  return words;
}

}  // namespace farm
