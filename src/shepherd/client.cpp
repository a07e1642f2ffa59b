#include "shepherd/client.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <utility>
#include <variant>

#include "farm/error.hpp"
#include "shepherd/process_tree.hpp"

namespace farm {
namespace {

void deliver(const TaskOutput& output, LaunchEvents& events) { events.output(output.key, output.stream, output.bytes); }
void deliver(const TaskEnded& end, LaunchEvents& events) { events.ended(end.key, end.outcome, end.out, end.err); }
void deliver(const Signalled& signalled, LaunchEvents& events) { events.signalled(signalled.signal); }
void deliver(const Tidied& /*tidied*/, LaunchEvents& /*events*/) {}

}  // namespace

ShepherdClient::ShepherdClient(UniqueFd socket, pid_t shepherd)
    : socket_(std::move(socket)), shepherd_(shepherd), mark_(shepherd_mark(shepherd)) {
  guard_by_kernel(true);
}

void ShepherdClient::configure(const Settings& settings) { socket_.queue(ToShepherd(settings)); }

void ShepherdClient::start(Nanos heartbeat) {
  socket_.queue(ToShepherd(Starting{heartbeat}));
  if (!socket_.flush_all()) shepherd_is_gone();
}

void ShepherdClient::guard_by_kernel(bool on) {
  ::prctl(PR_SET_PDEATHSIG, on ? SIGKILL : 0);
  // The kernel speaks up only for deaths that are still to come.
  if (on && ::getppid() != shepherd_) shepherd_is_gone();
}

void ShepherdClient::tidy() {
  socket_.queue(ToShepherd(Tidy{}));
  if (!socket_.flush_all()) shepherd_is_gone();
  for (bool is_tidied = false; !is_tidied;) {
    pollfd readable{.fd = fd(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, -1);
    const bool is_there = socket_.receive();
    while (const auto message = socket_.next<ToRank>()) is_tidied |= std::holds_alternative<Tidied>(*message);
    if (!is_there && !is_tidied) shepherd_is_gone();
  }
}

void ShepherdClient::finish() {
  socket_.queue(ToShepherd(Finishing{}));
  if (!socket_.flush_all()) shepherd_is_gone();
}

void ShepherdClient::leave(int status, bool owes_stand_in) {
  socket_.queue(ToShepherd(Leave{status, owes_stand_in}));
  if (!socket_.flush_all()) kill_marked(mark_);
}

void ShepherdClient::launch(LaunchRequest request) { socket_.queue(ToShepherd(std::move(request))); }

void ShepherdClient::stop(LaunchKey key, const StopOrder& order) {
  socket_.queue(ToShepherd(StopTask{.key = key, .order = order}));
}

void ShepherdClient::consumed(LaunchKey key, Stream stream, std::size_t bytes) {
  socket_.queue(ToShepherd(Consumed{key, stream, bytes}));
}

void ShepherdClient::beat() { socket_.queue(ToShepherd(Beat{})); }

bool ShepherdClient::turn(LaunchEvents& events) {
  socket_.flush();
  const bool is_there = socket_.receive();
  bool had_any = false;
  while (const auto message = socket_.next<ToRank>()) {
    std::visit([&](const auto& event) { deliver(event, events); }, *message);
    had_any = true;
  }
  if (!is_there) shepherd_is_gone();
  socket_.flush();
  return had_any;
}

void ShepherdClient::shepherd_is_gone() const {
  kill_marked(mark_);
  fail_fatal("the shepherd of this rank (process " + std::to_string(shepherd_) +
             ") was killed; its tasks were ended and count as lost. Start farm again to carry on");
}

}  // namespace farm
