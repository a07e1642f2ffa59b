#include "node/throughput.hpp"

#include <algorithm>

namespace farm {
namespace {

using namespace std::chrono_literals;
constexpr Nanos bucket_width = 1s;
constexpr std::size_t buckets_kept = 60;

}  // namespace

void Throughput::slots_changed(std::uint32_t slots, TimePoint now) {
  slot_time_ = slot_time(now);
  last_change_ = now;
  slots_ = slots;
}

void Throughput::attempt_ended(Nanos wall) { busy_ += wall; }

void Throughput::task_settled(TimePoint now) {
  if (buckets_.empty() || now - buckets_.back().start >= bucket_width) buckets_.push_back({now, 0});
  ++buckets_.back().settled;
  ++in_buckets_;
  if (buckets_.size() > buckets_kept) {
    in_buckets_ -= buckets_.front().settled;
    buckets_.pop_front();
  }
}

Nanos Throughput::slot_time(TimePoint now) const { return slot_time_ + (now - last_change_) * slots_; }

double Throughput::rate(TimePoint now) const {
  if (buckets_.empty()) return 0;
  const double span = std::max(1.0, seconds(now - buckets_.front().start));
  return static_cast<double>(in_buckets_) / span;
}

}  // namespace farm
