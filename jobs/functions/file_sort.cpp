// Sorts the lines of a file: parts of it side by side, then a merge. Each file is a future, and a file that is made of
// others waits for them; all ranks must see them.
//   mpirun -np 3 file_sort FILE SORTED [PARTS]
#include <farm/farm.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  return farm::main(argc, argv, [argc, argv](farm::Pool& pool) {
    if (argc < 3) {
      std::fputs("usage: file_sort FILE SORTED [PARTS]\n", stderr);
      return 2;
    }
    const std::string sorted = argv[2];
    const int parts = argc > 3 ? std::atoi(argv[3]) : 4;
    const farm::Future<farm::File> whole = pool.file(argv[1]);
    std::vector<farm::Future<farm::File>> pieces;
    for (int i = 1; i <= parts; ++i) {
      const std::string share = std::to_string(i) + "/" + std::to_string(parts);
      pieces.push_back(
          pool.make(sorted + "." + std::to_string(i), "split -n l/" + share + " {1} | LC_ALL=C sort", {whole}));
    }
    const farm::File made = pool.make(sorted, "LC_ALL=C sort -m {}", pieces).get();
    std::printf("%s\n", made.path.c_str());
    for (const auto& piece : pieces) std::remove(piece.get().path.c_str());
    return 0;
  });
}
