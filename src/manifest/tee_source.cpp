#include "manifest/tee_source.hpp"

#include <utility>

namespace farm {

TeeSource::TeeSource(std::unique_ptr<TaskSource> data, std::unique_ptr<TaskSource> tasks)
    : data_(std::move(data)), tasks_(std::move(tasks)) {}

TaskSource::Next TeeSource::next(TaskSpec& task) {
  if (!has_all_ && gather() == Next::later) return Next::later;
  const Next next = tasks_->next(task);
  if (next != Next::task) return next;
  task.stdin_parts = parts_;
  task.stdin_version = version_;
  return Next::task;
}

TaskSource::Next TeeSource::gather() {
  TaskSpec reader;
  Next next = data_->next(reader);
  for (; next == Next::task; next = data_->next(reader)) {
    parts_.insert(parts_.end(), reader.stdin_parts.begin(), reader.stdin_parts.end());
    version_ += reader.stdin_version;
  }
  has_all_ = next == Next::end;
  return next;
}

int TeeSource::fd() const { return has_all_ ? tasks_->fd() : data_->fd(); }

std::optional<Fingerprint> TeeSource::digest() const {
  const auto data = data_->digest();
  const auto tasks = tasks_->digest();
  if (!data || !tasks) return std::nullopt;
  Fingerprinter fingerprinter;
  fingerprinter.field(data->text());
  fingerprinter.field(tasks->text());
  return fingerprinter.value();
}

// The data stay as they were gathered.
void TeeSource::rewind() { tasks_->rewind(); }

}  // namespace farm
