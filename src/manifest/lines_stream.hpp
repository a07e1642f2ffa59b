/// One task per line, of whatever form its parser knows, as it arrives on standard input, a FIFO or a terminal: tasks
/// come out while the list is still being written. Never blocks, and leaves the descriptor's flags alone, because other
/// processes may share them.
#pragma once
#include <string>

#include "base/unique_fd.hpp"
#include "manifest/json_lines_parser.hpp"
#include "manifest/line_buffer.hpp"
#include "manifest/lines_parser.hpp"
#include "manifest/task_source.hpp"

namespace farm {

template <class Parser>
class LineStream final : public TaskSource {
 public:
  /// `name` is what complaints call the stream.
  LineStream(UniqueFd stream, std::string name, const std::string& launch_dir);

  Next next(TaskSpec& task) override;
  int fd() const override { return stream_.get(); }
  std::optional<std::uint64_t> total() const override { return std::nullopt; }
  std::optional<Fingerprint> digest() const override { return std::nullopt; }
  Complaint complaint(std::string_view key, std::size_t item, const std::string& message) const override {
    return parser_.complaint_about(key, item, message);
  }
  void rewind() override;

 private:
  bool refill();
  void refuse_links(const TaskSpec& task) const;

  UniqueFd stream_;
  std::string name_;
  NameLines names_;
  LineBuffer buffer_;
  Parser parser_;
  bool ended_ = false;
};

extern template class LineStream<LinesParser>;
extern template class LineStream<JsonLinesParser>;

using LinesStream = LineStream<LinesParser>;
using JsonLinesStream = LineStream<JsonLinesParser>;

}  // namespace farm
