#include "store/syncer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <chrono>
#include <utility>

#include "farm/error.hpp"

namespace farm {
namespace {

// What a power failure may cost at most, and what users were promised. An fdatasync takes 1 to 30 ms on the disks
// tried, so five a second are no load.
constexpr std::chrono::milliseconds sync_interval{200};

UniqueFd make_event() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) fail_fatal(fmt::format("cannot create an eventfd: {}", error_text(errno)));
  return event;
}

// Signals are the main thread's business. A new thread inherits the mask of the one that starts it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Syncer::Syncer(int file, std::string path, Pace pace, FileOps& ops)
    : file_(file), path_(std::move(path)), pace_(pace), ops_(ops), event_(make_event()) {
  const SignalsBlocked guard;
  thread_ = std::thread([this] { run(); });
}

Syncer::~Syncer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Syncer::sync_first(int file, std::string path) {
  UniqueFd own(::fcntl(file, F_DUPFD_CLOEXEC, 0));
  if (!own) fail_fatal(fmt::format("cannot watch over {}: {}", path, error_text(errno)));
  const std::lock_guard lock(mutex_);
  first_ = std::move(own);
  first_path_ = std::move(path);
}

void Syncer::written(std::uint64_t position) {
  bool is_idle = false;
  {
    const std::lock_guard lock(mutex_);
    if (position == written_) return;
    // Else it is not asleep, or wakes by itself soon: it looks at written_ before it sleeps again.
    is_idle = written_ == synced_;
    written_ = position;
  }
  if (is_idle) wake_.notify_one();
}

void Syncer::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  wake_.notify_one();
}

std::uint64_t Syncer::synced() const {
  const std::lock_guard lock(mutex_);
  if (error_ != 0) fail_to_sync(failed_path_, error_);
  return synced_;
}

void Syncer::acknowledge() {
  eventfd_t count = 0;
  static_cast<void>(::eventfd_read(event_.get(), &count));  // fails when there was nothing: fine
}

void Syncer::report() { static_cast<void>(::eventfd_write(event_.get(), 1)); }

void Syncer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || written_ != synced_; });
    if (written_ == synced_) return;
    if (pace_ == Pace::interval) wake_.wait_for(lock, sync_interval, [this] { return stop_ || hurry_; });
    hurry_ = false;
    const std::uint64_t position = written_;
    const int first = first_.get();
    lock.unlock();
    int error = first < 0 ? 0 : bring_to_disk(ops_, first);
    const bool is_first = error != 0;
    if (error == 0) error = bring_to_disk(ops_, file_);
    lock.lock();
    failed_path_ = is_first ? first_path_ : path_;
    error_ = error;
    if (error == 0) synced_ = position;
    report();
    if (error != 0) return;
  }
}

}  // namespace farm
