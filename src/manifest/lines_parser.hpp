/// The lines form, one line after the other: which lines are commands, and what the directives between them say of the
/// tasks. Reads nothing itself.
///
///     # a comment
///     #FARM default timeout=10m          from here on
///     ./prepare.sh
///     #FARM barrier                      what follows waits for what is above
///     #FARM task name=big retries=3      the next task only
///     ./simulate --size 1000 > big.out
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "farm/task.hpp"
#include "manifest/complaint.hpp"
#include "manifest/directive.hpp"
#include "manifest/name_lines.hpp"
#include "manifest/task_source.hpp"

namespace farm {

class LinesParser {
 public:
  /// What execve(2) takes as one argument, without the NUL at its end; `sh -c` gets a command as one.
  static constexpr std::size_t longest_line = 131'071;

  /// `file` is what complaints call the text. `names` is the caller's and outlives the parser; nullptr when the text
  /// was parsed before and its names are known to be unique.
  LinesParser(std::string file, std::string launch_dir, NameLines* names);

  /// The next line, without its newline. True when it is a command: make() has its task as long as `line` lives.
  bool accept(std::string_view line);
  void make(TaskSpec& task) const;

  /// There are no more lines.
  void finish();

  const Complaints& complaints() const { return complaints_; }

  /// Of all tasks so far.
  TaskSource::Links links() const { return links_; }
  /// As TaskSource::complaint, of the last accepted command line.
  Complaint complaint_about(std::string_view key, std::size_t item, const std::string& message) const;

 private:
  /// A setting that can turn out to be wrong when all tasks, files and nodes are known, and where its value stands.
  struct Link {
    Setting setting;
    Complaint place;
  };
  /// What the directives since the last task say of the next one.
  struct Ahead {
    std::vector<Setting> settings;
    std::vector<Link> links;  ///< of these
    bool barrier = false;
  };

  void complain(std::size_t at, const std::string& message);
  Complaint complaint(std::size_t at, const std::string& message) const;
  bool is_well_formed();
  void obey();
  void set_defaults(const Directive& directive);
  void set_ahead(const Directive& directive);
  bool set(TaskSpec& task, const Setting& setting);
  void note_link(std::vector<Link>& links, const Setting& setting);
  void check_name(const Setting& setting);

  std::string file_;
  std::string launch_dir_;
  NameLines* names_;
  Complaints complaints_;

  std::uint64_t line_number_ = 0;
  std::string_view line_;     ///< the current one, without a byte order mark and the \r of a CRLF
  std::string_view command_;  ///< of the last accepted command line
  bool any_task_ = false;
  TaskSpec defaults_;
  std::vector<Link> default_links_;  ///< of the defaults, one for each key
  TaskSource::Links links_;
  Ahead ahead_;
  Complaint if_no_task_follows_;  ///< about the last directive that gave ahead_ its settings
  Ahead own_;                     ///< what was ahead of the last accepted command line
};

}  // namespace farm
