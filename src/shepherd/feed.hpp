/// What a task reads on its standard input: parts of files, moved by the kernel into a pipe as the task empties it;
/// nothing of them passes through this process's memory. Knows nothing of tasks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/poller.hpp"
#include "base/unique_fd.hpp"

namespace farm {

class Feed {
 public:
  struct Part {
    std::string path;  ///< for complaints
    std::shared_ptr<const UniqueFd> file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  ///< more than 0
  };

  /// Gets a complaint, without an end of line, when the bytes that were promised are not there or cannot be read.
  using Broken = std::function<void(const std::string& complaint)>;

  /// `pipe` is the writing end, nonblocking. SIGPIPE must be blocked.
  Feed(std::vector<Part> parts, UniqueFd pipe);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  ~Feed() { close(); }

  /// Moves what the pipe has room for, and goes on whenever it has some again. A reader that wants no more ends the
  /// feed like the end of the last part does. `broken` may run before the call returns. The poller must outlive this
  /// object.
  void begin(Poller& poller, Broken broken);

  /// False once nothing is left to do; the pipe is closed then.
  bool is_open() const { return static_cast<bool>(pipe_); }

 private:
  void turn();
  void move();
  bool move_some();
  void close();

  std::vector<Part> parts_;
  std::size_t at_ = 0;  // the part that is being moved
  UniqueFd pipe_;
  std::string complaint_;  // why it ended too early
  Poller* poller_ = nullptr;
  Broken broken_;
};

}  // namespace farm
