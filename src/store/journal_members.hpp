/// Which members a journal line has, once, for the encoder and the decoder: one table per record. How a type is written
/// is theirs to know. Adding a member here is compatible if its type may be absent; anything else needs a new version.
#pragma once
#include <array>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "store/record.hpp"

namespace farm {

/// A key and the way from a record to the value, through nested structs.
template <class... Steps>
class Member {
 public:
  constexpr Member(std::string_view name, Steps... steps) : path_(steps...) {
    for (const std::string_view part : {std::string_view(",\""), name, std::string_view("\":")}) {
      for (const char c : part) text_[size_++] = c;
    }
  }

  /// As it stands in a line: `,"key":`.
  constexpr std::string_view text() const { return {text_.data(), size_}; }
  constexpr std::string_view key() const { return text().substr(2, size_ - 4); }

  template <class Owner>
  constexpr auto& of(Owner& owner) const {
    return std::apply(
        [&owner](auto... step) -> auto& { return (owner.*....*step); }, path_);
  }

 private:
  std::array<char, 16> text_{};  // the longest is `,"up_to_date":`
  std::size_t size_ = 0;
  std::tuple<Steps...> path_;
};

template <class T>
struct Line;

template <>
struct Line<RunStarted> {
  static constexpr std::string_view kind = "start";
  static constexpr std::tuple members{
      Member("run", &RunStarted::run),
      Member("start", &RunStarted::start),
      Member("manifest", &RunStarted::manifest),
      Member("digest", &RunStarted::digest),
      Member("continues", &RunStarted::continues),
      Member("dir", &RunStarted::directory),
      Member("host", &RunStarted::host),
      Member("pid", &RunStarted::pid),
      Member("t_ns", &RunStarted::time),
      Member("farm", &RunStarted::farm_version),
  };
};

template <>
struct Line<TasksKept> {
  static constexpr std::string_view kind = "kept";
  static constexpr std::tuple members{
      Member("first", &TasksKept::first),
      Member("last", &TasksKept::last),
  };
};

template <>
struct Line<TasksSent> {
  static constexpr std::string_view kind = "sent";
  static constexpr std::tuple members{
      Member("w", &TasksSent::worker),
      Member("t_ns", &TasksSent::time),
      Member("a", &TasksSent::items),
  };
};

template <>
struct Line<AttemptEnded> {
  static constexpr std::string_view kind = "end";
  static constexpr std::tuple members{
      Member("task", &AttemptEnded::task),
      Member("try", &AttemptEnded::attempt),
      Member("w", &AttemptEnded::worker),
      Member("host", &AttemptEnded::host),
      Member("slot", &AttemptEnded::slot),
      Member("cause", &AttemptEnded::outcome, &Outcome::cause),
      Member("code", &AttemptEnded::outcome, &Outcome::code),
      Member("core", &AttemptEnded::outcome, &Outcome::dumped_core),
      Member("open", &AttemptEnded::outcome, &Outcome::left_output_open),
      Member("up_to_date", &AttemptEnded::outcome, &Outcome::up_to_date),
      Member("t_ns", &AttemptEnded::outcome, &Outcome::started),
      Member("wall_ns", &AttemptEnded::outcome, &Outcome::usage, &Usage::wall),
      Member("user_ns", &AttemptEnded::outcome, &Outcome::usage, &Usage::user),
      Member("sys_ns", &AttemptEnded::outcome, &Outcome::usage, &Usage::system),
      Member("rss", &AttemptEnded::outcome, &Outcome::usage, &Usage::peak_rss_bytes),
      Member("final", &AttemptEnded::final),
      Member("id", &AttemptEnded::identity),
      Member("name", &AttemptEnded::name),
      Member("cmd", &AttemptEnded::command),
      Member("out", &AttemptEnded::out),
      Member("err", &AttemptEnded::err),
  };
};

template <>
struct Line<WorkerJoined> {
  static constexpr std::string_view kind = "joined";
  static constexpr std::tuple members{
      Member("w", &WorkerJoined::worker),    Member("host", &WorkerJoined::host), Member("pid", &WorkerJoined::pid),
      Member("slots", &WorkerJoined::slots), Member("t_ns", &WorkerJoined::time),
  };
};

template <>
struct Line<WorkerLost> {
  static constexpr std::string_view kind = "lost";
  static constexpr std::tuple members{
      Member("w", &WorkerLost::worker),
      Member("why", &WorkerLost::why),
      Member("t_ns", &WorkerLost::time),
  };
};

template <>
struct Line<RunEnded> {
  static constexpr std::string_view kind = "stop";
  static constexpr std::tuple members{
      Member("ok", &RunEnded::succeeded), Member("failed", &RunEnded::failed), Member("left", &RunEnded::left),
      Member("why", &RunEnded::why),      Member("t_ns", &RunEnded::time),
  };
};

/// What follows the checked bytes of a line: `,"crc":"xxxxxxxx"}`.
inline constexpr std::string_view check_key = R"(,"crc":")";
inline constexpr std::string_view check_end = R"("})";
inline constexpr std::size_t check_digits = 8;
inline constexpr std::size_t check_size = check_key.size() + check_digits + check_end.size();

/// Added to the key of a text member that is not UTF-8, for its exact bytes.
inline constexpr std::string_view hex_suffix = "_hex";
/// What ends a key in Member::text().
inline constexpr std::string_view key_end = "\":";

/// How every line starts, up to its kind.
inline constexpr std::string_view line_start = R"({"e":")";
/// What follows the kind in a start line, up to the version.
inline constexpr std::string_view version_key = R"(","v":)";

}  // namespace farm
