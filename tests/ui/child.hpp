/// A process that waits until it is no longer needed, for tests that look at somebody else's /proc.
#pragma once
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace farm {

class Child {
 public:
  /// Runs `become` in the child, which then waits for its end, unless `become` does not return.
  template <class Become>
  explicit Child(Become become) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    become();
    while (true) ::pause();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace farm
