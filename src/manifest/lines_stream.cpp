#include "manifest/lines_stream.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/text.hpp"

namespace farm {

template <class Parser>
LineStream<Parser>::LineStream(UniqueFd stream, std::string name, const std::string& launch_dir)
    : stream_(std::move(stream)),
      name_(std::move(name)),
      buffer_(Parser::longest_line),
      parser_(name_, launch_dir, &names_) {}

template <class Parser>
TaskSource::Next LineStream<Parser>::next(TaskSpec& task) {
  parser_.complaints().raise_if_any(Error::Kind::fatal);
  for (;;) {
    while (const auto line = buffer_.next()) {
      const bool is_task = parser_.accept(*line);
      parser_.complaints().raise_if_any(Error::Kind::fatal);
      if (!is_task) continue;
      parser_.make(task);
      refuse_links(task);
      return Next::task;
    }
    if (buffer_.at_end()) break;
    if (!refill()) return Next::later;
  }
  if (!ended_) parser_.finish();
  ended_ = true;
  parser_.complaints().raise_if_any(Error::Kind::fatal);
  return Next::end;
}

// What a task waits for may still be to come, and who makes a file is known only when all tasks are.
template <class Parser>
void LineStream<Parser>::refuse_links(const TaskSpec& task) const {
  if (task.after.empty() && task.inputs.empty()) return;
  const std::string_view key = task.after.empty() ? "inputs" : "after";
  const std::string message =
      fmt::format("a list that is run while it is read can have no '{}'; write it to a file", key);
  fail_fatal(render(parser_.complaint_about(key, 0, message)));
}

template <class Parser>
void LineStream<Parser>::rewind() {
  FARM_CHECK(digest().has_value());
}

// False when there is nothing to read yet. O_NONBLOCK would make that simpler, but it would hold for everybody who
// shares the open file, the user's shell for one.
template <class Parser>
bool LineStream<Parser>::refill() {
  pollfd ready{.fd = stream_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, 0) <= 0) return false;
  const std::span<char> space = buffer_.space();
  const ssize_t count = ::read(stream_.get(), space.data(), space.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (count < 0) fail_fatal(fmt::format("cannot read {}: {}", printable(name_), std::strerror(errno)));
  buffer_.filled(static_cast<std::size_t>(count));
  return true;
}

template class LineStream<LinesParser>;
template class LineStream<JsonLinesParser>;

}  // namespace farm
