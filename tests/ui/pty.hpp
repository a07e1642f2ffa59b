/// A terminal for tests: what is written to the user's side can be read from the other.
#pragma once
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "base/unique_fd.hpp"

namespace farm {

class Pty {
 public:
  explicit Pty(unsigned short columns = 80) {
    int master = -1;
    int slave = -1;
    winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty failed");
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
    termios modes{};
    ::tcgetattr(slave, &modes);
    ::cfmakeraw(&modes);
    ::tcsetattr(slave, TCSANOW, &modes);
  }

  int slave() const { return slave_.get(); }

  /// A description of its own that does not block, as Terminal wants it.
  UniqueFd open_again() const {
    const std::string path = "/proc/self/fd/" + std::to_string(slave_.get());
    return UniqueFd(::open(path.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  }

  /// Everything written so far. A pty hands over when it likes, so a NUL is sent after it and waited for.
  std::string take() const {
    const UniqueFd marker = open_again();
    std::string text;
    for (bool sent = false; text.empty() || text.back() != '\0';) {
      sent = sent || ::write(marker.get(), "", 1) == 1;
      pollfd readable{.fd = master_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, sent ? 5000 : 10) != 1 && sent) throw std::runtime_error("the pty has lost its end");
      read_into(text);
    }
    text.pop_back();
    return text;
  }

  void resize(unsigned short columns) const {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(slave_.get(), TIOCSWINSZ, &size);
  }

  void hang_up() { master_.reset(); }

 private:
  void read_into(std::string& text) const {
    pollfd readable{.fd = master_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, 0) != 1) return;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(master_.get(), buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }

  UniqueFd master_;
  UniqueFd slave_;
};

}  // namespace farm
