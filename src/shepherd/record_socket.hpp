/// One end of the socket between a rank and its shepherd: records are queued in memory and leave in one system call for
/// many. Nothing blocks unless it says so.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "shepherd/protocol.hpp"

namespace farm {

class RecordSocket {
 public:
  explicit RecordSocket(UniqueFd socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }

  template <class Message>
  void queue(const Message& message) {
    append_record(out_, message);
  }

  /// Bytes queued and not sent.
  std::size_t queued() const { return out_.size() - sent_; }

  /// Sends as much of what is queued as goes without blocking. What cannot be sent because the other end is gone stays
  /// queued; receive() will tell.
  void flush();

  /// Sends all that is queued, waiting as long as it takes; false when the other end is gone.
  bool flush_all();

  /// Reads what has arrived; false when the other end is gone. What it sent before can still be taken by next().
  bool receive();

  /// The next message; nullopt until more is received. Its views hold until the next receive().
  template <class Message>
  std::optional<Message> next() {
    std::string_view rest = std::string_view(in_).substr(taken_);
    std::optional<Message> message = take_record<Message>(rest);
    taken_ = in_.size() - rest.size();
    return message;
  }

 private:
  bool send_some();

  UniqueFd socket_;
  std::string out_;
  std::size_t sent_ = 0;
  std::string in_;
  std::size_t taken_ = 0;
};

}  // namespace farm
