#include "mpi/mpi_frames.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <thread>
#include <utility>

#include "farm/error.hpp"
#include "mpi/graveyard.hpp"

namespace farm {
namespace {

constexpr int head_tag = 2;
constexpr int body_tag = 3;
constexpr std::size_t largest_part = std::size_t{1} << 30;  // MPI counts in int

// A large buffer moves while somebody asks: 1 MiB takes 0.2 ms. Longer than that the other side is not there yet.
constexpr Nanos transfer_time = std::chrono::milliseconds(2);

// The sizes of the bodies and their number stand behind the head.
void add_trailer(Frame& frame) {
  const auto add = [&](std::uint64_t number) {
    frame.head.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  for (const Bytes& body : frame.bodies) add(body.size());
  add(frame.bodies.size());
}

std::optional<std::uint64_t> take_number(std::string& head) {
  std::uint64_t number = 0;
  if (head.size() < sizeof number) return std::nullopt;
  std::memcpy(&number, head.data() + head.size() - sizeof number, sizeof number);
  head.resize(head.size() - sizeof number);
  return number;
}

std::optional<std::vector<std::uint64_t>> take_trailer(std::string& head) {
  const auto count = take_number(head);
  if (!count || *count > head.size() / sizeof(std::uint64_t)) return std::nullopt;
  std::vector<std::uint64_t> sizes(*count);
  for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) *size = *take_number(head);
  return sizes;
}

template <class Byte, class Act>
void in_parts(std::span<Byte> bytes, const Act& act) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), largest_part);
    act(bytes.data(), static_cast<int>(size));
    bytes = bytes.subspan(size);
  }
}

bool test_all(std::vector<MPI_Request>& requests) {
  int done = 0;
  MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
  return done != 0;
}

}  // namespace

MpiFrames::MpiFrames(MpiSession& session, Poller& poller, const Clock& clock)
    : session_(session), clock_(clock), peers_(session, poller, clock) {}

void MpiFrames::post(Rank to, Frame frame) {
  if (peers_.is_gone(to)) return;
  send(to, std::move(frame));
  sweep_sent();
}

void MpiFrames::send(Rank to, Frame frame) {
  Outgoing& out = sending_.emplace_back(Outgoing{to, std::move(frame), {}});
  add_trailer(out.frame);
  if (out.frame.head.size() > INT_MAX) fail_fatal("the arguments of one call are larger than 2 GiB in small parts");
  const MPI_Comm world = session_.world();
  MPI_Isend(out.frame.head.data(), static_cast<int>(out.frame.head.size()), MPI_BYTE, value(to), head_tag, world,
            &out.requests.emplace_back());
  for (const Bytes& body : out.frame.bodies) {
    in_parts(body.view(), [&](const std::byte* from, int size) {
      MPI_Isend(from, size, MPI_BYTE, value(to), body_tag, world, &out.requests.emplace_back());
    });
  }
  peers_.posted(to);
  if (!out.frame.bodies.empty()) busy_until_ = clock_.now() + transfer_time;
}

void MpiFrames::sweep_sent() {
  for (auto out = sending_.begin(); out != sending_.end();) {
    out = test_all(out->requests) ? sending_.erase(out) : std::next(out);
  }
}

bool MpiFrames::start_receive() {
  // An Iprobe that finds nothing makes progress and then still says no: only the second one tells.
  for (int round = 0; round < 2; ++round) {
    int found = 0;
    MPI_Message handle = MPI_MESSAGE_NULL;
    MPI_Status status{};
    MPI_Improbe(MPI_ANY_SOURCE, head_tag, session_.world(), &found, &handle, &status);
    if (found == 0) continue;
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    Incoming& in = receiving_.emplace_back();
    in.from = Rank{status.MPI_SOURCE};
    in.frame.head.resize(static_cast<std::size_t>(size));
    MPI_Imrecv(in.frame.head.data(), size, MPI_BYTE, &handle, &in.requests.emplace_back());
    return true;
  }
  return false;
}

