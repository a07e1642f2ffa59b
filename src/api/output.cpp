#include "api/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "api/prepare.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "manifest/open_source.hpp"
#include "store/journal_reader.hpp"
#include "store/output_reader.hpp"
#include "store/task_set.hpp"

namespace farm {
namespace {

RunDir open_run(const std::string& run) {
  const std::string dir = std::filesystem::is_directory(run) ? run : run_dir_of(run);
  if (!std::filesystem::is_directory(dir)) {
    fail_usage("there is no run of '" + printable(run) + "': neither is it a run directory nor does " + printable(dir) +
               " exist");
  }
  return RunDir::view(dir);
}

}  // namespace

// What the journals say, in the order of the starts.
struct RunOutput::Journals {
  std::optional<RunStarted> last;
  std::map<TaskId, Stored> chain;  // of the last chain of starts, whose ordinals are those of the manifest
  TaskSet kept;                    // succeeded under an earlier manifest
  std::multimap<Fingerprint, Stored> earlier;
  std::map<TaskId, Fingerprint> succeeded;  // in the chain

  void add(const RunStarted& start) {
    if (!start.continues) {
      for (const auto& [task, identity] : succeeded) earlier.emplace(identity, chain.at(task));
      chain.clear();
      kept.clear();
      succeeded.clear();
    }
    last = start;
  }
  void add(const AttemptEnded& end) {
    chain[end.task] = {end.task, end.attempt, end.name, end.out, end.err};
    if (farm::succeeded(end.outcome)) succeeded[end.task] = end.identity;
  }
};

RunOutput::RunOutput(const std::string& run) : run_(run), dir_(open_run(run)) {
  Journals journals;
  read(journals);
  tasks_ = std::move(journals.chain);
  add_kept(journals);
}

void RunOutput::read(Journals& journals) const {
  for (const std::uint32_t number : dir_.journals()) {
    JournalReader reader(dir_.open_journal(number), JournalReader::Damage::refuse);
    Record record;
    while (reader.next(record)) {
      if (const auto* start = std::get_if<RunStarted>(&record)) journals.add(*start);
      if (const auto* end = std::get_if<AttemptEnded>(&record)) journals.add(*end);
      if (const auto* kept = std::get_if<TasksKept>(&record)) journals.kept.add(kept->first, kept->last);
    }
  }
}

// The journal says of a kept task only that it is: which one it was under the earlier manifest follows from its
// identity, which follows from the manifest, if that is still the same.
void RunOutput::add_kept(Journals& journals) {
  if (journals.kept.size() == 0 || !journals.last || !journals.last->digest) return;
  const std::string& launch_dir = journals.last->directory;
  const auto manifest = std::filesystem::path(launch_dir) / journals.last->manifest;
  const auto source = open_source(manifest.string(), launch_dir, nullptr, OutputNames::anywhere);
  if (source->digest() != journals.last->digest) return;
  TaskSpec task;
  for (TaskId id{}; source->next(task) == TaskSource::Next::task; id = next(id)) {
    if (!journals.kept.contains(id)) continue;
    const auto found = journals.earlier.find(identity(task, launch_dir));
    if (found == journals.earlier.end()) continue;
    tasks_[id] = found->second;
    journals.earlier.erase(found);
  }
}

const RunOutput::Stored& RunOutput::find(const std::string& which) const {
  for (const auto& [id, task] : tasks_) {
    if (!task.name.empty() && task.name == which) return task;
  }
  const auto number = parse_count(which);
  const auto found = number && *number > 0 ? tasks_.find(TaskId{*number - 1}) : tasks_.end();
  if (found == tasks_.end()) {
    fail_usage("task " + printable(which) + " of " + printable(run_) +
               " has not ended: tasks are numbered from 1 or have names");
  }
  return found->second;
}

void RunOutput::write(const Stored& task, Stream stream, int fd) const {
  const OutputRef& ref = stream == Stream::out ? task.out : task.err;
  if (ref.bytes == 0) return;
  OutputReader reader(dir_, {task.task, task.attempt, stream}, ref);
  std::string piece;
  while (reader.next(piece)) {
    for (std::string_view rest = piece; !rest.empty();) {
      const ssize_t written = ::write(fd, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_fatal(std::string("cannot write the output: ") + std::strerror(errno));
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

}  // namespace farm
