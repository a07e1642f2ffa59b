/// Directories and files that tasks need before they can run, are not there, and are made by no task either: what is
/// probably a slip. Looks at this node's disk only.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "farm/task.hpp"

namespace farm {

class MissingFiles {
 public:
  /// Where the item of a key of the task that is being looked at stands, in words.
  using PlaceOf = std::function<std::string(std::string_view key, std::size_t item)>;

  /// Files of tasks without a directory are looked for in `launch_dir`, an absolute path.
  explicit MissingFiles(std::string launch_dir) : launch_dir_(std::move(launch_dir)) {}

  /// What `task` makes is there for the others. Those that are not to run (again) are told of, too.
  void makes(const TaskSpec& task);

  /// Then what it needs, when it is to run.
  void needs(const TaskSpec& task, const PlaceOf& place_of);

  /// All tasks were seen: one line for each name that is missing, in the order in which they were first needed.
  std::vector<std::string> lines() const;

 private:
  struct Missing {
    std::string shown;  ///< as the first task has it
    std::string place;  ///< where that is
    std::uint64_t tasks = 0;
    bool is_directory = false;
  };

  bool is_there(const std::string& path);
  void miss(const std::string& path, const std::string& shown, bool is_directory, const std::string& place);

  std::string launch_dir_;
  std::unordered_set<std::string> there_;  ///< looked up and found
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::pair<std::string, Missing>> missing_;  ///< by path, as they came
  std::unordered_set<std::size_t> made_;                  ///< hashes of files, and of the directories they are in
};

}  // namespace farm
