/// The files that a task's standard output and error go to instead of being captured. They are written under temporary
/// names: what stands under its own name is whole, and from an attempt that succeeded. Knows nothing of tasks.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace farm {

class OutputFiles {
 public:
  struct Failure {
    int error = 0;            ///< an errno; 0: none
    std::string complaint{};  ///< names the file
  };

  OutputFiles() = default;
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;
  ~OutputFiles() { discard(); }

  /// Either path may be empty, and both may be the same. `token` makes the temporary names unique. What is no regular
  /// file, such as /dev/null, is written to directly.
  Failure open(const std::string& out, const std::string& err, std::string_view token);

  /// For the new process; -1 where there is no file.
  int out() const { return out_.get(); }
  int err() const { return err_.get(); }

  /// To be called when the process has them.
  void close();

  /// Gives the files their names. A complaint when that fails, else empty.
  std::string keep();

  /// Removes what has no name of its own yet.
  void discard();

  /// Up to `most` bytes from the end of what standard error holds.
  std::string last_errors(std::size_t most) const;

 private:
  struct Pending {
    std::string path;
    std::string temporary;
  };
  Failure open_one(const std::string& path, std::string_view token, UniqueFd& fd);

  UniqueFd out_;
  UniqueFd err_;
  std::vector<Pending> pending_;
  std::string err_file_;  // where standard error can be read again
};

}  // namespace farm
