#include "pool/wake_up.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "farm/error.hpp"

namespace farm {

WakeUp::WakeUp() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) fail_fatal("cannot make an event descriptor; is a limit on open files reached?");
}

void WakeUp::drain() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
}

void WakeUp::ring() {
  if (!asleep_.exchange(false)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(event_.get(), &one, sizeof one);  // it cannot be full
}

}  // namespace farm
