#include "node/result_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "base/fingerprint.hpp"
#include "base/text.hpp"
#include "farm/error.hpp"
#include "node/fill_slot.hpp"
#include "store/file_ops.hpp"
#include "sweep/results_path.hpp"

namespace farm {
namespace {

// What a turn writes at most: some milliseconds' worth on a slow disk.
constexpr std::size_t most_bytes_per_turn = std::size_t{4} << 20;
// Three small files a task are about 0.1 ms.
constexpr std::size_t most_tasks_per_turn = 100;

constexpr unsigned private_mode = 0600;
constexpr unsigned usual_mode = 0666;

// Hexadecimal digits: two of a million places are the same once in a million times.
constexpr std::size_t fingerprint_digits = 15;

// `shown` is what is left of `place`, its end then a fingerprint of all of it: what differs in a secret alone is apart,
// and has the same name whatever stands before it in the list.
std::string with_fingerprint(std::string shown, std::string_view place) {
  Fingerprinter fingerprinter;
  fingerprinter.bytes(place);
  const std::string suffix = "-" + fingerprinter.value().text().substr(0, fingerprint_digits);
  const bool is_directory = shown.ends_with('/');
  if (is_directory) shown.pop_back();
  const std::size_t name = shown.rfind('/') + 1;
  const std::size_t room = longest_result_name(is_directory) - suffix.size();
  if (shown.size() - name > room) shown.resize(name + room);
  return shown + suffix + (is_directory ? "/" : "");
}

}  // namespace

ResultWriter::ResultWriter(Setup setup, Printer& printer) : setup_(std::move(setup)), printer_(printer) {
  form_ = table_form(setup_.table).value_or(TableForm::csv);
  if (setup_.table_file) table_.emplace(std::move(setup_.table_file), setup_.table, FileOps::system());
}

std::string ResultWriter::place_of(const TaskSpec& task, TaskId id) const {
  return setup_.redact ? place_of(task, redacted(task), id) : named_after(task, id);
}

std::string ResultWriter::place_of(const TaskSpec& task, const TaskSpec& shown, TaskId id) const {
  std::string place = named_after(task, id);
  std::string shown_place = named_after(shown, id);
  return shown_place == place ? place : with_fingerprint(std::move(shown_place), place);
}

std::string ResultWriter::named_after(const TaskSpec& task, TaskId id) const {
  if (!task.results.empty()) return task.results;
  const std::string_view command = task.command;
  if (!setup_.directory.empty()) return results_directory(setup_.directory, {}, {&command, 1});
  return setup_.names_prefix.empty() ? std::string() : fmt::format("{}-{}.out", setup_.names_prefix, value(id) + 1);
}

bool ResultWriter::has_left(const TaskSpec& task, TaskId id) const {
  const std::string place = place_of(task, id);
  // The number is written last.
  return !place.empty() && ::access(result_names(place).seq.c_str(), F_OK) == 0;
}

void ResultWriter::add(Task task) {
  if (task.values.empty()) task.values = {task.entry.command};
  if (prints_table()) return print_row(std::move(task));
  if (!prints_names() || task.place.empty()) printer_.skip(task.key.task);
  if (!task.place.empty()) files_.push_back(task);
  if (table_) rows_.push_back(std::move(task));
}

void ResultWriter::pump() {
  write_files(most_bytes_per_turn);
  write_rows(most_bytes_per_turn);
}

// --- files ----------------------------------------------------------------------------------------------------------

std::function<OutputReader(Stream)> ResultWriter::opener(const Task& task) const {
  return [open = setup_.open, key = task.key, out = task.out, err = task.err](Stream stream) {
    return open({key.task, key.attempt, stream}, stream == Stream::out ? out : err);
  };
}

void ResultWriter::begin_files(const Task& task) {
  const bool is_temporary = prints_names() && task.place.starts_with(setup_.names_prefix);
  ResultNames names = is_temporary ? ResultNames{task.place, {}, {}} : result_names(task.place);
  current_.emplace(std::move(names), task.entry.seq, opener(task), is_temporary ? private_mode : usual_mode);
}

void ResultWriter::write_files(std::size_t most) {
  std::size_t bytes = 0;
  for (std::size_t tasks = 0; !files_.empty() && tasks < most_tasks_per_turn && bytes < most;) {
    const Task& task = files_.front();
    try {
      if (!current_) begin_files(task);
      if (const auto written = current_->advance()) {
        bytes += *written;
        continue;
      }
      if (prints_names()) printer_.finished(task.key, {}, {}, task.tag, {.before = current_->names().out + "\n"});
    } catch (const Error& error) {
      failed(error.what());
      if (prints_names()) printer_.skip(task.key.task);
    }
    current_.reset();
    files_.pop_front();
    ++tasks;
  }
}

void ResultWriter::failed(const std::string& why) {
  // The first says what is wrong; a full disk would say it once for every task.
  if (failures_++ == 0) {
    setup_.complain(fmt::format("{}; the run goes on, and farm output {} TASK prints what is missing", why,
                                shell_quote(setup_.run_dir)));
  }
}

// --- the table ------------------------------------------------------------------------------------------------------

TableRow ResultWriter::row(const Task& task) const { return TableRow(form_, task.entry, task.values, opener(task)); }

void ResultWriter::print_row(Task task) {
  if (!std::exchange(has_heading_, true)) {
    printer_.say(Stream::out, table_heading(form_, setup_.value_names, task.values.size()));
  }
  const AttemptKey key = task.key;
  const auto more = [this, task = std::move(task), open_row = std::shared_ptr<TableRow>()](std::string& piece) mutable {
    if (!open_row) open_row = std::make_shared<TableRow>(row(task));
    try {
      return open_row->next(piece);
    } catch (const Error& error) {
      failed(error.what());
      piece = open_row->end();
      return !piece.empty();
    }
  };
  printer_.finished(key, {}, {}, {}, {.before = {}, .instead = more});
}

void ResultWriter::write_rows(std::size_t most) {
  if (!table_) return;
  flush_table();
  std::string piece;
  for (std::size_t bytes = 0; !rows_.empty() && bytes < most && !is_stuck(); bytes += piece.size()) {
    if (!std::exchange(has_heading_, true)) {
      table_->buffer() += table_heading(form_, setup_.value_names, rows_.front().values.size());
    }
    if (!row_) row_.emplace(row(rows_.front()));
    piece.clear();
    bool is_more = false;
    try {
      is_more = row_->next(piece);
    } catch (const Error& error) {
      failed(error.what());
      piece = row_->end();
    }
    table_->buffer() += piece;
    if (table_->buffer().size() >= max_frame_bytes) flush_table();
    if (is_more) continue;
    row_.reset();
    rows_.pop_front();
  }
  flush_table();
}

void ResultWriter::flush_table() {
  try {
    table_->flush();
    const std::string& trouble = table_->trouble();
    if (trouble != told_trouble_ && !trouble.empty()) setup_.complain(trouble);
    told_trouble_ = trouble;
  } catch (const Error& error) {
    failures_ += rows_.size();
    setup_.complain(fmt::format("{}; the table stays incomplete", error.what()));
    table_->buffer().clear();
    rows_.clear();
    row_.reset();
  }
}

}  // namespace farm
