/// One task per line in a regular file, of whatever form its parser knows. It is read twice: once to check and count
/// everything, then lazily, in memory that does not depend on its size. Knows nothing of what the lines mean.
#pragma once
#include <sys/stat.h>

#include <string>

#include "base/unique_fd.hpp"
#include "manifest/json_lines_parser.hpp"
#include "manifest/line_buffer.hpp"
#include "manifest/lines_parser.hpp"
#include "manifest/task_source.hpp"

namespace farm {

template <class Parser>
class ScannedFile final : public TaskSource {
 public:
  /// Reads the whole file. Throws Error (usage) when it cannot be read or with everything that is wrong in it, which
  /// `complaints` get instead if there are any. `launch_dir` is where relative directories begin and counts into the
  /// digest.
  ScannedFile(const std::string& path, const std::string& launch_dir, Complaints* complaints = nullptr);

  Next next(TaskSpec& task) override;
  int fd() const override { return -1; }
  std::optional<std::uint64_t> total() const override { return total_; }
  std::optional<Fingerprint> digest() const override { return digest_; }
  Links links() const override { return links_; }
  Complaint complaint(std::string_view key, std::size_t item, const std::string& message) const override {
    return parser_.complaint_about(key, item, message);
  }
  void rewind() override;

 private:
  void scan(Complaints* complaints);
  std::string_view refill(Error::Kind on_failure);
  void check_unchanged(Error::Kind on_failure) const;

  std::string path_;
  std::string launch_dir_;
  UniqueFd file_;
  struct stat opened_ {};  ///< the file as it was when it was opened
  LineBuffer buffer_;
  Parser parser_;
  std::uint64_t total_ = 0;
  Fingerprint digest_;
  Links links_;
  bool is_flawed_ = false;  ///< and only looked through for more that is wrong
};

extern template class ScannedFile<LinesParser>;
extern template class ScannedFile<JsonLinesParser>;

using LinesFile = ScannedFile<LinesParser>;
using JsonLinesFile = ScannedFile<JsonLinesParser>;

}  // namespace farm
