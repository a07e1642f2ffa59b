// GoogleTest under MPI: every rank runs every test, rank 0 prints, and all return the same status.
#include <gtest/gtest.h>
#include <mpi.h>

#include "mpi/mpi_session.hpp"
#include "mpi_world.hpp"

namespace farm {

MpiSession& world_session() {
  static MpiSession session;
  return session;
}

}  // namespace farm

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  farm::MpiSession& session = farm::world_session();
  if (session.rank() != farm::master_rank) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
  }
  int failed = RUN_ALL_TESTS();
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, session.world());
  session.finish();
  return failed;
}
