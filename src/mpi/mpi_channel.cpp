#include "mpi/mpi_channel.hpp"

#include <mpi.h>

#include <thread>

#include "farm/error.hpp"
#include "mpi/graveyard.hpp"
#include "wire/codec.hpp"

namespace farm {
namespace {

constexpr int tag = 1;

// Nobody answers it, and nothing follows from it: it is no reason to ask more often.
bool is_sign_of_life(const Message& message) { return std::holds_alternative<Alive>(message); }

}  // namespace

MpiChannel::MpiChannel(MpiSession& session, Poller& poller, const Clock& clock)
    : session_(session), clock_(clock), peers_(session, poller, clock) {}

void MpiChannel::post(Rank to, Message message) {
  if (peers_.is_gone(to)) return;
  send(to, message);
  sweep_sent();
}

void MpiChannel::send(Rank to, const Message& message) {
  Outgoing& out = sending_.emplace_back(Outgoing{to, encode(message), {}});
  out.request = session_.world().isend(value(to), tag, out.bytes.data(), static_cast<int>(out.bytes.size()));
  peers_.posted(to, is_sign_of_life(message));
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
      if (peers_.is_gone(in->from)) bury_request(receiving_, in);
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
  listen();
  if (!sending_.empty()) sweep_sent();
  auto in = take_finished();
  for (; in && peers_.is_given_up(in->from); in = take_finished()) send_away(in->from);
  if (!in) {
    peers_.received_nothing();
    return std::nullopt;
  }
  auto message = decode(in->bytes);
  if (!message) {
    fail_fatal("rank " + std::to_string(value(in->from)) + " sent a message this farm (protocol " +
               std::to_string(protocol_version) +
               ") cannot read: are different versions of farm installed on the nodes?");
  }
  peers_.received(in->from, is_sign_of_life(*message));
  return Envelope{in->from, std::move(*message)};
}

void MpiChannel::listen() {
  for (const Rank rank : peers_.listen()) bury_requests_to(sending_, rank);
}

void MpiChannel::give_up(Rank rank) {
  if (peers_.give_up(rank)) bury_requests_to(sending_, rank);
}

// Once, and nobody waits for it to arrive.
void MpiChannel::send_away(Rank rank) {
  if (!sent_away_.insert(rank).second) return;
  send(rank, Shutdown{.has_lost_ranks = true});
  bury_request(sending_, std::prev(sending_.end()));
}

std::vector<Rank> MpiChannel::take_lost() { return peers_.take_dead(); }

Nanos MpiChannel::patience(TimePoint now, bool expecting) {
  return peers_.patience(now, !sending_.empty() || !receiving_.empty(), expecting);
}

void MpiChannel::flush(Nanos at_most) {
  const TimePoint deadline = clock_.now() + at_most;
  while (!sending_.empty() && clock_.now() < deadline) {
    listen();
    sweep_sent();
    if (!sending_.empty()) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace farm
