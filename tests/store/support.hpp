/// What the tests of the store share: places to write, a clock that stands, disks that fill, and sample records.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

#include "farm/error.hpp"
#include "store/file_ops.hpp"
#include "store/journal_format.hpp"
#include "store/record.hpp"
#include "store/run_dir.hpp"
#include "support/temp_dir.hpp"

namespace farm::test {

class StoppedClock final : public Clock {
 public:
  TimePoint now() const override { return {}; }
  Nanos wall() const override { return std::chrono::seconds{1'700'000'000}; }
};

inline const StoppedClock stopped_clock;

/// The real calls, with a disk of limited size and errors on demand. A test may change the settings between calls.
class FakeDisk final : public FileOps {
 public:
  std::size_t room = std::numeric_limits<std::size_t>::max();          ///< bytes until it is full
  std::size_t most_at_once = std::numeric_limits<std::size_t>::max();  ///< bytes a write takes at most
  int full_error = ENOSPC;
  int write_error = 0;              ///< when set, writes fail with it
  std::atomic<int> sync_error = 0;  ///< when set, syncs fail with it
  std::atomic<int> interrupts = 0;  ///< so many of the next calls end with EINTR
  int failing_file = -1;            ///< only this descriptor's file has errors; -1: all
  int writes = 0;
  std::atomic<int> syncs = 0;

  ssize_t write(int fd, std::string_view bytes) override {
    ++writes;
    if (is_interrupted()) return fail(EINTR);
    if (write_error != 0 && has_errors(fd)) return fail(write_error);
    if (room == 0) return fail(full_error);
    const ssize_t count = FileOps::write(fd, bytes.substr(0, std::min(room, most_at_once)));
    if (count > 0) room -= static_cast<std::size_t>(count);
    return count;
  }

  int sync(int fd) override {
    ++syncs;
    if (is_interrupted()) return static_cast<int>(fail(EINTR));
    if (sync_error != 0 && has_errors(fd)) return static_cast<int>(fail(sync_error));
    return FileOps::sync(fd);
  }

 private:
  static ssize_t fail(int error) {
    errno = error;
    return -1;
  }

  bool has_errors(int fd) const {
    struct stat one {};
    struct stat other {};
    if (failing_file < 0) return true;
    return ::fstat(fd, &one) == 0 && ::fstat(failing_file, &other) == 0 && one.st_ino == other.st_ino;
  }

  bool is_interrupted() {
    if (interrupts == 0) return false;
    --interrupts;
    return true;
  }
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Makes a new file: ext4 waits for the disk when a file is emptied and written again.
inline void write_file(const std::string& path, std::string_view bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The message of the Error that `action` throws; fails the test when it throws none or one of another kind.
inline std::string error_of(Error::Kind kind, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

inline std::string usage_error(const std::function<void()>& action) { return error_of(Error::Kind::usage, action); }
inline std::string fatal_error(const std::function<void()>& action) { return error_of(Error::Kind::fatal, action); }

inline std::string line_of(const Record& record) {
  std::string line;
  append_line(line, record);
  return line;
}

inline RunStarted started(bool continues = false, std::optional<Fingerprint> digest = Fingerprint{1, 2}) {
  RunStarted record;
  record.run = "run";
  record.manifest = "jobs.txt";
  record.digest = digest;
  record.continues = continues;
  record.directory = "/home/ada";
  record.host = "n1";
  record.pid = 4711;
  record.time = Nanos{1'700'000'000'000'000'000};
  record.farm_version = "0.1.0";
  return record;
}

inline AttemptEnded ended(std::uint64_t task, std::int32_t code = 0) {
  AttemptEnded record;
  record.task = TaskId{task};
  record.worker = Rank{1};
  record.host = "n2";
  record.slot = 2;
  record.outcome.cause = Cause::exited;
  record.outcome.code = code;
  record.outcome.started = Nanos{1'700'000'000'200'000'000};
  record.outcome.usage = {Nanos{500'000'000}, Nanos{400'000'000}, Nanos{1'000'000}, 1'048'576};
  record.identity = {7, task};
  record.command = "sim a " + std::to_string(task);
  return record;
}

inline TasksSent sent(std::initializer_list<std::uint64_t> tasks) {
  TasksSent record;
  record.worker = Rank{1};
  for (const std::uint64_t task : tasks) record.items.push_back({TaskId{task}, Attempt{0}});
  return record;
}

}  // namespace farm::test
