/// Plays a rank for the tests that need a program: started by a launcher, and one that can be executed as its own
/// stand-in. Rank 0 survives and leaves with 7; every other rank dies of SIGKILL with a task running. argv[1] is the
/// shepherd's path, argv[2] what the task is to be known by.
#include <poll.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "shepherd/begin_rank.hpp"

namespace {

class Ignore final : public farm::LaunchEvents {
 public:
  void output(farm::LaunchKey, farm::Stream, std::string_view) override {}
  void ended(farm::LaunchKey, const farm::Outcome&, std::string_view, std::string_view) override {}
  void signalled(int) override {}
};

}  // namespace

int main(int argc, char** argv) {
  const auto shepherd = farm::begin_rank(argc, argv, argc > 1 ? argv[1] : "");
  const char* const rank = std::getenv("PMIX_RANK");
  if (rank != nullptr && std::string(rank) == "0") {
    shepherd->leave(7, true);
    return 7;
  }
  shepherd->configure({});
  farm::LaunchRequest request;
  request.command = "echo started > " + std::string(argv[2]) + "; exec sleep 1000";
  shepherd->launch(request);
  Ignore events;
  do {
    shepherd->turn(events);
    ::poll(nullptr, 0, 1);
  } while (::access(argv[2], F_OK) != 0);
  ::raise(SIGKILL);
}
