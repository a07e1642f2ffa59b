/// The machine this process runs on, as far as it may use it.
#pragma once
#include <sched.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace farm {

/// The host's name, or "?".
std::string host_name();

/// How many processors this process may use, by the affinity mask; at least 1.
std::uint32_t usable_processors();

/// The kernel's numbers of these processors, ascending; none when it does not say.
std::vector<std::uint32_t> usable_processor_numbers();

/// A set of processors as the kernel wants it: cpu_set_t, but for machines of any size.
class ProcessorSet {
 public:
  explicit ProcessorSet(const std::vector<std::uint32_t>& numbers);
  std::size_t bytes() const { return words_.size() * sizeof(words_[0]); }
  const cpu_set_t* data() const { return reinterpret_cast<const cpu_set_t*>(words_.data()); }

 private:
  std::vector<unsigned long> words_;
};

/// Lets this process, and those it starts, run on every processor its job may use. Launchers bind each rank to one
/// core, which would be the only one of all its tasks.
void undo_binding();

}  // namespace farm
