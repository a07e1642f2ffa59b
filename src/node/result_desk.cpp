#include "node/result_desk.hpp"

#include <utility>

#include "manifest/task_source.hpp"
#include "node/fill_slot.hpp"

namespace farm {
namespace {

OutputRef to_ref(const StreamPlace& place) {
  return {.bytes = place.bytes, .segment = place.segment, .last_frame = place.last_frame};
}

}  // namespace

ResultDesk::ResultDesk(Parts parts, const RunOptions& options, std::string launch_dir, std::string host)
    : parts_(parts), options_(options), launch_dir_(std::move(launch_dir)), host_(std::move(host)) {}

void ResultDesk::chunk(const OutputChunk& chunk, const TaskSpec& task) {
  const AttemptKey key{TaskId{chunk.task}, Attempt{chunk.attempt}};
  const Stream stream{chunk.stream};
  Begun& begun = begun_[key];
  OutputRef& ref = stream == Stream::out ? begun.stored.out : begun.stored.err;
  ref = parts_.segment.append({key.task, key.attempt, stream}, ref, chunk.bytes);
  if (has_results(task)) return;
  // Once: to look for secrets in a long command takes longer than to pass a line on.
  if (!begun.heading) begun.heading = heading_of(task);
  parts_.printer.chunk(key, stream, chunk.bytes, ref, begun.heading->tag, begun.heading->line);
}

std::string ResultDesk::ended(const End& end, const Streams& streams, const TaskSpec& task) {
  const AttemptKey key = end.key;
  const Stored before = begun_.contains(key) ? begun_.extract(key).mapped().stored : Stored{};
  // Its identity is that of the manifest's text; all that is told of it is what ran.
  const auto filled = at_slot(task, end.slot);
  const TaskSpec& as_it_ran = filled ? *filled : task;
  const auto hidden = without_secrets(as_it_ran);
  const TaskSpec& shown = hidden ? *hidden : as_it_ran;
  const AttemptEnded record{.task = key.task,
                            .attempt = key.attempt,
                            .worker = end.worker,
                            .host = end.host,
                            .slot = end.slot,
                            .outcome = end.outcome,
                            .final = end.final,
                            .identity = identity(task, launch_dir_),
                            .name = shown.name,
                            .command = shown.command,
                            .out = store(key, Stream::out, streams.out, before.out, streams.out_text),
                            .err = store(key, Stream::err, streams.err, before.err, streams.err_text)};
  parts_.journal.append(record);
  parts_.printer.hold_until(parts_.journal.appended());
  if (end.final) conclude(record, streams, as_it_ran, shown);
  return record.command;
}

OutputRef ResultDesk::store(AttemptKey key, Stream stream, const StreamPlace& place, const OutputRef& before,
                            std::string_view rest) {
  if (place.bytes > 0) return to_ref(place);
  return rest.empty() ? before : parts_.segment.append({key.task, key.attempt, stream}, before, rest);
}

std::optional<TaskSpec> ResultDesk::without_secrets(const TaskSpec& task) const {
  return options_.redact ? std::optional(redacted(task)) : std::nullopt;
}

void ResultDesk::conclude(const AttemptEnded& end, const Streams& streams, const TaskSpec& task,
                          const TaskSpec& shown) {
  const AttemptKey key{end.task, end.attempt};
  const bool goes_to_files = has_results(task);
  if (!goes_to_files) {
    parts_.printer.finished(key, {end.out, streams.out_text}, {end.err, streams.err_text}, tag_of(shown),
                            {.before = line_before(shown)});
  }
  if (parts_.joblog == nullptr && !goes_to_files) return;
  JobEntry entry =
      job_entry(key.task, end.host == host_ ? ":" : end.host, end.outcome, end.out.bytes, command_line(shown));
  if (entry.started == Nanos::zero()) entry.started = parts_.clock.wall();
  if (parts_.joblog != nullptr) parts_.joblog->add(entry);
  if (!goes_to_files) return;
  parts_.results->add({.key = key,
                       .entry = entry,
                       .values = shown.values,
                       .place = parts_.results->place_of(task, shown, key.task),
                       .tag = tag_of(shown),
                       .out = end.out,
                       .err = end.err});
}

ResultDesk::Heading ResultDesk::heading_of(const TaskSpec& task) const {
  if (!options_.tag && options_.verbosity != Verbosity::with_output) return {};
  const auto hidden = without_secrets(task);
  const TaskSpec& shown = hidden ? *hidden : task;
  return {tag_of(shown), line_before(shown)};
}

std::string ResultDesk::tag_of(const TaskSpec& task) const {
  if (!options_.tag) return {};
  if (!task.tag.empty()) return task.tag;
  return task.name.empty() ? task.command : task.name;
}

std::string ResultDesk::line_before(const TaskSpec& task) const {
  return options_.verbosity == Verbosity::with_output ? command_line(task) + '\n' : std::string();
}

}  // namespace farm
