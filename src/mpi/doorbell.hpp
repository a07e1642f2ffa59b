/// Wakes a sleeping rank on the same host: one byte on a UNIX socket after each MPI message. The socket's end is also
/// the first notice that a rank died, a millisecond or two after the fact. Carries no data.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/poller.hpp"
#include "base/unique_fd.hpp"
#include "farm/ids.hpp"

namespace farm {

/// The bells of one rank. Sockets live in the poller that was given; handlers run inside its wait().
class Doorbells {
 public:
  explicit Doorbells(Poller& poller);
  Doorbells(const Doorbells&) = delete;
  Doorbells& operator=(const Doorbells&) = delete;
  ~Doorbells();

  /// Offers a bell to others of the same user on this host; the returned name is what they connect to. "" when the
  /// system refuses: then nobody rings and everybody asks.
  std::string listen();

  /// Connects to the bell of `peer` and introduces itself as `self`. False when it cannot.
  bool connect(const std::string& name, Rank peer, Rank self);

  /// Never blocks. For a peer that has not introduced itself yet it is made up for when it does.
  void ring(Rank peer);

  bool has(Rank peer) const { return peers_.contains(peer); }
  std::size_t count() const { return peers_.size(); }

  /// How often bells rang since the last call.
  std::size_t take_rings();
  /// Ranks whose socket ended since the last call.
  std::vector<Rank> take_gone();

  /// Closes the bell of one peer, or all of them, without telling the caller of it.
  void drop(Rank peer);

 private:
  void accept_one();
  void introduce(int fd);
  void adopt(Rank peer, UniqueFd socket);
  void hear(Rank peer);

  Poller& poller_;
  UniqueFd listener_;
  std::map<int, UniqueFd> strangers_;  // accepted, not introduced yet
  std::map<Rank, UniqueFd> peers_;
  std::vector<Rank> gone_;
  std::map<Rank, std::size_t> owed_;  // rings for those who are not there yet
  std::size_t rings_ = 0;
};

}  // namespace farm
