#include "shepherd/stand_in.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#ifdef FARM_HAVE_PMIX
#include <pmix.h>
#endif

namespace farm {
namespace {

int number_in(std::string_view digits) {
  int number = EXIT_FAILURE;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

#ifdef FARM_HAVE_PMIX
// The launcher forgets a process as soon as it has ended. When it has not seen by then that the connection is closed,
// its PMIx server (4.2.2) closes its end but goes on believing that it listens there, and is deaf to the next one that
// gets the same descriptor: to another stand-in. Seeing it takes a millisecond, when the machine has nothing else to
// do.
constexpr std::chrono::milliseconds time_to_see_the_end{100};

// A stand-in that is not heard (see above) is begun anew, and gets another descriptor. The first wait is far longer
// than it takes; where the machine has so much to do that it is not, the next is twice as long.
constexpr int first_wait_seconds = 2;
constexpr int longest_wait_seconds = 64;
constexpr const char* wait_variable = "FARM_STAND_IN_WAIT";
const char* const* arguments = nullptr;

unsigned next_wait() {
  const char* const text = std::getenv(wait_variable);
  const int wait = std::clamp(text == nullptr ? 0 : number_in(text), first_wait_seconds, longest_wait_seconds);
  ::setenv(wait_variable, std::to_string(2 * wait).c_str(), 1);
  return static_cast<unsigned>(wait);
}

void begin_anew(int /*signal*/) { ::execv("/proc/self/exe", const_cast<char* const*>(arguments)); }

void do_not_hang(const char* const* argv) {
  arguments = argv;
  struct sigaction action {};
  action.sa_handler = begin_anew;
  action.sa_flags = SA_NODEFER;  // or the signal would be blocked in the program that follows
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(next_wait());
}

// No fence: ranks do not wait for each other in MPI_Finalize (see MpiSession), and a PMIx server that has lost its only
// rank would never pass one on.
bool take_the_place(const char* const* argv, bool is_finishing) {
  do_not_hang(argv);
  pmix_proc_t self;
  if (PMIx_Init(&self, nullptr, 0) != PMIX_SUCCESS) return is_finishing;  // it had said goodbye to the launcher itself
  const bool is_done = PMIx_Finalize(nullptr, 0) == PMIX_SUCCESS;
  ::alarm(0);  // it was heard
  std::this_thread::sleep_for(time_to_see_the_end);
  return is_done;
}
#else
bool take_the_place(const char* const* /*argv*/, bool /*is_finishing*/) { return false; }
#endif

}  // namespace

std::optional<int> stand_in(int argc, const char* const* argv) {
  if (argc < 3 || argv[1] != std::string_view(stand_in_argument)) return std::nullopt;
  const int status = number_in(argv[2]);
  const bool is_finishing = argc > 3 && argv[3] == std::string_view(finishing_argument);
  return take_the_place(argv, is_finishing) ? status : EXIT_FAILURE;
}

}  // namespace farm
