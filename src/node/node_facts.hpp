/// Asks the machine what it has. Nothing here fails: what cannot be found out is not there.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "node/node_resources.hpp"

namespace farm {

/// To be called when this process is bound no more than its tasks are to be (base/machine.hpp). `root` stands for "/"
/// in tests, for all but the affinity mask.
NodeFacts read_node_facts(const std::string& root = {});

/// The processors of the affinity mask as the machine's topology orders them; by number when it has none to show.
/// Takes some 15 ms and more on large machines: for those who bind tasks.
std::vector<Processor> read_processors();

/// Of what this job was given, whatever the affinity mask. What is not known counts as one of its kind, or as one core
/// per thread.
struct MachineParts {
  std::uint32_t sockets = 1;
  std::uint32_t cores = 1;
  std::uint32_t threads = 1;
};
MachineParts count_machine_parts();

}  // namespace farm
