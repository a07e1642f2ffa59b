/// Uses the memory it is told to, in MiB, and ends: what a task's reported peak is compared with. With "hold" it keeps
/// it until it is stopped, with "kill" it kills itself as the kernel would.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  const std::size_t mebibytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  const std::vector<char> memory(mebibytes << 20, 'x');
  const std::string_view then = argc > 2 ? argv[2] : "";
  if (then == "kill") ::raise(SIGKILL);
  while (then == "hold") ::pause();
  return memory.empty() || memory[memory.size() / 2] == 'x' ? 0 : 1;
}
