#include "mpi/mpi_channel.hpp"

#include <mpi.h>

#include <array>
#include <cstring>
#include <thread>

#include "farm/error.hpp"
#include "wire/codec.hpp"

namespace farm {
namespace {

constexpr int tag = 1;

// The first message to a peer can be reported as sent while Open MPI is still connecting the two, which goes on only
// while somebody asks: without this both sides have been seen to sleep until the longest pause was over.
constexpr Nanos settling_time = std::chrono::milliseconds(50);

// Requests to or from a dead rank never complete and must not be waited for; their buffers stay, at their address,
// until the process ends. Never destroyed, because MPI may still write into them.
template <class Request>
std::list<Request>& graveyard() {
  static auto* requests = new std::list<Request>;
  return *requests;
}

// Nobody answers it, and nothing follows from it: it is no reason to ask more often.
bool is_sign_of_life(const Message& message) { return std::holds_alternative<Alive>(message); }

}  // namespace

MpiChannel::MpiChannel(MpiSession& session, Poller& poller, const Clock& clock)
    : session_(session),
      clock_(clock),
      bells_(poller),
      peers_(session.rank() == master_rank ? static_cast<std::size_t>(session.ranks()) - 1 : 1) {
  std::array<char, 64> name{};
  if (session_.rank() == master_rank) {
    const std::string own = bells_.listen();
    own.copy(name.data(), name.size() - 1);
  }
  MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, value(master_rank), session_.world());
  if (session_.rank() != master_rank && session_.is_with_master()) {
    bells_.connect(name.data(), master_rank, session_.rank());
  }
}

void MpiChannel::post(Rank to, Message message) {
  if (is_dead(to)) return;
  send(to, message);
  sweep_sent();
}

void MpiChannel::send(Rank to, const Message& message) {
  Outgoing& out = sending_.emplace_back(Outgoing{to, encode(message), {}});
  out.request = session_.world().isend(value(to), tag, out.bytes.data(), static_cast<int>(out.bytes.size()));
  bells_.ring(to);
  const TimePoint now = clock_.now();
  if (known_.insert(to).second) settling_until_ = now + settling_time;
  if (!is_sign_of_life(message)) backoff_.stirred(now);
}

void MpiChannel::sweep_sent() {
  for (auto out = sending_.begin(); out != sending_.end();) {
    out = out->request.test() ? sending_.erase(out) : std::next(out);
  }
}

bool MpiChannel::start_receive() {
  // An Iprobe that finds nothing makes progress and then still says no: only the second one tells.
  for (int round = 0; round < 2; ++round) {
    int found = 0;
    MPI_Message handle = MPI_MESSAGE_NULL;
    MPI_Status status{};
    MPI_Improbe(MPI_ANY_SOURCE, tag, session_.world(), &found, &handle, &status);
    if (found == 0) continue;
    int size = 0;
    MPI_Get_count(&status, MPI_CHAR, &size);
    Incoming& in = receiving_.emplace_back();
    in.from = Rank{status.MPI_SOURCE};
    in.bytes.resize(static_cast<std::size_t>(size));
    MPI_Imrecv(in.bytes.data(), size, MPI_CHAR, &handle, &in.request);
    return true;
  }
  return false;
}

std::list<MpiChannel::Incoming>::iterator MpiChannel::find_finished() {
  std::set<Rank> waiting;
  for (auto in = receiving_.begin(); in != receiving_.end();) {
    const auto following = std::next(in);
    const bool is_next = !waiting.contains(in->from);
    int done = 0;
    MPI_Test(&in->request, &done, MPI_STATUS_IGNORE);
    if (done != 0 && is_next) return in;
    if (done == 0) {
      waiting.insert(in->from);
      if (is_dead(in->from)) graveyard<Incoming>().splice(graveyard<Incoming>().end(), receiving_, in);
    }
    in = following;
  }
  return receiving_.end();
}

std::optional<MpiChannel::Incoming> MpiChannel::take_finished() {
  auto in = find_finished();
  // Another may be there while a large one is still coming, or never will: its sender may be dead.
  while (in == receiving_.end() && start_receive()) in = find_finished();
  if (in == receiving_.end()) return std::nullopt;
  Incoming taken = std::move(*in);
  receiving_.erase(in);
  return taken;
}

std::optional<Envelope> MpiChannel::receive() {
  notice_dead();
  if (const std::size_t rings = bells_.take_rings(); rings > 0) {
    announced_ += static_cast<std::int64_t>(rings);
    backoff_.rang(clock_.now());
  }
  if (!sending_.empty()) sweep_sent();
  auto in = take_finished();
  for (; in && given_up_.contains(in->from); in = take_finished()) send_away(in->from);
  heard_nothing_ = !in;
  if (!in) return std::nullopt;
  auto message = decode(in->bytes);
  if (!message) {
    fail_fatal("rank " + std::to_string(value(in->from)) + " sent a message this farm (protocol " +
               std::to_string(protocol_version) +
               ") cannot read: are different versions of farm installed on the nodes?");
  }
  if (bells_.has(in->from)) --announced_;
  if (!is_sign_of_life(*message)) backoff_.stirred(clock_.now());
  return Envelope{in->from, std::move(*message)};
}

void MpiChannel::notice_dead() {
  for (const Rank rank : bells_.take_gone()) {
    if (given_up_.contains(rank)) continue;
    dead_.insert(rank);
    newly_dead_.push_back(rank);
    bury(rank);
  }
}

void MpiChannel::give_up(Rank rank) {
  if (is_dead(rank)) return;
  given_up_.insert(rank);
  bells_.drop(rank);
  bury(rank);
}

void MpiChannel::bury(Rank rank) {
  --peers_;
  for (auto out = sending_.begin(); out != sending_.end();) {
    const auto following = std::next(out);
    if (out->to == rank) graveyard<Outgoing>().splice(graveyard<Outgoing>().end(), sending_, out);
    out = following;
  }
}

// Once, and nobody waits for it to arrive.
void MpiChannel::send_away(Rank rank) {
  if (!sent_away_.insert(rank).second) return;
  send(rank, Shutdown{.has_lost_ranks = true});
  graveyard<Outgoing>().splice(graveyard<Outgoing>().end(), sending_, std::prev(sending_.end()));
}

std::vector<Rank> MpiChannel::take_lost() {
  // What a rank sent before it died is still delivered first.
  return heard_nothing_ ? std::exchange(newly_dead_, {}) : std::vector<Rank>{};
}

Nanos MpiChannel::patience(TimePoint now, bool expecting) {
  if (!heard_nothing_ || !newly_dead_.empty()) return Nanos::zero();
  const bool is_settling = now < settling_until_;
  const bool is_announced = announced_ > 0;
  return backoff_.patience(now, {.all_ring = bells_.count() >= peers_,
                                 .in_transit = !sending_.empty() || !receiving_.empty() || is_settling,
                                 .announced = is_announced,
                                 .expecting = expecting});
}

std::set<Rank> MpiChannel::living_workers() const {
  std::set<Rank> living;
  for (int rank = 1; rank < session_.ranks(); ++rank) {
    if (!is_dead(Rank{rank})) living.insert(Rank{rank});
  }
  return living;
}

void MpiChannel::flush(Nanos at_most) {
  const TimePoint deadline = clock_.now() + at_most;
  while (!sending_.empty() && clock_.now() < deadline) {
    notice_dead();
    sweep_sent();
    if (!sending_.empty()) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace farm
