#include "api/node_here.hpp"

#include "node/node_facts.hpp"

namespace farm {

NodeResources node_here(const RunOptions& options) {
  return node_resources(read_node_facts(), read_variables(),
                        {.cpus = options.node_cpus, .gpus = options.node_gpus, .memory = options.node_memory});
}

}  // namespace farm
