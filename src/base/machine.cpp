#include "base/machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace farm {
namespace {

// Large enough for the largest machine Linux is built for.
constexpr int most_processors = 8192;

constexpr std::size_t word_bits = 8 * sizeof(unsigned long);

struct Mask {
  Mask() : set(CPU_ALLOC(most_processors)), size(CPU_ALLOC_SIZE(most_processors)) { CPU_ZERO_S(size, set); }
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;
  ~Mask() { CPU_FREE(set); }
  cpu_set_t* set;
  std::size_t size;
};

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

std::uint32_t usable_processors() {
  const Mask mask;
  if (::sched_getaffinity(0, mask.size, mask.set) != 0) return 1;
  return static_cast<std::uint32_t>(std::max(1, CPU_COUNT_S(mask.size, mask.set)));
}

std::vector<std::uint32_t> usable_processor_numbers() {
  const Mask mask;
  std::vector<std::uint32_t> numbers;
  if (::sched_getaffinity(0, mask.size, mask.set) != 0) return numbers;
  for (std::uint32_t number = 0; number < std::uint32_t{most_processors}; ++number) {
    if (CPU_ISSET_S(number, mask.size, mask.set)) numbers.push_back(number);
  }
  return numbers;
}

ProcessorSet::ProcessorSet(const std::vector<std::uint32_t>& numbers) : words_(most_processors / word_bits, 0) {
  for (const std::uint32_t number : numbers) {
    if (number < most_processors) words_[number / word_bits] |= 1UL << (number % word_bits);
  }
}

void undo_binding() {
  const Mask mask;
  std::memset(mask.set, 0xff, mask.size);
  // The kernel takes from it what the job's cpuset allows.
  ::sched_setaffinity(0, mask.size, mask.set);
}

}  // namespace farm
