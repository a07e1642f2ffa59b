#include "pool/command_desk.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace farm {

CommandDesk::CommandDesk(Setup setup, Launcher& launcher) : setup_(std::move(setup)), launcher_(launcher) {}

std::uint32_t CommandDesk::take_slot() {
  if (free_slots_.empty()) return setup_.first_slot + used_slots_++;
  return free_slots_.extract(free_slots_.begin()).value();
}

// A call may run several at a time; one that has ended is not heard of any more.
LaunchKey CommandDesk::free_key(const Command& command) const {
  LaunchKey key{TaskId{command.task}, Attempt{command.attempt - 1}};
  while (running_.contains(key)) key.attempt = Attempt{value(key.attempt) + 1};
  return key;
}

LaunchRequest CommandDesk::begin(Command command) {
  const LaunchKey key = free_key(command);
  const std::filesystem::path cwd = std::filesystem::path(setup_.directory) / command.options.cwd;
  LaunchRequest request;
  request.task = key.task;
  request.attempt = key.attempt;
  request.slot = take_slot();
  request.command = std::move(command.line);
  if (!command.options.cwd.empty()) request.cwd = cwd;
  request.env = std::move(command.options.env);
  if (!command.options.stdin_file.empty()) request.stdin_file = cwd / command.options.stdin_file;
  request.stdout_file = std::move(command.stdout_file);
  request.timeout = command.options.timeout;
  request.stream_output = true;
  return request;
}

CommandResult CommandDesk::run(Command command, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const std::uint64_t most_output = command.options.most_output;
  LaunchRequest request = begin(std::move(command));
  const LaunchKey key{request.task, request.attempt};
  Running& running = running_[key];
  running.slot = request.slot;
  running.most_output = most_output;
  to_launch_.push_back(std::move(request));
  lock.unlock();
  setup_.wake();
  const std::stop_callback stopper(stop, [this, key] {
    {
      const std::lock_guard guard(mutex_);
      if (running_.contains(key)) to_stop_.push_back(key);
    }
    setup_.wake();
  });
  lock.lock();
  ended_.wait(lock, [&] { return running.is_over; });
  CommandResult result = std::move(running.result);
  free_slots_.insert(running.slot);
  running_.erase(key);
  std::erase(to_stop_, key);  // it would hit the next one of that name
  lock.unlock();              // before the callback goes, which may be waiting for it
  return result;
}

bool CommandDesk::has_orders() const {
  const std::lock_guard lock(mutex_);
  return !to_launch_.empty() || !to_stop_.empty();
}

void CommandDesk::turn() {
  std::unique_lock lock(mutex_);
  const auto launches = std::exchange(to_launch_, {});
  const auto stops = std::exchange(to_stop_, {});
  lock.unlock();
  for (const LaunchRequest& request : launches) launcher_.launch(request);
  for (const LaunchKey& key : stops) launcher_.stop(key, {});
  launcher_.turn(*this);
}

void CommandDesk::keep(Running& running, Stream stream, std::string_view bytes) {
  std::string& kept = stream == Stream::out ? running.result.out : running.result.err;
  const std::size_t room = running.most_output - std::min<std::size_t>(running.most_output, kept.size());
  running.result.is_cut = running.result.is_cut || bytes.size() > room;
  kept.append(bytes.substr(0, room));
}

void CommandDesk::output(LaunchKey key, Stream stream, std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = running_.find(key); found != running_.end()) keep(found->second, stream, bytes);
  }
  launcher_.consumed(key, stream, bytes.size());
}

void CommandDesk::ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(key);
  if (found == running_.end()) return;
  keep(found->second, Stream::out, out);
  keep(found->second, Stream::err, err);
  found->second.result.outcome = outcome;
  found->second.is_over = true;
  ended_.notify_all();
}

}  // namespace farm
