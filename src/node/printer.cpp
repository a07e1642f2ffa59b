#include "node/printer.hpp"

#include <utility>

#include "farm/error.hpp"

namespace farm {
namespace {

// Beyond this much waiting text, pieces are read back from the segments when their turn comes.
constexpr std::size_t largest_backlog = std::size_t{1} << 20;

// A line longer than this is passed on in parts, as no program that prints lines would miss.
constexpr std::size_t longest_line = std::size_t{1} << 18;

}  // namespace

Printer::Printer(Setup setup, Poller& poller)
    : setup_(std::move(setup)),
      poller_(poller),
      sinks_{Sink{PatientFd(setup_.out_fd)}, Sink{PatientFd(setup_.err_fd)}} {}

Printer::~Printer() {
  for (Sink& sink : sinks_) watch(sink, false);
}

// --- what tasks bring -----------------------------------------------------------------------------------------------

void Printer::finished(AttemptKey key, const Text& out, const Text& err, const std::string& tag, Extra extra) {
  if (setup_.mode == OutputMode::quiet) return;
  if (!is_turn_of(key.task)) {
    held_[key.task] = {key, {out.stored, err.stored}, tag, true, std::move(extra)};
    return;
  }
  push_extra(key, std::move(extra), tag);
  begun_.erase(key.task);
  push_stream(key, Stream::out, out, tag);
  push_stream(key, Stream::err, err, tag);
  if (setup_.keep_order) advance();
}

void Printer::say(Stream stream, std::string text) {
  push({.key = {{}, {}, stream}, .text = std::move(text), .tag = {}, .plain = true});
}

void Printer::skip(TaskId task) {
  if (!setup_.keep_order || setup_.mode == OutputMode::quiet) return;
  if (task == next_) {
    advance();
  } else {
    held_[task].settled = true;
  }
}

void Printer::chunk(AttemptKey key, Stream stream, std::string_view bytes, const OutputRef& stored,
                    const std::string& tag, const std::string& before) {
  if (setup_.mode != OutputMode::line_buffer) return;
  if (!is_turn_of(key.task)) {
    Held& held = held_[key.task];
    if (held.key != key) held = {key, {}, tag, false, {.before = before}};
    held.stored[static_cast<std::size_t>(stream)] = stored;
    return;
  }
  if (!before.empty()) push_extra(key, {.before = before}, tag);
  std::string& partial = partial_lines_[{key.task, stream}];
  partial += bytes;
  const std::size_t lines = partial.size() > longest_line ? partial.size() : partial.rfind('\n') + 1;
  if (lines == 0) return;
  push({.key = {key.task, key.attempt, stream}, .text = partial.substr(0, lines), .tag = tag});
  partial.erase(0, lines);
}

void Printer::push_stream(AttemptKey key, Stream stream, const Text& text, const std::string& tag) {
  const StreamKey of{key.task, key.attempt, stream};
  if (setup_.mode == OutputMode::line_buffer) {
    push({.key = of, .text = partial_line(key.task, stream).append(text.whole), .tag = tag});
  } else if (text.whole.size() == text.stored.bytes && backlog_ < largest_backlog) {
    push({.key = of, .text = std::string(text.whole), .tag = tag});
  } else {
    push({.key = of, .text = {}, .stored = text.stored, .tag = tag});
  }
}

std::string Printer::partial_line(TaskId task, Stream stream) {
  const auto found = partial_lines_.find({task, stream});
  if (found == partial_lines_.end()) return {};
  std::string text = std::move(found->second);
  partial_lines_.erase(found);
  return text;
}

void Printer::push(Piece piece) {
  if (piece.text.empty() && piece.stored.bytes == 0) return;
  piece.text = tagged(piece, std::move(piece.text));
  piece.record = record_;
  backlog_ += piece.text.size();
  pieces_.push_back(std::move(piece));
}

void Printer::push_extra(AttemptKey key, Extra extra, const std::string& tag) {
  const StreamKey of{key.task, key.attempt, Stream::out};
  if (!extra.before.empty() && begun_.insert(key.task).second) {
    push({.key = of, .text = std::move(extra.before), .tag = tag});
  }
  if (!extra.instead) return;
  pieces_.push_back(
      {.key = of, .text = {}, .tag = {}, .instead = std::move(extra.instead), .plain = true, .record = record_});
}

void Printer::push_held(const Held& held) {
  push_extra(held.key, held.extra, held.tag);
  if (held.settled) begun_.erase(held.key.task);
  for (const Stream stream : {Stream::out, Stream::err}) {
    push({.key = {held.key.task, held.key.attempt, stream},
          .text = {},
          .stored = held.stored[static_cast<std::size_t>(stream)],
          .tag = held.tag});
  }
}

void Printer::advance() {
  next_ = next(next_);
  for (auto first = held_.begin(); first != held_.end() && first->first == next_; first = held_.erase(first)) {
    push_held(first->second);
    if (!first->second.settled) {
      held_.erase(first);
      return;
    }
    next_ = next(next_);
  }
}

void Printer::release() {
  for (const auto& [task, held] : held_) push_held(held);
  held_.clear();
  for (auto& [key, text] : std::exchange(partial_lines_, {})) {
    push({.key = {key.first, Attempt{}, key.second}, .text = text, .tag = {}});
  }
}

// --- writing --------------------------------------------------------------------------------------------------------

void Printer::pump() {
  if (pieces_.empty() || is_held_back(pieces_.front())) return;
  if (setup_.before_write) setup_.before_write();
  write_pieces();
  if (setup_.after_write) setup_.after_write(line_open_);
}

void Printer::write_pieces() {
  while (!pieces_.empty()) {
    Piece& first = pieces_.front();
    if (is_held_back(first)) break;
    if (!write_text(first)) return watch(sink_of(first.key.stream), true);
    if (!read_on(first)) pieces_.pop_front();
  }
  for (Sink& sink : sinks_) watch(sink, false);
}

bool Printer::write_text(Piece& piece) {
  Sink& sink = sink_of(piece.key.stream);
  while (!piece.text.empty()) {
    const std::size_t written = sink.fd.write(piece.text);
    if (written == 0) return false;
    line_open_ = piece.text[written - 1] != '\n';
    piece.text.erase(0, written);
    backlog_ -= written;
  }
  return true;
}

bool Printer::read_on(Piece& piece) {
  if (piece.instead) {
    if (sink_of(piece.key.stream).fd.is_closed() || !piece.instead(piece.text)) return false;
    backlog_ += piece.text.size();
    return true;
  }
  if (piece.stored.bytes == 0 || sink_of(piece.key.stream).fd.is_closed()) return false;
  try {
    if (!piece.reader) piece.reader.emplace(setup_.open(piece.key, piece.stored));
    std::string more;
    if (!piece.reader->next(more)) return false;
    piece.text = tagged(piece, std::move(more));
  } catch (const Error& error) {
    setup_.complain(error.what());
    return false;
  }
  backlog_ += piece.text.size();
  return true;
}

std::string Printer::tagged(Piece& piece, std::string text) const {
  if (!setup_.tag || piece.plain) return text;
  std::string with;
  for (std::string_view rest = text; !rest.empty();) {
    if (piece.at_line_start) with.append(piece.tag).push_back('\t');
    const std::size_t end = rest.find('\n');
    piece.at_line_start = end != std::string_view::npos;
    const std::size_t length = piece.at_line_start ? end + 1 : rest.size();
    with += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return with;
}

void Printer::watch(Sink& sink, bool on) {
  if (on == sink.watched) return;
  sink.watched = on;
  if (on) {
    poller_.watch(sink.fd.fd(), Poller::writable, [this](unsigned) { pump(); });
  } else {
    poller_.forget(sink.fd.fd());
  }
}

}  // namespace farm
