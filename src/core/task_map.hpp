/// Something for each task of a changing set, found by the task's number without hashing. Tasks that are in at the same
/// time mostly stand together in the manifest: a block of neighbours is there as long as one of them is, and the blocks
/// from the first to the last cost half a byte a task.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "base/check.hpp"
#include "farm/ids.hpp"

namespace farm {

template <class T>
class TaskMap {
 public:
  /// The task must not be in, nor come before one that has left together with all before it: they come in order.
  T& emplace(TaskId task, T what) {
    const std::uint64_t number = block_number(task);
    if (blocks_.empty()) first_ = number;
    FARM_CHECK(number >= first_);
    if (number - first_ >= blocks_.size()) blocks_.resize(number - first_ + 1);
    auto& block = blocks_[number - first_];
    if (!block) block = std::make_unique<Block>();
    FARM_CHECK((block->present & bit(task)) == 0);
    block->present |= bit(task);
    ++size_;
    return block->entries[place(task)] = std::move(what);
  }

  /// It must be in. Stays where it is until it is erased.
  T& at(TaskId task) { return find(task).entries[place(task)]; }
  const T& at(TaskId task) const { return const_cast<TaskMap*>(this)->at(task); }

  /// It must be in.
  void erase(TaskId task) {
    Block& block = find(task);
    block.entries[place(task)] = T{};
    block.present &= ~bit(task);
    --size_;
    if (block.present == 0) blocks_[block_number(task) - first_].reset();
    // Not the last one: its other tasks may be yet to come.
    for (; blocks_.size() > 1 && !blocks_.front(); ++first_) blocks_.pop_front();
  }

  std::size_t size() const { return size_; }

  /// Calls visit(TaskId, const T&) in the order of the tasks.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::uint64_t number = 0; number < blocks_.size(); ++number) {
      for (std::uint64_t i = 0; blocks_[number] && i < block_size; ++i) {
        const TaskId task{(first_ + number) * block_size + i};
        if ((blocks_[number]->present & bit(task)) != 0) visit(task, blocks_[number]->entries[i]);
      }
    }
  }

 private:
  static constexpr std::uint64_t block_size = 16;
  struct Block {
    std::array<T, block_size> entries{};
    std::uint32_t present = 0;  // a bit for each
  };

  static std::uint64_t block_number(TaskId task) { return value(task) / block_size; }
  static std::size_t place(TaskId task) { return value(task) % block_size; }
  static std::uint32_t bit(TaskId task) { return 1U << place(task); }
  Block& find(TaskId task) {
    const std::uint64_t number = block_number(task) - first_;
    FARM_CHECK(number < blocks_.size() && blocks_[number] && (blocks_[number]->present & bit(task)) != 0);
    return *blocks_[number];
  }

  std::deque<std::unique_ptr<Block>> blocks_;
  std::uint64_t first_ = 0;  // the number of the first block
  std::size_t size_ = 0;
};

}  // namespace farm
