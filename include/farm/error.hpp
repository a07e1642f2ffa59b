/// The one exception of the library: the run cannot start or cannot go on. A task that fails is an Outcome, never an
/// Error.
#pragma once
#include <stdexcept>
#include <string>

namespace farm {

class Error : public std::runtime_error {
 public:
  enum class Kind {
    usage,  ///< the command line or the manifest is wrong; nothing was run (exit status 2)
    fatal,  ///< farm itself cannot go on (exit status 255); what was acknowledged is in the journal
  };

  Error(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}

  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// `text` says what is wrong, where, and what to do about it; it may span lines.
[[noreturn]] inline void fail_usage(const std::string& text) { throw Error(Error::Kind::usage, text); }
[[noreturn]] inline void fail_fatal(const std::string& text) { throw Error(Error::Kind::fatal, text); }

}  // namespace farm
