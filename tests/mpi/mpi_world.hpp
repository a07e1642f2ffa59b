/// The one MPI session of a test program.
#pragma once
#include "mpi/mpi_session.hpp"

namespace farm {

MpiSession& world_session();

}  // namespace farm