void MpiFrames::start_bodies(Incoming& in) {
  in.has_head = true;
  in.requests.clear();
  const auto sizes = take_trailer(in.frame.head);
  if (!sizes) fail_fatal("rank " + std::to_string(value(in.from)) + " sent a message that cannot be read");
  for (const std::uint64_t size : *sizes) {
    auto [body, place] = Bytes::make(size);
    in_parts(place, [&](std::byte* into, int part) {
      MPI_Irecv(into, part, MPI_BYTE, value(in.from), body_tag, session_.world(), &in.requests.emplace_back());
    });
    in.frame.bodies.push_back(std::move(body));
  }
  if (!sizes->empty()) busy_until_ = clock_.now() + transfer_time;
}

bool MpiFrames::is_complete(Incoming& in) {
  if (!test_all(in.requests)) return false;
  if (in.has_head || peers_.is_given_up(in.from)) return true;
  start_bodies(in);
  return test_all(in.requests);
}

// Of one rank the first must be whole before the next one's bodies are asked for: they come in that order.
std::list<MpiFrames::Incoming>::iterator MpiFrames::find_complete() {
  std::set<Rank> waiting;
  for (auto in = receiving_.begin(); in != receiving_.end();) {
    const auto following = std::next(in);
    if (!waiting.contains(in->from)) {
      if (is_complete(*in)) return in;
      waiting.insert(in->from);
      if (peers_.is_gone(in->from)) bury_request(receiving_, in);
    }
    in = following;
  }
  return receiving_.end();
}

std::optional<MpiFrames::Incoming> MpiFrames::take_complete() {
  auto in = find_complete();
  // Another may be there while a large one is still coming, or never will: its sender may be dead.
  while (in == receiving_.end() && start_receive()) in = find_complete();
  if (in == receiving_.end()) return std::nullopt;
  Incoming taken = std::move(*in);
  receiving_.erase(in);
  return taken;
}

std::optional<FrameChannel::Arrived> MpiFrames::receive() {
  listen();
  if (!sending_.empty()) sweep_sent();
  auto in = take_complete();
  for (; in && peers_.is_given_up(in->from); in = take_complete()) send_away(in->from);
  if (!in) {
    peers_.received_nothing();
    return std::nullopt;
  }
  peers_.received(in->from);
  if (session_.rank() != master_rank && in->from != master_rank) --expected_[in->from];
  return Arrived{in->from, std::move(in->frame)};
}

void MpiFrames::give_up(Rank rank, Frame farewell) {
  if (!peers_.give_up(rank)) return;
  expected_.erase(rank);
  bury_requests_to(sending_, rank);
  farewells_.emplace(rank, std::move(farewell));
}

// Once, and nobody waits for it to arrive.
void MpiFrames::send_away(Rank rank) {
  auto farewell = farewells_.extract(rank);
  if (!farewell) return;
  send(rank, std::move(farewell.mapped()));
  bury_request(sending_, std::prev(sending_.end()));
}

void MpiFrames::listen() {
  for (const Rank rank : peers_.listen()) {
    bury_requests_to(sending_, rank);
    expected_.erase(rank);
  }
}

std::vector<Rank> MpiFrames::take_lost() { return peers_.take_dead(); }

Nanos MpiFrames::patience(TimePoint now, bool expecting) {
  const bool is_moving = !sending_.empty() || !receiving_.empty();
  if (is_moving && now < busy_until_) return Nanos::zero();
  return peers_.patience(now, is_moving || is_promised(), expecting);
}

bool MpiFrames::is_promised() const {
  return std::ranges::any_of(expected_, [](const auto& entry) { return entry.second > 0; });
}

bool MpiFrames::is_at_rest() const { return sending_.empty() && !is_promised(); }

// What arrives is not wanted any more, but whoever sends it waits for it to be taken.
bool MpiFrames::flush(Nanos at_most) {
  const TimePoint deadline = clock_.now() + at_most;
  while (!is_at_rest() && clock_.now() < deadline) {
    while (receive()) {
    }
    if (!is_at_rest()) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return is_at_rest();
}

}  // namespace farm
