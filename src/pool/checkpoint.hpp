/// Results of calls that outlive the program: those of one checkpoint, in a run directory of its own. Knows which call
/// a result belongs to by function, arguments and the user's version.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fingerprint.hpp"
#include "farm/packed.hpp"
#include "farm/pool_requests.hpp"
#include "pool/pool_message.hpp"
#include "store/kept_results.hpp"
#include "store/run_dir.hpp"

namespace farm {

class Checkpoint {
 public:
  /// The directory is made when it is not there. Throws Error (usage) when it cannot be used, as while another has it
  /// open.
  explicit Checkpoint(const std::string& directory, FileOps& ops = FileOps::system());
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;
  ~Checkpoint() { flush_at_last(); }

  std::optional<Packed> find(const Fingerprint& key) const;
  void keep(const Fingerprint& key, const PackedView& value);
  /// Whether all that was kept is in the file; false while there is no room, which is said once. To be called after
  /// keep(), and again until it is true. Throws Error (fatal) as the file does.
  bool flush();
  /// The same when there will be no other time: what is lost then is said.
  void flush_at_last() noexcept;

 private:
  SystemClock clock_;
  RunDir dir_;
  KeptResults results_;
  bool told_trouble_ = false;
  bool told_loss_ = false;
};

/// Which call this is, for one element of a map. Shared values count by what they are and by their order in the call.
Fingerprint checkpoint_key(const detail::CallRequest& call, std::uint64_t element);

/// Throws Error (usage) for a function that has no name to be known by in another run.
void require_name(FunctionId function);

}  // namespace farm
