/// The files that `--results` leaves for one task: its standard output, its standard error and its number. Written
/// piece by piece, however much was printed, and renamed when whole: a crash leaves no half file under their names.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "store/output_reader.hpp"

namespace farm {

struct ResultNames {
  std::string out;
  std::string err;  ///< empty: not written
  std::string seq;  ///< empty: not written
};

/// "DIR/" makes DIR/stdout, DIR/stderr and DIR/seq, "FILE" makes FILE, FILE.err and FILE.seq. Components that no file
/// system takes are cut to the longest that it does.
ResultNames result_names(std::string_view target);

/// Bytes of the last component of a "DIR/" or a "FILE" that are not cut.
std::size_t longest_result_name(bool is_directory);

class ResultFiles {
 public:
  using Open = std::function<OutputReader(Stream)>;

  /// `open` finds a stream of the task; called once for each, when its turn comes. Files get `mode`, less the umask.
  ResultFiles(ResultNames names, std::uint64_t seq, Open open, unsigned mode = 0666);
  ResultFiles(const ResultFiles&) = delete;
  ResultFiles& operator=(const ResultFiles&) = delete;
  /// Removes what is not whole.
  ~ResultFiles();

  /// Writes the next piece, at most max_frame_bytes, and returns its size; nullopt when everything is in place. Throws
  /// Error (fatal) with what cannot be written or read.
  std::optional<std::size_t> advance();

  const ResultNames& names() const { return names_; }

 private:
  void begin(const std::string& name);
  void write(std::string_view bytes) const;
  void finish(const std::string& name);
  std::optional<std::size_t> advance(Stream stream, const std::string& name);

  ResultNames names_;
  std::uint64_t seq_;
  Open open_;
  unsigned mode_;
  int step_ = 0;  // stdout, stderr, seq, done
  std::optional<OutputReader> reader_;
  UniqueFd file_;
  std::string temporary_;  // not empty while it exists
};

}  // namespace farm
