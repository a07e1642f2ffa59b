/// Brings the tasks' output to stdout and stderr: whole tasks as they end, in input order, or line by line; never two
/// tasks in one line, never blocking. Exact bytes. What does not go out at once is read back from the segments, so
/// memory stays small however much was printed.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/poller.hpp"
#include "core/event.hpp"
#include "farm/options.hpp"
#include "farm/stream.hpp"
#include "node/patient_fd.hpp"
#include "store/output_reader.hpp"
#include "store/record.hpp"

namespace farm {

class Printer {
 public:
  struct Setup {
    int out_fd = 1;
    int err_fd = 2;
    OutputMode mode = OutputMode::group;
    bool keep_order = false;
    bool tag = false;
    std::function<OutputReader(const StreamKey&, const OutputRef&)> open;
    /// Up to which record all is on the disk; empty when nothing waits for that.
    std::function<std::uint64_t()> durable;
    std::function<void()> before_write;                     ///< may be empty, as the next one
    std::function<void(bool line_open)> after_write;        ///< `line_open`: the last byte was no newline
    std::function<void(const std::string& line)> complain;  ///< stored output that cannot be read back
  };

  /// One stream of an attempt: where it is stored, and its text when that is all of it.
  struct Text {
    OutputRef stored;
    std::string_view whole;
  };

  /// What comes with a task's output, or instead of it.
  struct Extra {
    std::string before;  ///< on standard output, first
    /// Where set: the next piece of what is printed instead, untagged; false at the end.
    std::function<bool(std::string& piece)> instead;
  };

  Printer(Setup setup, Poller& poller);
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;
  ~Printer();

  /// What comes from now on goes out only once this record is on the disk (Setup::durable). Records only grow.
  void hold_until(std::uint64_t record) { record_ = record; }

  /// The attempt that settled its task. In line-buffer mode `whole` is what follows the chunks.
  void finished(AttemptKey key, const Text& out, const Text& err, const std::string& tag, Extra extra = {});

  /// Something that is no task's output, whatever the mode and the order.
  void say(Stream stream, std::string text);

  /// This task will print nothing (any more).
  void skip(TaskId task);

  /// In line-buffer mode: a part of a running attempt's stream, stored up to and with it as `stored`. `before` goes out
  /// before the first of them.
  void chunk(AttemptKey key, Stream stream, std::string_view bytes, const OutputRef& stored, const std::string& tag,
             const std::string& before = {});

  /// Everything held back for its turn goes out now: nothing more will be finished.
  void release();

  /// Writes what fits. Call once per turn, after the segments were flushed.
  void pump();

  bool is_idle() const { return pieces_.empty(); }
  /// Bytes in memory that wait for a slow reader.
  std::size_t backlog() const { return backlog_; }

 private:
  /// Text, or what is stored, or first the one and then the other.
  struct Piece {
    StreamKey key;
    std::string text;
    OutputRef stored{};
    std::string tag;
    std::optional<OutputReader> reader{};  // opened when its turn comes: many pieces may wait
    std::function<bool(std::string&)> instead{};
    bool plain = false;  // without a tag
    std::uint64_t record = 0;
    bool at_line_start = true;
  };
  struct Held {
    AttemptKey key;
    std::array<OutputRef, 2> stored;
    std::string tag;
    bool settled = false;
    Extra extra{};
  };
  struct Sink {
    PatientFd fd;
    bool watched = false;
  };

  bool is_turn_of(TaskId task) const { return !setup_.keep_order || task == next_; }
  void push(Piece piece);
  void push_extra(AttemptKey key, Extra extra, const std::string& tag);
  void push_stream(AttemptKey key, Stream stream, const Text& text, const std::string& tag);
  void push_held(const Held& held);
  void advance();
  std::string partial_line(TaskId task, Stream stream);

  void write_pieces();
  bool is_held_back(const Piece& piece) const { return setup_.durable && piece.record > setup_.durable(); }
  bool write_text(Piece& piece);
  bool read_on(Piece& piece);
  std::string tagged(Piece& piece, std::string text) const;
  Sink& sink_of(Stream stream) { return sinks_[static_cast<std::size_t>(stream)]; }
  void watch(Sink& sink, bool on);

  Setup setup_;
  Poller& poller_;
  std::array<Sink, 2> sinks_;
  std::deque<Piece> pieces_;
  std::size_t backlog_ = 0;
  std::map<std::pair<TaskId, Stream>, std::string> partial_lines_;
  std::set<TaskId> begun_;  // what comes before their output is out
  bool line_open_ = false;
  std::uint64_t record_ = 0;
  TaskId next_{};                // in input order: the first that is not settled
  std::map<TaskId, Held> held_;  // in input order: what came before its turn
};

}  // namespace farm
