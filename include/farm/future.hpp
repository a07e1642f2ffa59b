/// The results of calls, before and after they have come.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "farm/pack.hpp"
#include "farm/pool_requests.hpp"
#include "farm/task_state.hpp"

namespace farm {

/// The result of one call. Cheap to copy; all copies mean the same result, which is kept, as bytes, while one of them
/// lives. Dropping a future does not cancel its call. A future may be an argument of another call, which then waits for
/// it without anybody blocking; its value goes there without being unpacked in between, and a large one without passing
/// through rank 0.
template <class T>
class Future {
 public:
  using Value = T;

  explicit Future(std::shared_ptr<detail::TaskState> state) : state_(std::move(state)) {}

  /// Blocks until the result is there and unpacks it, each time anew: a large one is better asked for once, and one
  /// that stayed on its worker (PoolOptions::keep_above) comes from there the first time. Throws TaskError when the
  /// call has failed or was cancelled, and when the pool has ended before a result that stayed away was asked for. Like
  /// wait(), it throws Error in a function that the pool runs.
  T get() const {
    const Packed& value = state_->value();
    if constexpr (!std::is_void_v<T>) {
      Unpacker from(value);
      return unpack<T>(from);
    }
  }

  void wait() const { state_->wait(); }
  bool is_ready() const { return state_->is_settled(); }

  /// Asks for the call not to be made, or to stop if it is running and takes a std::stop_token.
  void cancel() { state_->cancel(); }

  /// The number that errors name the call by.
  std::uint64_t task() const { return state_->task(); }

  /// Calls `function` with this result and these further arguments once it is there; like Pool::submit.
  template <auto function, class... More>
  auto then(More&&... more) const;

  const std::shared_ptr<detail::TaskState>& state() const { return state_; }

 private:
  std::shared_ptr<detail::TaskState> state_;
};

/// The results of a map: a range that can be walked once while they come, or all of them at once. As an argument of
/// another call it is a std::vector<T>.
template <class T>
class Mapped {
 public:
  using Value = T;

  explicit Mapped(std::shared_ptr<detail::ArrayState> state) : state_(std::move(state)) {}

  std::size_t size() const { return state_->count(); }
  bool is_ready() const { return state_->is_settled(); }
  void wait() const { state_->wait(); }
  /// Of the elements that have not ended; those that have cannot be asked for afterwards.
  void cancel() { state_->cancel(); }

  /// Blocks until all are there. Throws TaskError for the first element, by its place in the range, that has failed;
  /// the others were computed all the same.
  auto get() const {
    state_->wait();
    if (state_->failure()) throw TaskError(*state_->failure());
    if constexpr (!std::is_void_v<T>) {
      std::vector<T> values;
      values.reserve(size());
      Walk walk = in_order();
      for (Item item : walk) values.push_back(std::move(item.value));
      return values;
    }
  }

  /// One result and the place in the range of what it belongs to.
  struct Item {
    std::uint64_t index = 0;
    T value;
  };

  class Walk;
  /// Results in the order of the range, each as soon as it and those before it have come. ++ blocks; * moves the value
  /// out, and throws TaskError for an element that failed (the walk goes on behind it).
  Walk in_order() const { return Walk(state_, true); }
  /// In the order in which they come.
  Walk as_they_come() const { return Walk(state_, false); }

  const std::shared_ptr<detail::ArrayState>& state() const { return state_; }

 private:
  std::shared_ptr<detail::ArrayState> state_;
};

template <class T>
class Mapped<T>::Walk {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Item;

    Iterator() = default;
    explicit Iterator(Walk& walk) : walk_(&walk) {}
    Item operator*() const { return walk_->take(); }
    Iterator& operator++() {
      walk_->skip();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return walk_->is_over(); }

   private:
    Walk* walk_ = nullptr;
  };

  Walk(std::shared_ptr<detail::ArrayState> state, bool ordered) : state_(std::move(state)), ordered_(ordered) {}
  Iterator begin() { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  using Part = detail::ArrayState::Part;

  // Whether there is no next element; waits until that is known.
  bool is_over() {
    if (part_ != nullptr) return false;
    part_ = ordered_ ? next_in_order() : state_->part(seen_++);
    if (part_ == nullptr) return true;
    at_ = part_->begin;
    from_ = Unpacker(part_->values);
    return false;
  }

  const Part* next_in_order() {
    while (true) {
      if (const auto found = early_.find(next_); found != early_.end()) {
        const Part* part = found->second;
        early_.erase(found);
        next_ = part->end;
        return part;
      }
      const Part* part = state_->part(seen_++);
      if (part == nullptr) return nullptr;
      early_.emplace(part->begin, part);
    }
  }

  Item take() {
    is_over();
    if (part_->failure) throw TaskError(*part_->failure);
    is_taken_ = true;
    return Item{at_, unpack<T>(from_)};
  }

  void skip() {
    is_over();
    if (!is_taken_ && !part_->failure) unpack<T>(from_);
    is_taken_ = false;
    if (++at_ == part_->end) part_ = nullptr;
  }

  std::shared_ptr<detail::ArrayState> state_;
  bool ordered_;
  std::size_t seen_ = 0;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, const Part*> early_;
  const Part* part_ = nullptr;
  std::uint64_t at_ = 0;
  Unpacker from_{{}, {}};
  bool is_taken_ = false;
};

/// A value that many calls use: made by Pool::broadcast, sent once to each node, and an argument wherever a
/// parameter is a `const T&`. Cheap to copy; forgotten by all ranks once its last copy and the last call that uses it
/// are gone.
template <class T>
class Shared {
 public:
  using Value = T;
  explicit Shared(std::shared_ptr<detail::SharedState> state) : state_(std::move(state)) {}
  const std::shared_ptr<detail::SharedState>& state() const { return state_; }

 private:
  std::shared_ptr<detail::SharedState> state_;
};

}  // namespace farm
