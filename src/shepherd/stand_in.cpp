#include "shepherd/stand_in.hpp"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

#ifdef FARM_HAVE_PMIX
#include <pmix.h>
#endif

namespace farm {
namespace {

#ifdef FARM_HAVE_PMIX
// Once in some sixty the library waits for an answer that does not come, when ranks die at the same time. A stand-in
// that is begun anew gets it. Far longer than it takes on a machine that has much to do.
constexpr unsigned longest_wait_seconds = 10;
const char* const* arguments = nullptr;

void begin_anew(int /*signal*/) { ::execv("/proc/self/exe", const_cast<char* const*>(arguments)); }

void do_not_hang(const char* const* argv) {
  arguments = argv;
  struct sigaction action {};
  action.sa_handler = begin_anew;
  action.sa_flags = SA_NODEFER;  // or the signal would be blocked in the program that follows
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(longest_wait_seconds);
}

// No fence: ranks do not wait for each other in MPI_Finalize (see MpiSession), and a PMIx server that has lost its only
// rank would never pass one on.
bool take_the_place(const char* const* argv, bool is_finishing) {
  do_not_hang(argv);
  pmix_proc_t self;
  if (PMIx_Init(&self, nullptr, 0) != PMIX_SUCCESS) return is_finishing;  // it had said goodbye to the launcher itself
  return PMIx_Finalize(nullptr, 0) == PMIX_SUCCESS;
}
#else
bool take_the_place(const char* const* /*argv*/, bool /*is_finishing*/) { return false; }
#endif

int number_in(std::string_view digits) {
  int number = EXIT_FAILURE;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

std::optional<int> stand_in(int argc, const char* const* argv) {
  if (argc < 3 || argv[1] != std::string_view(stand_in_argument)) return std::nullopt;
  const int status = number_in(argv[2]);
  const bool is_finishing = argc > 3 && argv[3] == std::string_view(finishing_argument);
  return take_the_place(argv, is_finishing) ? status : EXIT_FAILURE;
}

}  // namespace farm
