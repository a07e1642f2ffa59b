/// farm-shepherd: what farm turns into once its rank is forked. A program of its own because it must be small: the
/// kernel counts the memory of the process that starts a task into the task's peak.
#include <charconv>
#include <cstdio>
#include <cstring>

#include "shepherd/serve_rank.hpp"

namespace {

bool parse(const char* text, int& number) {
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  return error == std::errc{} && stop == end && number > 0;
}

}  // namespace

int main(int argc, char** argv) {
  int socket = 0;
  int rank = 0;
  if (argc != 4 || !parse(argv[1], socket) || !parse(argv[2], rank)) {
    std::fputs("farm-shepherd is started by farm, not by hand\n", stderr);
    return 2;
  }
  farm::serve_rank(farm::UniqueFd(socket), rank, argv[3]);
}
