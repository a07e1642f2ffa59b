#include "mpi/doorbell.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace farm {
namespace {

constexpr int socket_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

// The abstract name space: nothing on disk to clean up, gone with the process. Anybody on the host may connect, so both
// sides check the other's user.
std::pair<sockaddr_un, socklen_t> address_of(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), length);
  return {address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length)};
}

bool is_same_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

Doorbells::Doorbells(Poller& poller) : poller_(poller) {}

Doorbells::~Doorbells() {
  if (listener_) poller_.forget(listener_.get());
  for (const auto& [fd, socket] : strangers_) poller_.forget(fd);
  for (const auto& [rank, socket] : peers_) poller_.forget(socket.get());
}

std::string Doorbells::listen() {
  std::uint64_t nonce = 0;
  if (::getrandom(&nonce, sizeof nonce, 0) != static_cast<ssize_t>(sizeof nonce)) return "";
  const std::string name = "farm-bell-" + std::to_string(::getpid()) + "-" + std::to_string(nonce);
  UniqueFd socket(::socket(AF_UNIX, socket_flags, 0));
  const auto [address, length] = address_of(name);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    return "";
  }
  listener_ = std::move(socket);
  poller_.watch(listener_.get(), Poller::readable, [this](unsigned) { accept_one(); });
  return name;
}

bool Doorbells::connect(const std::string& name, Rank peer, Rank self) {
  if (name.empty()) return false;
  UniqueFd socket(::socket(AF_UNIX, socket_flags & ~SOCK_NONBLOCK, 0));
  const auto [address, length] = address_of(name);
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) return false;
  if (!is_same_user(socket.get())) return false;
  const std::int32_t introduction = value(self);
  if (::send(socket.get(), &introduction, sizeof introduction, MSG_NOSIGNAL) != ssize_t{sizeof introduction})
    return false;
  adopt(peer, std::move(socket));
  return true;
}

void Doorbells::accept_one() {
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket || !is_same_user(socket.get())) return;
  const int fd = socket.get();
  strangers_[fd] = std::move(socket);
  poller_.watch(fd, Poller::readable, [this, fd](unsigned) { introduce(fd); });
}

void Doorbells::introduce(int fd) {
  std::int32_t rank = 0;
  const ssize_t got = ::recv(fd, &rank, sizeof rank, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  poller_.forget(fd);
  UniqueFd socket = std::move(strangers_.at(fd));
  strangers_.erase(fd);
  if (got != ssize_t{sizeof rank} || peers_.contains(Rank{rank})) return;
  adopt(Rank{rank}, std::move(socket));
}

void Doorbells::adopt(Rank peer, UniqueFd socket) {
  poller_.watch(socket.get(), Poller::readable, [this, peer](unsigned) { hear(peer); });
  peers_[peer] = std::move(socket);
  // Its first message may well have come and been answered before its bell was accepted.
  const auto owed = owed_.extract(peer);
  for (std::size_t rings = owed ? owed.mapped() : 0; rings > 0; --rings) ring(peer);
}

void Doorbells::hear(Rank peer) {
  std::array<char, 256> bytes{};
  const ssize_t got = ::recv(peers_.at(peer).get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got > 0) rings_ += static_cast<std::size_t>(got);
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return;
  gone_.push_back(peer);
  drop(peer);
}

void Doorbells::ring(Rank peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) {
    if (listener_) ++owed_[peer];
    return;
  }
  const char byte = 0;
  // A full socket has rung often enough; a closed one is noticed by whoever reads it.
  [[maybe_unused]] const ssize_t sent = ::send(found->second.get(), &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Doorbells::drop(Rank peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  poller_.forget(found->second.get());
  peers_.erase(found);
}

std::size_t Doorbells::take_rings() { return std::exchange(rings_, 0); }

std::vector<Rank> Doorbells::take_gone() { return std::exchange(gone_, {}); }

}  // namespace farm
