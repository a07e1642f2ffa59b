/// Takes secrets out of command lines that are written down or shown (`--redact`). By their names alone: what is the
/// value of a password or a token is hidden, whatever it looks like. A guess, that rather hides too much; what has no
/// name before it cannot be known.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_finder.hpp"

namespace farm {

/// `text` with `***` for each secret:
///
///     --token=S  --password S  PASSWORD=S  'api-key=S'     options, variables, settings
///     -H 'Authorization: Bearer S'  -d '{"secret": "S"}'    headers, JSON
///     https://user:S@host/                                  what a URL says before the host
///
/// A name has a word like token, secret, password, credential, auth, api-key or access-key in it, and does not end in
/// one like file or path. A variable that is only named (`$TOKEN`) is none.
std::string redact(std::string_view text);

/// The same line by line, for what quotes command lines and is none: its own quotes and apostrophes end with the line.
/// An excerpt with a caret below it goes: it may be a part of what it takes to know a secret.
std::string redact_lines(std::string_view text);

/// Whether a secret of `text` has been taken out of it before.
bool is_redacted(std::string_view text);

/// The same for what belongs to a command line. `values` were put into it: those that are in its secrets are secrets
/// wherever else they are, in the command itself, too. One of less than four bytes that also stands elsewhere in it is
/// none.
class Redactor {
 public:
  Redactor(std::string_view command, const std::vector<std::string>& values);

  const std::string& command() const { return command_; }

  /// `text` without secrets, wherever in it they are.
  std::string hide(std::string_view text) const;

  /// `text` without those values, each of which stands in it as `spelling` writes it. No name is looked for.
  std::string hide_values(std::string_view text, const std::function<std::string(std::string_view)>& spelling) const;

 private:
  std::string command_;
  std::vector<std::string> secrets_;
  TextFinder finder_;  // of them
};

}  // namespace farm
