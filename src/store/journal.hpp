/// The run's memory: records are appended before anything acts on them. The seam a test replaces by a vector; the real
/// one is FileJournal (file_journal.hpp).
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "store/record.hpp"

namespace farm {

class Journal {
 public:
  virtual ~Journal() = default;

  /// Formats into memory. Never blocks, never fails.
  virtual void append(const Record& record) = 0;

  /// Hands everything appended to the operating system in one write, once per turn of the master's loop. When the disk
  /// is full the rest stays in memory, in order, and trouble() says so; a later call goes on where it stopped.
  virtual void write() = 0;

  /// Empty while all is well; else one line for the user: what is wrong and that nothing is lost ("no space left on
  /// ..."). The master starts no task while there is trouble.
  virtual std::string trouble() const = 0;

  /// Number of the last append(); 0 before the first.
  virtual std::uint64_t appended() const = 0;

  /// Everything up to this append is on the disk as far as the run's durability promises. Throws Error (fatal) after a
  /// failed sync: its data may be gone and a second sync would not say so.
  virtual std::uint64_t durable() const = 0;

  /// Becomes readable when durable() has advanced or failed; -1 if that never needs waiting for. Reading it empty is
  /// acknowledge()'s business.
  virtual int fd() const = 0;
  virtual void acknowledge() = 0;

  /// Asks for a sync at once instead of at the next interval.
  virtual void sync_soon() = 0;
};

}  // namespace farm
