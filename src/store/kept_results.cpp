#include "store/kept_results.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/checksum.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

constexpr std::string_view first_line = "farm-results 1\n";

struct Head {
  std::uint32_t check = 0;
  std::uint32_t unused = 0;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint64_t size = 0;
};

std::string_view bytes_of(const Head& head) { return {reinterpret_cast<const char*>(&head), sizeof head}; }

std::uint32_t check_of(const Head& head) { return crc32c(bytes_of(head).substr(sizeof head.check)); }

// Whether all of them are there.
bool read_at(int fd, std::uint64_t offset, void* into, std::size_t size, const std::string& path) {
  char* to = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = ::pread(fd, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_fatal("cannot read " + path + ": " + error_text(errno));
    if (got == 0) return false;
    to += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

// Of the record at `offset` with a value of so many bytes, or nothing when it is cut off. In pieces: a value may be
// large, and is not wanted now.
std::optional<std::uint32_t> check_at(int fd, std::uint64_t offset, const Head& head, std::uint64_t size,
                                      const std::string& path) {
  constexpr std::uint64_t piece = std::uint64_t{1} << 20;
  std::uint32_t check = check_of(head);
  std::string bytes;
  offset += sizeof head;
  for (std::uint64_t left = size; left > 0; left -= bytes.size(), offset += bytes.size()) {
    bytes.resize(std::min(left, piece));
    if (!read_at(fd, offset, bytes.data(), bytes.size(), path)) return std::nullopt;
    check = crc32c(bytes, check);
  }
  return check;
}

// As a machine of the other byte order would have written it.
bool is_swapped(int fd, std::uint64_t offset, const Head& head, std::uint64_t left, const std::string& path) {
  const std::uint64_t size = __builtin_bswap64(head.size);
  return size <= left && check_at(fd, offset, head, size, path) == __builtin_bswap32(head.check);
}

}  // namespace

KeptResults::KeptResults(UniqueFd fd, std::string path, FileOps& ops) : file_(std::move(fd), std::move(path), ops) {
  read();
}

void KeptResults::read() {
  struct stat status {};
  if (::fstat(file_.fd(), &status) != 0) fail_fatal("cannot read " + file_.path() + ": " + error_text(errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string line(std::min<std::uint64_t>(size, first_line.size()), '\0');
  read_at(file_.fd(), 0, line.data(), line.size(), file_.path());
  if (!first_line.starts_with(line)) {
    fail_usage(file_.path() + " is not a file of results of this farm: rename it, or name another checkpoint");
  }
  end_ = line.size() == first_line.size() ? line.size() : 0;
  std::vector<Fingerprint> damaged;
  std::vector<Fingerprint> passed_over;  // since the last good one
  for (std::uint64_t at = end_; end_ > 0;) {
    Head head;
    if (!read_at(file_.fd(), at, &head, sizeof head, file_.path())) break;
    const std::uint64_t left = size - at - sizeof head;
    const Fingerprint key{head.high, head.low};
    const bool is_whole = head.size <= left;
    if (is_whole && check_at(file_.fd(), at, head, head.size, file_.path()) == head.check) {
      places_[key] = {at, head.size};
      damaged.insert(damaged.end(), passed_over.begin(), passed_over.end());
      passed_over.clear();
      end_ = at + sizeof head + head.size;
    } else if (is_swapped(file_.fd(), at, head, left, file_.path())) {
      fail_usage(file_.path() + " comes from a machine of another byte order: go on there, or name another checkpoint");
    } else if (!is_whole || key == Fingerprint{}) {  // zeros are what a machine that lost its power may leave
      break;
    } else {
      passed_over.push_back(key);
    }
    at += sizeof head + head.size;
  }
  damaged_ = static_cast<std::uint64_t>(
      std::ranges::count_if(damaged, [this](const Fingerprint& key) { return !places_.contains(key); }));
  dropped_ = size - end_;
  if (dropped_ > 0 && ::ftruncate(file_.fd(), static_cast<off_t>(end_)) != 0) {
    fail_fatal("cannot cut off the damaged end of " + file_.path() + ": " + error_text(errno));
  }
  if (end_ == 0) {
    file_.buffer() = first_line;
    end_ = first_line.size();
  }
}

std::optional<std::string> KeptResults::find(const Fingerprint& key) const {
  const auto found = places_.find(key);
  if (found == places_.end()) return std::nullopt;
  Head head;
  std::string value(found->second.size, '\0');
  if (!read_at(file_.fd(), found->second.offset, &head, sizeof head, file_.path()) ||
      !read_at(file_.fd(), found->second.offset + sizeof head, value.data(), value.size(), file_.path()) ||
      crc32c(value, check_of(head)) != head.check) {
    return std::nullopt;
  }
  return value;
}

void KeptResults::keep(const Fingerprint& key, std::string_view value) {
  Head head{.high = key.high, .low = key.low, .size = value.size()};
  head.check = crc32c(value, check_of(head));
  file_.buffer().append(bytes_of(head)).append(value);
  places_[key] = {end_, value.size()};
  end_ += sizeof head + value.size();
}

bool KeptResults::flush() { return file_.flush(); }

}  // namespace farm
