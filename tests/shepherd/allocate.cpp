/// Uses the memory it is told to, in MiB, and ends: what a task's reported peak is compared with.
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  const std::size_t mebibytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  const std::vector<char> memory(mebibytes << 20, 'x');
  return memory.empty() || memory[memory.size() / 2] == 'x' ? 0 : 1;
}
