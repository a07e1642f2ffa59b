/// The life of MPI in this process: where it stands in the job, start and end. One per process.
#pragma once
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <cstdint>
#include <memory>

#include "farm/ids.hpp"

namespace farm {

class MpiSession {
 public:
  /// Initialises MPI; returns when every rank of the job has. On a single host it prefers Open MPI's lighter messaging
  /// layer unless the user has chosen one.
  MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  /// Without finish() MPI is left as it is: finalising would wait for ranks that may be gone.
  ~MpiSession();

  /// Finalises, which waits for every living rank. Without it (after an error) the process is to _exit.
  void finish();

  const boost::mpi::communicator& world() const { return *world_; }
  Rank rank() const;
  int ranks() const;

  /// This rank's number among those of its host, and how many those are.
  int local_rank() const { return local_rank_; }
  int local_ranks() const { return local_ranks_; }
  /// Whether rank 0 runs on this host.
  bool is_with_master() const { return with_master_; }

 private:
  std::unique_ptr<boost::mpi::environment> environment_;
  std::unique_ptr<boost::mpi::communicator> world_;
  int local_rank_ = 0;
  int local_ranks_ = 1;
  bool with_master_ = true;
};

}  // namespace farm
