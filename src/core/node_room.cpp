#include "core/node_room.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace farm {
namespace {

// A run of free places if there is one, for they are neighbours in the machine, else the first free ones.
std::vector<std::uint32_t> pick(std::vector<bool>& taken, std::uint32_t count) {
  if (count == 0) return {};
  std::vector<std::uint32_t> free;
  free.reserve(taken.size());
  std::size_t run = 0;
  for (std::uint32_t place = 0; place < taken.size(); ++place) {
    run = taken[place] ? 0 : run + 1;
    if (!taken[place]) free.push_back(place);
    if (run != count) continue;
    free.erase(free.begin(), free.end() - static_cast<std::ptrdiff_t>(count));
    break;
  }
  free.resize(std::min<std::size_t>(free.size(), count));
  for (const std::uint32_t place : free) taken[place] = true;
  return free;
}

template <class Number>
Number known_or_endless(Number capacity) {
  return capacity == 0 ? std::numeric_limits<Number>::max() : capacity;
}

}  // namespace

NodeRoom::NodeRoom(const Capacity& capacity)
    : capacity_(capacity), cpu_taken_(capacity.cpus, false), gpu_taken_(capacity.gpus, false) {}

std::uint32_t NodeRoom::free_places() const {
  const std::uint32_t used = plain_ + shaped_places_;
  return used < places() ? places() - used : 0;
}

FreeRoom NodeRoom::free() const {
  return {.places = free_places(),
          .cpus = known_or_endless(capacity_.cpus) - bound_cpus_,
          .gpus = capacity_.gpus - gpus_used_,
          .memory = known_or_endless(capacity_.memory) - memory_used_};
}

bool NodeRoom::could_fit(const Shape& shape) const {
  const FreeRoom all{.places = places(),
                     .cpus = known_or_endless(capacity_.cpus),
                     .gpus = capacity_.gpus,
                     .memory = known_or_endless(capacity_.memory)};
  return all.holds(room_for(shape));
}

double NodeRoom::shortage(const Shape& shape) const {
  const auto ratio = [](auto needed, auto there) {
    if (needed == 0) return 0.0;
    // Nothing at all is further away than any too little.
    return there == 0 ? 1e6 * static_cast<double>(needed) : static_cast<double>(needed) / static_cast<double>(there);
  };
  const double memory = capacity_.memory == 0 ? 0 : ratio(shape.memory, capacity_.memory);
  const double cpus = capacity_.cpus == 0 ? ratio(shape.load(), places()) : ratio(shape.cpus, capacity_.cpus);
  return std::max({cpus, memory, ratio(shape.gpus, capacity_.gpus)});
}

double NodeRoom::left_over(const Shape& shape) const {
  double left = static_cast<double>(free_places() - shape.load()) / places();
  if (capacity_.memory > 0) {
    const std::uint64_t free = capacity_.memory - memory_used_;
    left += static_cast<double>(free - std::min(free, shape.memory)) / static_cast<double>(capacity_.memory);
  }
  // GPUs are for those who ask for them: a task that does not goes where there are none, if it can.
  if (shape.gpus == 0 && gpus_used_ < capacity_.gpus) left += 10;
  if (shape.gpus > 0) left += static_cast<double>(capacity_.gpus - gpus_used_ - shape.gpus) / capacity_.gpus;
  return left;
}

std::unique_ptr<Grant> NodeRoom::take(const Shape& shape) {
  FARM_CHECK(fits(shape));
  auto grant = std::make_unique<Grant>();
  if (capacity_.cpus > 0) grant->cpus = pick(cpu_taken_, shape.cpus);
  grant->gpus = pick(gpu_taken_, shape.gpus);
  grant->memory = shape.memory;
  ++shaped_;
  shaped_places_ += shape.load();
  bound_cpus_ += static_cast<std::uint32_t>(grant->cpus.size());
  memory_used_ += capacity_.memory > 0 ? shape.memory : 0;
  gpus_used_ += shape.gpus;
  return grant;
}

void NodeRoom::give_back(const Grant& grant, std::uint32_t places) {
  for (const std::uint32_t place : grant.cpus) cpu_taken_[place] = false;
  for (const std::uint32_t place : grant.gpus) gpu_taken_[place] = false;
  --shaped_;
  shaped_places_ -= places;
  bound_cpus_ -= static_cast<std::uint32_t>(grant.cpus.size());
  memory_used_ -= capacity_.memory > 0 ? grant.memory : 0;
  gpus_used_ -= static_cast<std::uint32_t>(grant.gpus.size());
}

}  // namespace farm
