/// Results that outlive the run they were computed in, each under the fingerprint of what it is the result of. Knows
/// nothing of what the bytes mean.
///
/// The file only grows: a line "farm-results 1\n", then records of
///
///     4 bytes   CRC-32C of all that follows in the record
///     4 bytes   0
///     16 bytes  fingerprint, high and low half
///     8 bytes   size of the value
///     ...       the value
///
/// with numbers as they lie in memory. A record that does not match its check is passed over, and what follows the last
/// one that does, as after a crash, is cut off when the file is opened: those results are computed again. Of two under
/// one fingerprint the later one holds.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/fingerprint.hpp"
#include "base/unique_fd.hpp"
#include "store/append_file.hpp"

namespace farm {

class KeptResults {
 public:
  /// `fd` must be open for reading and appending, and nobody else may write there. Throws Error (usage) when the file
  /// is another than this, fatal when it cannot be read.
  KeptResults(UniqueFd fd, std::string path, FileOps& ops = FileOps::system());

  std::size_t size() const { return places_.size(); }
  /// Bytes that were cut off.
  std::uint64_t dropped() const { return dropped_; }
  /// Records that were passed over and stay in the file, of which there is no later one.
  std::uint64_t damaged() const { return damaged_; }

  /// nullopt when there is none, or when it has been damaged since.
  std::optional<std::string> find(const Fingerprint& key) const;

  /// Can be found once flush() has returned true.
  void keep(const Fingerprint& key, std::string_view value);

  /// Hands what is new to the operating system; false while there is no room, see trouble().
  bool flush();
  const std::string& trouble() const { return file_.trouble(); }

 private:
  struct Place {
    std::uint64_t offset = 0;  // of the record
    std::uint64_t size = 0;    // of the value
  };
  struct Hash {
    std::size_t operator()(const Fingerprint& key) const { return key.low; }
  };

  void read();

  AppendFile file_;
  std::unordered_map<Fingerprint, Place, Hash> places_;
  std::uint64_t end_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace farm
