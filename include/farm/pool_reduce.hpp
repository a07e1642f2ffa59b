/// Pool::reduce and its like: blocks of values are combined on the workers, then the blocks' results.
#pragma once
#include "farm/pool.hpp"

namespace farm {

namespace detail {

// A block is worth a message, and there are enough of them for all ranks; a function of the number of values alone.
inline std::uint64_t reduce_block(std::uint64_t count) {
  constexpr std::uint64_t most_blocks = 4096;
  constexpr std::uint64_t least = 16;
  return std::max(least, (count + most_blocks - 1) / most_blocks);
}

template <auto operation, class T>
T combine(std::vector<T> values) {
  if (values.empty()) throw std::invalid_argument("there is nothing to reduce");
  T all = std::move(values.front());
  for (std::size_t i = 1; i < values.size(); ++i) all = operation(std::move(all), std::move(values[i]));
  return all;
}

template <auto function, auto operation, class T, class Given>
T map_combine(std::vector<Given> values) {
  if (values.empty()) throw std::invalid_argument("there is nothing to reduce");
  T all = function(std::move(values.front()));
  for (std::size_t i = 1; i < values.size(); ++i) all = operation(std::move(all), function(std::move(values[i])));
  return all;
}

template <class Range>
auto blocks_of(Range&& range) {
  using Value = std::ranges::range_value_t<Range>;
  std::vector<Value> all;
  for (auto&& value : range) all.push_back(std::forward<decltype(value)>(value));
  const std::size_t block = reduce_block(all.size());
  std::vector<std::vector<Value>> blocks;
  for (std::size_t at = 0; at < all.size(); at += block) {
    const std::size_t end = std::min(all.size(), at + block);
    blocks.emplace_back(std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(at)),
                        std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  return blocks;
}

}  // namespace detail

template <auto operation, class Range>
auto Pool::reduce(Range&& values) const {
  using T = std::ranges::range_value_t<Range>;
  constexpr auto combine = &detail::combine<operation, T>;
  return submit<combine>(map<combine>(detail::blocks_of(std::forward<Range>(values))));
}

template <auto function, auto operation, class Range>
auto Pool::map_reduce(Range&& range) const {
  using Given = std::ranges::range_value_t<Range>;
  using T = std::remove_cvref_t<std::invoke_result_t<decltype(function), Given>>;
  constexpr auto block = &detail::map_combine<function, operation, T, Given>;
  return submit<&detail::combine<operation, T>>(map<block>(detail::blocks_of(std::forward<Range>(range))));
}

template <auto operation, class T>
Future<T> Pool::reduce(std::vector<Future<T>> futures) const {
  constexpr std::size_t fan_in = 16;
  do {
    std::vector<Future<T>> level;
    for (std::size_t at = 0; at == 0 || at < futures.size(); at += fan_in) {
      const auto first = futures.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = futures.begin() + static_cast<std::ptrdiff_t>(std::min(futures.size(), at + fan_in));
      level.push_back(submit<&detail::combine<operation, T>>(std::vector<Future<T>>(first, last)));
    }
    futures = std::move(level);
  } while (futures.size() > 1);
  return futures.front();
}

template <class T>
template <auto function, class... More>
auto Future<T>::then(More&&... more) const {
  const Pool pool(state_->inbox(), {});
  if constexpr (std::is_void_v<T>) {
    return pool.after(*this).template submit<function>(std::forward<More>(more)...);
  } else {
    return pool.template submit<function>(*this, std::forward<More>(more)...);
  }
}

}  // namespace farm
