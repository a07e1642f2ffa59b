#include "base/poller.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace farm {
namespace {

constexpr int events_per_wait = 64;

timespec to_timespec(Nanos duration) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {.tv_sec = whole.count(), .tv_nsec = (duration - whole).count()};
}

// epoll_wait counts milliseconds; the back-off needs 50 us. epoll_pwait2 is Linux 5.11: older kernels (RHEL 8) answer
// ENOSYS, and there ppoll on the epoll descriptor sleeps just as finely for one more system call.
int precise_wait(int epoll, epoll_event* events, const timespec* patience) {
  static bool has_pwait2 = true;
  if (has_pwait2) {
    const int ready = ::epoll_pwait2(epoll, events, events_per_wait, patience, nullptr);
    if (ready >= 0 || errno != ENOSYS) return ready;
    has_pwait2 = false;
  }
  pollfd whole_set{.fd = epoll, .events = POLLIN, .revents = 0};
  const int ready = ::ppoll(&whole_set, 1, patience, nullptr);
  return ready <= 0 ? ready : ::epoll_wait(epoll, events, events_per_wait, 0);
}

std::uint32_t to_epoll(unsigned interest) {
  return ((interest & Poller::readable) != 0 ? EPOLLIN : 0U) | ((interest & Poller::writable) != 0 ? EPOLLOUT : 0U);
}

unsigned from_epoll(std::uint32_t events, unsigned interest) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return interest;
  return ((events & EPOLLIN) != 0 ? unsigned{Poller::readable} : 0U) |
         ((events & EPOLLOUT) != 0 ? unsigned{Poller::writable} : 0U);
}

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

void Poller::control(int operation, const Watch& watch) const {
  epoll_event event{.events = to_epoll(watch.interest), .data = {.fd = watch.fd}};
  if (::epoll_ctl(epoll_.get(), operation, watch.fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Poller::watch(int fd, unsigned interest, Handler handler) {
  auto watch = std::make_shared<Watch>(Watch{fd, interest, false, std::move(handler)});
  epoll_event event{.events = to_epoll(interest), .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    if (errno != EPERM) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    watch->always_ready = true;
    ++always_ready_;
  }
  watches_[fd] = std::move(watch);
}

void Poller::change(int fd, unsigned interest) {
  Watch& watch = *watches_.at(fd);
  if (watch.interest == interest) return;
  watch.interest = interest;
  if (!watch.always_ready) control(EPOLL_CTL_MOD, watch);
}

void Poller::forget(int fd) {
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  if (found->second->always_ready) {
    --always_ready_;
  } else {
    control(EPOLL_CTL_DEL, *found->second);
  }
  found->second->interest = 0;
  watches_.erase(found);
}

int Poller::run(const std::shared_ptr<Watch>& watch, unsigned ready) {
  // An earlier handler of the same wait may have forgotten this one or lost interest.
  ready &= watch->interest;
  if (ready == 0) return 0;
  watch->handler(ready);
  return 1;
}

int Poller::wait(Nanos patience) {
  std::vector<std::shared_ptr<Watch>> always;
  if (always_ready_ > 0) {
    for (const auto& [fd, watch] : watches_) {
      if (watch->always_ready && watch->interest != 0) always.push_back(watch);
    }
  }
  if (!always.empty() || patience < Nanos::zero()) patience = Nanos::zero();

  std::array<epoll_event, events_per_wait> events{};
  const timespec time = to_timespec(patience);
  const int ready = precise_wait(epoll_.get(), events.data(), patience == Nanos::max() ? nullptr : &time);
  ++waits_;
  if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");

  int handled = 0;
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    const auto found = watches_.find(event.data.fd);
    if (found == watches_.end()) continue;
    const std::shared_ptr<Watch> watch = found->second;
    handled += run(watch, from_epoll(event.events, watch->interest));
  }
  for (const auto& watch : always) handled += run(watch, watch->interest);
  return handled;
}

}  // namespace farm
