/// The TOML form: tasks and sweeps, in the order of the file. It is read once and kept; sweeps stay cursors. Knows
/// nothing of TOML's syntax.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "manifest/complaint.hpp"
#include "manifest/name_lines.hpp"
#include "manifest/parameter_sweep.hpp"
#include "manifest/task_source.hpp"

namespace farm {

class TomlFile final : public TaskSource {
 public:
  /// Of each sweep so many combinations are tried in advance; a mistake behind them ends the run.
  static constexpr std::uint64_t most_tried = 100'000;
  /// Up to so many combinations, those that are not excluded are counted in advance, and no name may come twice: that
  /// takes 8 bytes a name, 80 MB at most, until all are known. If there are more, a name that comes twice ends the run.
  static constexpr std::uint64_t most_counted = 10'000'000;

  /// Throws Error (usage) when the file cannot be read or with everything that is wrong in it, which `complaints` get
  /// instead if there are any.
  TomlFile(const std::string& path, const std::string& launch_dir, Complaints* complaints = nullptr,
           OutputNames output_names = OutputNames::stay);

  Next next(TaskSpec& task) override;
  int fd() const override { return -1; }
  std::optional<std::uint64_t> total() const override { return total_; }
  std::optional<Fingerprint> digest() const override { return digest_; }
  Links links() const override { return links_; }
  Complaint complaint(std::string_view key, std::size_t item, const std::string& message) const override;
  void rewind() override;

 private:
  struct Single {
    TaskSpec task;
    Place place;
  };
  using Step = std::variant<Single, ParameterSweep>;

  struct Table {
    const Node* node;
    bool is_sweep;
  };

  void read(Fingerprinter& digest);
  void note_links(const Node& table);
  void read_defaults(const NodeMember& member, TaskSpec& defaults);
  void add_tables(const NodeMember& member, std::vector<Table>& tables);
  void read_task(const Node& table, const TaskSpec& defaults);
  void try_out();
  void check_names();
  template <class Take>
  void for_each_name(std::uint64_t most, const Take& take);
  std::uint64_t count_names() const;
  void add_up();
  void complain(const Place& place, const std::string& message);
  Complaint at(const Place& place, const std::string& message) const;
  [[noreturn]] void fail(const Place& place, const std::string& message) const;

  std::string path_;
  std::string launch_dir_;
  OutputNames output_names_;
  std::vector<std::string> lines_;
  Complaints complaints_;
  bool is_flawed_ = false;  ///< and only looked through for more that is wrong
  Node document_;
  const Node* defaults_ = nullptr;   ///< in the document
  std::vector<const Node*> tables_;  ///< of the steps, there
  std::vector<Step> steps_;
  Links links_;
  std::optional<std::uint64_t> total_ = 0;
  Fingerprint digest_;
  bool are_names_unique_ = false;  ///< all of them, as is known in advance

  std::size_t step_ = 0;
  std::uint64_t index_ = 0;  ///< of the next combination of the step's sweep
  NameLines names_;          ///< of what next() has given, unless they are unique
};

}  // namespace farm
