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
  /// Without finish() MPI is left as it is: finalising may wait for ranks that are gone.
  ~MpiSession();

  /// Finalises without waiting for the others: nobody is to be without a message that was sent to it. With ranks that
  /// are dead, or after an error, it is not to be called: then the process is to _exit and owes a stand-in.
  void finish();

  const boost::mpi::communicator& world() const { return *world_; }
  Rank rank() const;
  int ranks() const;

  /// This rank's number among those of its host, and how many those are.
  int local_rank() const { return local_rank_; }
  int local_ranks() const { return local_ranks_; }
  /// The lowest rank on this host.
  Rank first_on_host() const { return Rank{first_on_host_}; }
  /// Whether rank 0 runs on this host.
  bool is_with_master() const { return first_on_host() == master_rank; }

 private:
  std::unique_ptr<boost::mpi::environment> environment_;
  std::unique_ptr<boost::mpi::communicator> world_;
  int local_rank_ = 0;
  int local_ranks_ = 1;
  int first_on_host_ = 0;
};

}  // namespace farm
