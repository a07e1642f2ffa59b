/// The files that a task says it makes. An attempt writes them under temporary names, told to it in FARM_OUTPUT, and
/// what stands under its own name is whole and from an attempt that succeeded. Programs that know nothing of this may
/// write to the names themselves. Blocks as file systems do.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farm {

/// `name` as seen from `directory` (empty: the current one); absolute.
std::string path_in(const std::string& directory, const std::string& name);

class TaskOutputs {
 public:
  TaskOutputs() = default;

  /// Of the attempt that runs in `directory`; `token` tells it from all others.
  TaskOutputs(const std::vector<std::string>& names, const std::string& directory, std::string_view token);

  /// FARM_OUTPUT, the first one, and FARM_OUTPUT_1 and so on, all of them; none without outputs.
  std::vector<std::pair<std::string, std::string>> variables() const;

  /// The attempt succeeded: what has a temporary name gets its own. A complaint when an output is there under neither
  /// name, and then none gets its name, or when one cannot be given it; else empty.
  std::string publish() const;

  /// The attempt came to nothing: removes what has a temporary name.
  void discard() const;

 private:
  struct Output {
    std::string path;
    std::string temporary;  ///< the same as `path` for what is no file, such as /dev/null
  };
  std::vector<Output> outputs_;
};

}  // namespace farm
