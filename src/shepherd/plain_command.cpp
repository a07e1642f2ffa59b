#include "shepherd/plain_command.hpp"

#include <algorithm>
#include <array>

namespace farm {
namespace {

// Reserved words and builtins of dash, bash, ksh, zsh, csh and fish that are no program or differ from the program of
// the same name. `true` and `false` are left out: they are the same everywhere. A word too many here costs a shell; a
// word missing would run the wrong thing.
constexpr auto shell_words = std::to_array<std::string_view>({
    ".",         ":",          "@",        "alias",     "and",      "autoload", "begin",    "bg",       "bind",
    "bindkey",   "break",      "breaksw",  "builtin",   "bye",      "caller",   "case",     "cd",       "chdir",
    "command",   "compgen",    "complete", "compopt",   "contains", "continue", "coproc",   "count",    "declare",
    "default",   "dirs",       "disable",  "disown",    "do",       "done",     "echo",     "elif",     "else",
    "emulate",   "enable",     "end",      "endif",     "endsw",    "esac",     "eval",     "exec",     "exit",
    "export",    "fc",         "fg",       "fi",        "float",    "for",      "foreach",  "function", "functions",
    "getopts",   "glob",       "goto",     "hash",      "help",     "history",  "if",       "in",       "integer",
    "jobs",      "kill",       "let",      "limit",     "local",    "log",      "login",    "logout",   "mapfile",
    "math",      "newgrp",     "nice",     "nocorrect", "noglob",   "nohup",    "not",      "notify",   "onintr",
    "or",        "popd",       "print",    "printf",    "pushd",    "pwd",      "r",        "random",   "read",
    "readarray", "readonly",   "rehash",   "repeat",    "return",   "sched",    "select",   "set",      "setenv",
    "setopt",    "shift",      "shopt",    "source",    "status",   "stop",     "string",   "suspend",  "switch",
    "test",      "then",       "time",     "times",     "trap",     "type",     "typeset",  "ulimit",   "umask",
    "unalias",   "unfunction", "unhash",   "unlimit",   "unset",    "unsetenv", "unsetopt", "until",    "vared",
    "wait",      "whence",     "where",    "which",     "while",    "zmodload",
});
static_assert(std::ranges::is_sorted(shell_words));

constexpr std::string_view blanks = " \t";

constexpr std::string_view ordinary_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";

bool is_ordinary(std::string_view word) {
  // A leading '=' is an expansion of zsh's, a leading '%' a job.
  return word.find_first_not_of(ordinary_characters) == word.npos && !word.starts_with('=') && !word.starts_with('%');
}

bool is_program(std::string_view word) {
  return word.find('=') == word.npos && !std::ranges::binary_search(shell_words, word);
}

}  // namespace

std::optional<std::vector<std::string>> plain_command(std::string_view command) {
  std::vector<std::string> words;
  for (std::size_t at = command.find_first_not_of(blanks); at != command.npos;) {
    const std::size_t end = std::min(command.find_first_of(blanks, at), command.size());
    const std::string_view word = command.substr(at, end - at);
    if (!is_ordinary(word)) return std::nullopt;
    words.emplace_back(word);
    at = command.find_first_not_of(blanks, end);
  }
  if (words.empty() || !is_program(words.front())) return std::nullopt;
  return words;
}

}  // namespace farm
