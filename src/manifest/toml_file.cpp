#include "manifest/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "manifest/sweep_reader.hpp"
#include "manifest/task_keys.hpp"
#include "manifest/task_members.hpp"
#include "manifest/toml_document.hpp"

namespace farm {
namespace {

std::string read_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) fail_usage(printable(path) + " is a directory, not a TOML file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad())
    fail_usage(fmt::format("cannot read {}: {}", printable(path), std::strerror(errno)));
  return text;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string unknown_key(std::string_view key) {
  const std::string meant = nearest(key, {"defaults", "task", "sweep"});
  if (!meant.empty()) return fmt::format("unknown key '{}'; did you mean '{}'?", printable(key), meant);
  return fmt::format("unknown key '{}'; there are [defaults], [[task]] and [[sweep]]", printable(key));
}

}  // namespace

TomlFile::TomlFile(const std::string& path, const std::string& launch_dir, Complaints* complaints,
                   OutputNames output_names)
    : path_(path), launch_dir_(launch_dir), output_names_(output_names) {
  const std::string text = read_file(path);
  lines_ = split_lines(text);
  Fingerprinter fingerprinter;
  fingerprinter.field("toml");
  fingerprinter.field(text);
  fingerprinter.field(launch_dir);
  auto document =
      parse_toml(text, [this](const Place& place, const std::string& message) { complain(place, message); });
  if (document) {
    document_ = std::move(*document);
    read(fingerprinter);
  }
  try_out();
  try {
    check_names();
    if (complaints_.empty()) add_up();
  } catch (const SweepError& error) {
    complain(error.place(), error.what());
    links_.lacks_names = true;
  }
  is_flawed_ = !complaints_.empty();
  if (complaints == nullptr) complaints_.raise_if_any(Error::Kind::usage);
  if (complaints != nullptr) complaints->add(complaints_);
  digest_ = fingerprinter.value();
}

void TomlFile::read(Fingerprinter& digest) {
  const ComplainAt complain_at = [this](const Place& place, const std::string& message) { complain(place, message); };
  TaskSpec defaults;
  std::vector<Table> tables;
  for (const NodeMember& member : document_.members) {
    if (member.key == "defaults") {
      read_defaults(member, defaults);
    } else if (member.key == "sweep" || member.key == "task") {
      add_tables(member, tables);
    } else {
      complain(member.place, unknown_key(member.key));
    }
  }
  std::stable_sort(tables.begin(), tables.end(),
                   [](const Table& a, const Table& b) { return a.node->place.line < b.node->place.line; });
  const auto directory = std::filesystem::absolute(path_).parent_path().string();
  const SweepContext context{{directory, &digest}, launch_dir_, output_names_, defaults, complain_at};
  for (const Table& table : tables) {
    if (!table.is_sweep) {
      read_task(*table.node, defaults);
    } else if (auto sweep = read_sweep(*table.node, context)) {
      links_.lacks_names = links_.lacks_names || (table.node->find("name") != nullptr && !sweep->has_names());
      steps_.emplace_back(std::move(*sweep));
    } else {
      links_.lacks_names = true;
      continue;
    }
    tables_.push_back(table.node);
    note_links(*table.node);
  }
}

void TomlFile::read_defaults(const NodeMember& member, TaskSpec& defaults) {
  const ComplainAt complain_at = [this](const Place& place, const std::string& message) { complain(place, message); };
  const Node& table = member.value;
  if (!check_kind(table.kind == Node::Kind::table, table, member.key, "a table", complain_at)) return;
  defaults_ = &table;
  note_links(table);
  for (const NodeMember& key : table.members) {
    if (key.key == "name" || key.key == "command") {
      complain(key.place, fmt::format("a {} belongs to one task, not to all", key.key));
    } else {
      set_task_member(defaults, key, launch_dir_, complain_at);
    }
  }
}

void TomlFile::add_tables(const NodeMember& member, std::vector<Table>& tables) {
  const ComplainAt complain_at = [this](const Place& place, const std::string& message) { complain(place, message); };
  if (member.value.kind != Node::Kind::array) {
    complain(member.place, fmt::format("tables of this kind are written [[{}]]", member.key));
  }
  for (const Node& item : member.value.items) {
    if (check_kind(item.kind == Node::Kind::table, item, member.key, "tables", complain_at)) {
      tables.push_back({&item, member.key == "sweep"});
    }
  }
}

void TomlFile::note_links(const Node& table) {
  for (const NodeMember& member : table.members) {
    links_.asks = links_.asks || asks_for_tasks(member.key);
    links_.makes = links_.makes || makes_files(member.key);
    links_.takes_tokens = links_.takes_tokens || member.key == "tokens";
  }
}

void TomlFile::read_task(const Node& table, const TaskSpec& defaults) {
  TaskSpec task = defaults;
  for (const NodeMember& member : table.members) {
    set_task_member(task, member, launch_dir_,
                    [this](const Place& place, const std::string& message) { complain(place, message); });
  }
  if (table.find("command") == nullptr) complain(table.place, "this task has no command");
  links_.lacks_names = links_.lacks_names || (table.find("name") != nullptr && task.name.empty());
  steps_.emplace_back(Single{std::move(task), table.place});
}

// One mistake of a sweep is told: the others are most likely the same.
void TomlFile::try_out() {
  for (Step& step : steps_) {
    auto* const sweep = std::get_if<ParameterSweep>(&step);
    if (sweep == nullptr || sweep->is_flawed) continue;
    try {
      for (std::uint64_t i = 0; i < std::min(sweep->space.size(), most_tried); ++i) sweep->make(i);
    } catch (const SweepError& error) {
      complain(error.place(), error.what());
      sweep->is_flawed = true;
      links_.lacks_names = true;
    }
  }
}

// Calls `take` with the names of each step, of `most` combinations at most, and their place, while it returns true.
template <class Take>
void TomlFile::for_each_name(std::uint64_t most, const Take& take) {
  for (const Step& step : steps_) {
    if (const auto* const single = std::get_if<Single>(&step)) {
      if (!single->task.name.empty()) take(single->task.name, single->place);
      continue;
    }
    const auto& sweep = std::get<ParameterSweep>(step);
    if (!sweep.has_names() || sweep.is_flawed) continue;
    for (std::uint64_t i = 0; i < std::min(sweep.space.size(), most); ++i) {
      const auto name = sweep.name(i);
      if (name && !take(*name, sweep.place)) break;
    }
  }
}

std::uint64_t TomlFile::count_names() const {
  std::uint64_t count = 0;
  for (const Step& step : steps_) {
    const auto* const sweep = std::get_if<ParameterSweep>(&step);
    const std::uint64_t names = sweep == nullptr ? 1 : sweep->has_names() ? sweep->space.size() : 0;
    if (__builtin_add_overflow(count, names, &count)) return std::numeric_limits<std::uint64_t>::max();
  }
  return count;
}

// All names are hashed; then only those are looked at again whose hashes come twice.
void TomlFile::check_names() {
  const std::uint64_t count = count_names();
  are_names_unique_ = count <= most_counted;
  const std::uint64_t most = are_names_unique_ ? most_counted : most_tried;
  const std::hash<std::string_view> hash;
  std::vector<std::size_t> hashes;
  hashes.reserve(are_names_unique_ ? count : 0);
  for_each_name(most, [&](std::string_view name, const Place&) {
    hashes.push_back(hash(name));
    return true;
  });
  std::sort(hashes.begin(), hashes.end());
  if (std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end()) return;
  NameLines taken;
  for_each_name(most, [&](std::string_view name, const Place& place) {
    const auto [first, last] = std::equal_range(hashes.begin(), hashes.end(), hash(name));
    const auto trouble = last - first > 1 ? claim_name(taken, name, place.line) : std::nullopt;
    if (trouble) complain(place, *trouble);
    return !trouble;
  });
}

void TomlFile::add_up() {
  std::uint64_t sum = 0;
  for (const Step& step : steps_) {
    const auto* sweep = std::get_if<ParameterSweep>(&step);
    const bool is_unknown = sweep != nullptr && !sweep->excluded.empty() && sweep->space.size() > most_counted;
    if (is_unknown || __builtin_add_overflow(sum, sweep == nullptr ? 1 : sweep->count(), &sum)) {
      total_ = std::nullopt;
      return;
    }
  }
  total_ = sum;
}

TaskSource::Next TomlFile::next(TaskSpec& task) {
  for (; step_ < steps_.size(); ++step_, index_ = 0) {
    Place place;
    std::optional<TaskSpec> made;
    if (const auto* single = std::get_if<Single>(&steps_[step_])) {
      if (index_++ > 0) continue;
      made = single->task;
      place = single->place;
    } else {
      const auto& sweep = std::get<ParameterSweep>(steps_[step_]);
      place = sweep.place;
      try {
        while (!made && index_ < sweep.space.size()) made = sweep.make(index_++);
      } catch (const SweepError& error) {
        if (!is_flawed_) fail(error.place(), error.what());
      }
    }
    if (!made) continue;
    if (!is_flawed_ && !are_names_unique_ && !made->name.empty()) {
      if (const auto trouble = claim_name(names_, made->name, place.line)) fail(place, *trouble);
    }
    task = std::move(*made);
    return Next::task;
  }
  return Next::end;
}

void TomlFile::rewind() {
  step_ = 0;
  index_ = 0;
  names_.clear();
}

void TomlFile::complain(const Place& place, const std::string& message) { complaints_.add(at(place, message)); }

Complaint TomlFile::complaint(std::string_view key, std::size_t item, const std::string& message) const {
  const Node& own = *tables_[step_];
  const bool is_default = own.find(key) == nullptr && defaults_ != nullptr && defaults_->find(key) != nullptr;
  return at(item_place(is_default ? *defaults_ : own, key, item), message);
}

Complaint TomlFile::at(const Place& place, const std::string& message) const {
  const std::string line = place.line <= lines_.size() ? lines_[place.line - 1] : "";
  return {path_, place.line, place.column, message, line};
}

void TomlFile::fail(const Place& place, const std::string& message) const { fail_fatal(render(at(place, message))); }

}  // namespace farm
