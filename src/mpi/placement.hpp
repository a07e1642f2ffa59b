/// Where a launcher has put this process, before MPI is initialised.
#pragma once

namespace farm {

/// What a launcher says about this process; read once, from the environment.
struct Placement {
  bool launched = false;  ///< by mpirun, srun, ...
  int rank = 0;
  int ranks = 1;  ///< of the job, as far as the launcher tells; at least 2 when it does not

  static Placement find();
};

}  // namespace farm
