/// What the master grants of a node, by places in lists, turned into what the kernel and the drivers call it.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/grant.hpp"
#include "node/node_resources.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

class GrantedDevices {
 public:
  /// `list_processors` is asked when the first task is to be bound, and once.
  GrantedDevices(NodeResources node, std::function<std::vector<std::uint32_t>()> list_processors)
      : node_(std::move(node)), list_processors_(std::move(list_processors)) {}

  const NodeResources& node() const { return node_; }

  /// Fills in what `request` gets. A complaint when the node has no such thing, else empty. On a node with GPUs every
  /// task sees those it was granted and no others.
  std::string assign(const Grant& grant, LaunchRequest& request);

 private:
  NodeResources node_;
  std::function<std::vector<std::uint32_t>()> list_processors_;
  std::optional<std::vector<std::uint32_t>> processors_;
};

}  // namespace farm
