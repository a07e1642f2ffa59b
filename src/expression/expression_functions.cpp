#include "expression/expression_functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"

namespace farm {
namespace {

using enum FunctionInfo::Takes;
constexpr std::size_t any = 1000;

constexpr std::array functions = {
    FunctionInfo{"Q", Function::quote, list, 0, 1},
    FunctionInfo{"abs", Function::abs, one, 0, 1},
    FunctionInfo{"atan2", Function::atan2, list, 2, 2},
    FunctionInfo{"chomp", Function::chomp, one, 0, 1},
    FunctionInfo{"chop", Function::chop, one, 0, 1},
    FunctionInfo{"chr", Function::chr, one, 0, 1},
    FunctionInfo{"cos", Function::cos, one, 0, 1},
    FunctionInfo{"defined", Function::defined, one, 0, 1},
    FunctionInfo{"exp", Function::exp, one, 0, 1},
    FunctionInfo{"hex", Function::hex, one, 0, 1},
    FunctionInfo{"index", Function::index, list, 2, 3},
    FunctionInfo{"int", Function::integer, one, 0, 1},
    FunctionInfo{"join", Function::join, list, 1, any},
    FunctionInfo{"lc", Function::lc, one, 0, 1},
    FunctionInfo{"lcfirst", Function::lcfirst, one, 0, 1},
    FunctionInfo{"length", Function::length, one, 0, 1},
    FunctionInfo{"log", Function::log, one, 0, 1},
    FunctionInfo{"oct", Function::oct, one, 0, 1},
    FunctionInfo{"ord", Function::ord, one, 0, 1},
    FunctionInfo{"quotemeta", Function::quotemeta, one, 0, 1},
    FunctionInfo{"reverse", Function::reverse, list, 0, any},
    FunctionInfo{"rindex", Function::rindex, list, 2, 3},
    FunctionInfo{"scalar", Function::scalar, one, 1, 1},
    FunctionInfo{"seq", Function::seq, nothing, 0, 0},
    FunctionInfo{"sin", Function::sin, one, 0, 1},
    FunctionInfo{"skip", Function::skip, nothing, 0, 0},
    FunctionInfo{"slot", Function::slot, nothing, 0, 0},
    FunctionInfo{"split", Function::split, list, 0, 3},
    FunctionInfo{"sprintf", Function::sprintf, list, 1, any},
    FunctionInfo{"sqrt", Function::sqrt, one, 0, 1},
    FunctionInfo{"substr", Function::substr, list, 2, 3},
    FunctionInfo{"total_jobs", Function::total_jobs, nothing, 0, 0},
    FunctionInfo{"uc", Function::uc, one, 0, 1},
    FunctionInfo{"ucfirst", Function::ucfirst, one, 0, 1},
    FunctionInfo{"undef", Function::undef, nothing, 0, 0},
    FunctionInfo{"uq", Function::uq, nothing, 0, 0},
};

constexpr std::array<std::string_view, 34> reaching_out = {
    "system", "exec",    "qx",      "print",   "printf", "say",     "open",   "close", "unlink",
    "rename", "mkdir",   "rmdir",   "eval",    "read",   "die",     "warn",   "exit",  "kill",
    "fork",   "chdir",   "sleep",   "glob",    "stat",   "require", "select", "chmod", "readlink",
    "wait",   "syscall", "opendir", "readdir", "link",   "symlink", "utime"};
constexpr std::array<std::string_view, 8> changing = {"rand",   "srand", "time",     "localtime",
                                                      "gmtime", "times", "hostname", "getppid"};
constexpr std::array<std::string_view, 15> keywords = {"for",  "foreach", "while", "until",  "do",
                                                       "sub",  "use",     "no",    "our",    "local",
                                                       "last", "next",    "goto",  "return", "package"};

bool is_in(auto& words, std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); }

}  // namespace

const FunctionInfo* find_function(std::string_view name) {
  const auto found =
      std::find_if(functions.begin(), functions.end(), [&](const FunctionInfo& info) { return info.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

bool is_foreign_keyword(std::string_view word) { return is_in(keywords, word); }

std::string explain_missing_function(std::string_view name) {
  if (is_in(reaching_out, name)) {
    return fmt::format("{}() is not available here: expressions can only compute; put it into the command", name);
  }
  if (is_in(changing, name)) {
    return fmt::format("{}() is not available here: the same input must give the same command each time", name);
  }
  std::vector<std::string> names;
  for (const FunctionInfo& info : functions) names.emplace_back(info.name);
  const std::string near = nearest(name, names);
  if (!near.empty()) return fmt::format("there is no function {}() here; {}() is one", printable(name), near);
  return fmt::format("there is no function {}() here, only {}", printable(name), fmt::join(names, " "));
}

}  // namespace farm
