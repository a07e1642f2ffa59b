#include "mpi/mpi_session.hpp"

#include <cstdlib>
#include <string_view>

namespace farm {
namespace {

// The default layer (cm with PSM2 or OFI where their libraries are installed) probes for fabrics: 0.38 s for an empty
// job on one host against 0.19 s with ob1.
void prefer_light_messaging_on_one_host() {
  const char* local = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const char* all = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (local != nullptr && all != nullptr && std::string_view(local) == all) ::setenv("OMPI_MCA_pml", "ob1", 0);
}

// MPI_Finalize usually waits for all ranks, which some may not live to see. What is still to be said is said before.
void do_not_wait_for_the_dead() { ::setenv("OMPI_MCA_async_mpi_finalize", "1", 1); }

}  // namespace

MpiSession::MpiSession() {
  do_not_wait_for_the_dead();
  prefer_light_messaging_on_one_host();
  environment_ = std::make_unique<boost::mpi::environment>(boost::mpi::threading::funneled, false);
  world_ = std::make_unique<boost::mpi::communicator>();
  MPI_Comm host = MPI_COMM_NULL;
  MPI_Comm_split_type(*world_, MPI_COMM_TYPE_SHARED, world_->rank(), MPI_INFO_NULL, &host);
  MPI_Comm_rank(host, &local_rank_);
  MPI_Comm_size(host, &local_ranks_);
  first_on_host_ = world_->rank();
  MPI_Bcast(&first_on_host_, 1, MPI_INT, 0, host);  // the host's first rank is its lowest: the split kept the order
  MPI_Comm_free(&host);
}

MpiSession::~MpiSession() {
  // Boost would finalise here, also while an exception passes through.
  static_cast<void>(environment_.release());
}

void MpiSession::finish() {
  world_.reset();
  environment_.reset();
}

Rank MpiSession::rank() const { return Rank{world_->rank()}; }
int MpiSession::ranks() const { return world_->size(); }

}  // namespace farm
