#include "manifest/sweep_rows.hpp"

#include <algorithm>
#include <utility>

#include "farm/error.hpp"

namespace farm {

SweepRows::SweepRows(const Sweep& rules, bool load_first)
    : rules_(rules), first_is_loaded_(load_first || rules.shuffle || rules.link) {
  make_groups();
  std::string problems;
  const auto collect = [&problems](const auto& step) {
    try {
      step();
    } catch (const Error& error) {
      problems.append(problems.empty() ? "" : "\n").append(error.what());
    }
  };
  for (std::size_t i = first_is_loaded_ ? 0 : 1; i < groups_.size(); ++i) {
    collect([&] { load(groups_[i]); });
  }
  if (!first_is_loaded_) collect([&] { scan_first(); });
  if (!problems.empty()) fail_usage(problems);

  drop_if_all_empty();
  for (const Group& group : groups_) sizes_.push_back(group.size);
  if (!first_is_loaded_) sizes_.front() = 1;
  combination_.assign(groups_.size(), 0);
  starts_.assign(groups_.size() + 1, 0);
  if (rules_.shuffle && !ended_) shuffled_.emplace(sizes_, rules_.shuffle->seed);
  set_total();
  if (!reads_stream_) digest_ = fingerprinter_.value();
}

void SweepRows::make_groups() {
  for (const SweepInput& input : rules_.inputs) {
    if (groups_.empty() || !(input.linked || rules_.link)) groups_.emplace_back();
    groups_.back().inputs.push_back(&input);
  }
}

void SweepRows::load(Group& group) {
  std::string problems;
  for (const SweepInput* input : group.inputs) {
    RowReader reader(*input, rules_);
    reads_stream_ = reads_stream_ || reader.is_stream();
    std::vector<Row> rows;
    Row row;
    while (reader.wait_for(row)) {
      for (const std::string& column : row) fingerprinter_.field(column);
      rows.push_back(row);
    }
    fingerprinter_.field(std::to_string(rows.size()));
    has_values_ = has_values_ || !rows.empty();
    group.names.push_back(reader.names());
    group.rows.push_back(std::move(rows));
  }
  const auto by_size = [](const auto& a, const auto& b) { return a.size() < b.size(); };
  group.size = rules_.link ? std::max_element(group.rows.begin(), group.rows.end(), by_size)->size()
                           : std::min_element(group.rows.begin(), group.rows.end(), by_size)->size();
}

// Once to count and to check, where that can be done.
void SweepRows::scan_first() {
  Group& first = groups_.front();
  for (const SweepInput* input : first.inputs) first_.emplace_back(*input, rules_);
  first_rows_.resize(first_.size());
  streams_first_ =
      std::any_of(first_.begin(), first_.end(), [](const RowReader& reader) { return reader.is_stream(); });
  reads_stream_ = reads_stream_ || streams_first_;
  if (streams_first_) return;
  Row row;
  std::uint64_t fewest = UINT64_MAX;
  for (RowReader& reader : first_) {
    std::uint64_t count = 0;
    for (; reader.wait_for(row); ++count) {
      for (const std::string& column : row) fingerprinter_.field(column);
    }
    has_values_ = has_values_ || count > 0;
    fewest = std::min(fewest, count);
    first.names.push_back(reader.names());
  }
  first.size = fewest;
  first_.clear();
  for (const SweepInput* input : first.inputs) first_.emplace_back(*input, rules_);
}

// A source without values counts as one empty value, as long as there are others.
void SweepRows::drop_if_all_empty() {
  ended_ = !streams_first_ && !has_values_;
  for (Group& group : groups_) {
    if (group.rows.empty()) continue;  // the first, when it is not loaded
    for (auto& rows : group.rows) {
      if (rows.empty()) rows.push_back({std::string()});
    }
    group.size = std::max<std::uint64_t>(group.size, 1);
  }
}

void SweepRows::set_total() {
  if (ended_) {
    total_ = 0;
    return;
  }
  if (streams_first_) return;
  std::vector<std::uint64_t> sizes = sizes_;
  if (!first_is_loaded_) sizes.front() = std::max<std::uint64_t>(groups_.front().size, 1);
  total_ = product_of(sizes);
}

SweepRows::Next SweepRows::next(std::vector<std::string_view>& values) {
  if (ended_) return Next::end;
  if (!has_begun_ || !advance()) {
    const bool is_over = has_begun_ && first_is_loaded_;
    const Next first = is_over ? Next::end : next_of_first();
    if (first == Next::later) return first;
    ended_ = first == Next::end;
    if (ended_) return first;
    has_begun_ = true;
    changed_ = 0;
  }
  if (shuffled_) {
    shuffled_combination_ = combination_;
    shuffled_->apply(shuffled_combination_);
    changed_ = 0;
  }
  const std::vector<std::uint64_t>& indices = shuffled_ ? shuffled_combination_ : combination_;
  unchanged_ = starts_[changed_];
  values.resize(unchanged_);
  for (std::size_t group = changed_; group < groups_.size(); ++group) {
    starts_[group] = values.size();
    append_group(group, indices[group], values);
  }
  return Next::row;
}

// The last group is the fastest. False when all combinations of the loaded groups have been.
bool SweepRows::advance() {
  for (std::size_t i = groups_.size(); i-- > 0;) {
    if (++combination_[i] < sizes_[i]) {
      changed_ = i;
      return true;
    }
    combination_[i] = 0;
  }
  return false;
}

SweepRows::Next SweepRows::next_of_first() {
  if (first_is_loaded_) return Next::row;
  for (; arrived_ < first_.size(); ++arrived_) {
    const Next next = first_[arrived_].next(first_rows_[arrived_]);
    if (next == Next::later) return next;
    if (next == Next::row) continue;
    const bool counts_as_one = first_count_ == 0 && rules_.inputs.size() > 1;
    if (!counts_as_one) return Next::end;
    first_rows_[arrived_] = {std::string()};
  }
  arrived_ = 0;
  ++first_count_;
  return Next::row;
}

void SweepRows::append_group(std::size_t index, std::uint64_t at, std::vector<std::string_view>& values) {
  if (index == 0 && !first_is_loaded_) {
    for (const Row& row : first_rows_) values.insert(values.end(), row.begin(), row.end());
    return;
  }
  for (const auto& rows : groups_[index].rows) {
    const Row& row = rows[at < rows.size() ? at : at % rows.size()];
    values.insert(values.end(), row.begin(), row.end());
  }
}

int SweepRows::fd() const {
  for (const RowReader& reader : first_) {
    if (reader.is_stream()) return reader.fd();
  }
  return -1;
}

std::vector<std::string> SweepRows::columns() const {
  std::vector<std::string> columns;
  const auto add = [&](const Row& names) { columns.insert(columns.end(), names.begin(), names.end()); };
  for (const RowReader& reader : first_) add(reader.names());
  for (const Group& group : groups_) {
    const bool is_being_read = &group == &groups_.front() && !first_is_loaded_;
    if (!is_being_read) std::for_each(group.names.begin(), group.names.end(), add);
  }
  return columns;
}

}  // namespace farm
