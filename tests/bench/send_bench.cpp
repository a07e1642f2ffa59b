// The bandwidth of plain MPI sends of 1 MiB from rank 0 to the others in turn: what `pool_bench vectors` is held
// against.
//   send_bench vectors COUNT
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int size = 1 << 20;

void transfer(int rank, int ranks, int count) {
  std::vector<char> buffer(size, 'x');
  const int each = count / (ranks - 1);
  for (int i = 0; i < each; ++i) {
    for (int to = 1; to < ranks && rank == 0; ++to) MPI_Send(buffer.data(), size, MPI_CHAR, to, 1, MPI_COMM_WORLD);
    if (rank != 0) MPI_Recv(buffer.data(), size, MPI_CHAR, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int count = argc > 2 ? std::atoi(argv[2]) : 1000;
  if (ranks < 2) return 2;
  transfer(rank, ranks, 50);
  const double begin = MPI_Wtime();
  transfer(rank, ranks, count);
  if (rank == 0) {
    std::printf("{\"case\": \"vectors\", \"done\": %.0f, \"seconds\": %.6f}\n", 1.0 * count * size,
                MPI_Wtime() - begin);
  }
  MPI_Finalize();
  return 0;
}
