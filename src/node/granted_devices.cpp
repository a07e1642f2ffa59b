#include "node/granted_devices.hpp"

namespace farm {

std::string GrantedDevices::assign(const Grant& grant, LaunchRequest& request) {
  if (!grant.cpus.empty() && !processors_) {
    processors_ = list_processors_ ? list_processors_() : std::vector<std::uint32_t>();
  }
  for (const std::uint32_t place : grant.cpus) {
    const auto number = place < node_.cpus ? processor_at(*processors_, place) : std::nullopt;
    if (!number) return "this node has no processor " + std::to_string(place) + " to give";
    request.cpus.push_back(*number);
  }
  for (const std::uint32_t place : grant.gpus) {
    if (place >= node_.gpus.size()) return "this node has no GPU " + std::to_string(place) + " to give";
    request.gpus.push_back(node_.gpus[place]);
  }
  request.hides_gpus = !node_.gpus.empty();
  request.memory = grant.memory;
  return {};
}

}  // namespace farm
