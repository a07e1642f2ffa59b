#include "farm/main.hpp"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>

#include "mpi/placement.hpp"
#include "pool/pool_process.hpp"
#include "shepherd/begin_rank.hpp"

namespace farm {
namespace {

constexpr int cannot_go_on = 255;

void complain(const char* text) { std::fprintf(stderr, "farm: %s\n", text); }

// What threads that go on are using is locked, maybe for as long as the program waits for its input.
void flush_unused(std::FILE* file) {
  if (::ftrylockfile(file) != 0) return;
  std::fflush(file);
  ::funlockfile(file);
}

[[noreturn]] void end_at_once(ShepherdClient* shepherd, int status, bool owes_stand_in = false) {
  flush_unused(stdout);
  flush_unused(stderr);
  if (shepherd != nullptr) shepherd->leave(status, owes_stand_in);
  ::_exit(status);
}

}  // namespace

int detail::run_main(int argc, char** argv, const PoolOptions& options, const std::function<int(Pool&)>& body) {
  const Placement placement = Placement::find();
  std::unique_ptr<ShepherdClient> shepherd;
  // Not in the try block: to leave it would be to wait for functions that may run for hours, where the process is to
  // end at once.
  std::optional<PoolProcess> process;
  try {
    shepherd = begin_rank(argc, argv);
    process.emplace(options, placement, *shepherd);
    int status = 0;
    if (placement.rank == 0) {
      status = process->lead(body);
    } else {
      process->serve();
    }
    const PoolProcess::End end = process->close();
    if (!end.is_closed || end.owes_stand_in) {
      std::fflush(nullptr);  // as exit() would
      end_at_once(shepherd.get(), status, end.owes_stand_in);
    }
    shepherd->leave(status);
    return status;
  } catch (const PoolProcess::Ended& ended) {
    end_at_once(shepherd.get(), 128 + ended.signal);
  } catch (const std::exception& error) {
    complain(error.what());
    end_at_once(shepherd.get(), cannot_go_on);
  }
}

}  // namespace farm
