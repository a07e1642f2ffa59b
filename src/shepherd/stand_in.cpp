#include "shepherd/stand_in.hpp"

#include <cstdlib>
#include <string_view>

#ifdef FARM_HAVE_PMIX
#include <pmix.h>

#include <chrono>
#include <future>
#endif

namespace farm {
namespace {

#ifdef FARM_HAVE_PMIX
using namespace std::chrono_literals;

// Where a rank died in its MPI_Finalize, the fence there may have had its part already: then no other will ever come to
// this one. If it had not, the others are on their way, since they all finish together.
constexpr auto longest_wait_when_finishing = 5s;

void fence_came(pmix_status_t /*status*/, void* came) { static_cast<std::promise<void>*>(came)->set_value(); }

// The fence in the survivors' MPI_Finalize would wait for ever without this one. With what status it ends does not
// matter: it is an error whenever the server has seen the dead rank's connection break.
void fence(bool is_finishing) {
  static std::promise<void> came;  // the library may still know of it when this function has returned
  if (PMIx_Fence_nb(nullptr, 0, nullptr, 0, fence_came, &came) != PMIX_SUCCESS) return;
  if (is_finishing) {
    came.get_future().wait_for(longest_wait_when_finishing);
  } else {
    came.get_future().wait();
  }
}

bool take_the_place(bool is_finishing) {
  pmix_proc_t self;
  if (PMIx_Init(&self, nullptr, 0) != PMIX_SUCCESS) return is_finishing;  // it had said goodbye to the launcher itself
  fence(is_finishing);
  return PMIx_Finalize(nullptr, 0) == PMIX_SUCCESS;
}
#else
bool take_the_place(bool /*is_finishing*/) { return false; }
#endif

}  // namespace

std::optional<int> stand_in(int argc, const char* const* argv) {
  if (argc < 2 || argv[1] != std::string_view(stand_in_argument)) return std::nullopt;
  const bool is_finishing = argc > 2 && argv[2] == std::string_view(finishing_argument);
  return take_the_place(is_finishing) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace farm
