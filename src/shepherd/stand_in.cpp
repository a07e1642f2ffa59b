#include "shepherd/stand_in.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

#ifdef FARM_HAVE_PMIX
#include <pmix.h>
#endif

namespace farm {
namespace {

#ifdef FARM_HAVE_PMIX
// No fence: ranks do not wait for each other in MPI_Finalize (see MpiSession), and a PMIx server that has lost its only
// rank would never pass one on.
bool take_the_place(bool is_finishing) {
  pmix_proc_t self;
  if (PMIx_Init(&self, nullptr, 0) != PMIX_SUCCESS) return is_finishing;  // it had said goodbye to the launcher itself
  return PMIx_Finalize(nullptr, 0) == PMIX_SUCCESS;
}
#else
bool take_the_place(bool /*is_finishing*/) { return false; }
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
  return take_the_place(is_finishing) ? status : EXIT_FAILURE;
}

}  // namespace farm
