/// The JSON Lines form, one line after the other: `{"command": "sim 1", "name": "one", "timeout": "10m"}`. Reads
/// nothing itself.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "farm/task.hpp"
#include "manifest/complaint.hpp"
#include "manifest/name_lines.hpp"
#include "manifest/node.hpp"
#include "manifest/task_source.hpp"

namespace farm {

class JsonLinesParser {
 public:
  /// A chosen limit: twice what Linux takes as all arguments of a program, by default.
  static constexpr std::size_t longest_line = std::size_t{4} << 20;

  /// `file` is what complaints call the text. `names` is the caller's and outlives the parser; nullptr when the text
  /// was parsed before and its names are known to be unique.
  JsonLinesParser(std::string file, std::string launch_dir, NameLines* names);
  ~JsonLinesParser();
  JsonLinesParser(JsonLinesParser&&) noexcept;
  JsonLinesParser& operator=(JsonLinesParser&&) noexcept;

  /// The next line, without its newline. True when it is a task, which make() has until the next line.
  bool accept(std::string_view line);
  void make(TaskSpec& task) const { task = task_; }

  /// There are no more lines.
  void finish() {}

  const Complaints& complaints() const { return complaints_; }

  /// Of all tasks so far.
  TaskSource::Links links() const { return links_; }
  /// As TaskSource::complaint, of the last accepted line.
  Complaint complaint_about(std::string_view key, std::size_t item, const std::string& message) const;

 private:
  class Reader;

  void read_task();
  void complain(std::size_t at, const std::string& message);

  std::string file_;
  std::string launch_dir_;
  NameLines* names_;
  Complaints complaints_;

  std::uint64_t line_number_ = 0;
  std::string_view line_;
  std::unique_ptr<Reader> reader_;
  Node node_;  ///< the line
  TaskSpec task_;
  TaskSource::Links links_;
};

}  // namespace farm
