/// Where requests end that can never complete, to or from a rank that is gone: they must not be waited for, and MPI may
/// still write into their buffers, which so stay, at their address, until the process ends.
#pragma once
#include <list>

namespace farm {

template <class Request>
void bury_request(std::list<Request>& from, typename std::list<Request>::iterator request) {
  static auto* graveyard = new std::list<Request>;  // never destroyed
  graveyard->splice(graveyard->end(), from, request);
}

/// Of a list of messages those to this rank.
template <class Request, class Rank>
void bury_requests_to(std::list<Request>& sending, Rank rank) {
  for (auto out = sending.begin(); out != sending.end();) {
    const auto following = std::next(out);
    if (out->to == rank) bury_request(sending, out);
    out = following;
  }
}

}  // namespace farm
