#include "mpi/placement.hpp"

#include <cstdlib>

namespace farm {
namespace {

int number_from(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace

Placement Placement::find() {
  Placement placement;
  placement.launched = std::getenv("OMPI_COMM_WORLD_RANK") != nullptr || std::getenv("PMIX_RANK") != nullptr;
  if (!placement.launched) return placement;
  placement.rank = number_from("OMPI_COMM_WORLD_RANK", number_from("PMIX_RANK", 0));
  placement.ranks = number_from("OMPI_COMM_WORLD_SIZE", 2);
  return placement;
}

}  // namespace farm
