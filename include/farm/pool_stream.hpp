/// Pool::stream: a range that is read only as far as its results are taken.
#pragma once
#include "farm/pool.hpp"

namespace farm {

/// The results in order, to be walked over once; * throws TaskError for a call that failed. Not to be copied or moved
/// while it is walked over. What is under way when it goes is cancelled.
template <class T, auto function, class Range>
class Streamed {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;

    Iterator() = default;
    explicit Iterator(Streamed& stream) : stream_(&stream) {}
    T operator*() const { return stream_->under_way_.front().get(); }
    Iterator& operator++() {
      stream_->under_way_.pop_front();
      stream_->fill();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return stream_->under_way_.empty(); }

   private:
    Streamed* stream_ = nullptr;
  };

  Streamed(Pool pool, Range range, std::size_t window)
      : pool_(std::move(pool)), range_(std::move(range)), window_(window) {}
  ~Streamed() {
    for (Future<T>& future : under_way_) future.cancel();
  }

  /// Reads the first `window` elements.
  Iterator begin() {
    next_.emplace(std::ranges::begin(range_));
    fill();
    return Iterator(*this);
  }
  std::default_sentinel_t end() const { return {}; }

 private:
  void fill() {
    for (; under_way_.size() < window_ && *next_ != std::ranges::end(range_); ++*next_) {
      under_way_.push_back(pool_.submit<function>(**next_));
    }
  }

  Pool pool_;
  Range range_;
  std::size_t window_;
  std::optional<std::ranges::iterator_t<Range>> next_;
  std::deque<Future<T>> under_way_;
};

template <auto function, class Range>
auto Pool::stream(Range range, std::size_t window) const {
  using Call = detail::Called<function, std::ranges::range_reference_t<Range>>;
  constexpr std::size_t per_slot = 256;
  if (window == 0) window = per_slot * std::max<std::size_t>(1, slots());
  Pool here = *this;
  here.options_.may_stay = false;  // they are about to be taken, one after the other
  return Streamed<typename Call::Result, function, Range>(std::move(here), std::move(range), window);
}

}  // namespace farm
