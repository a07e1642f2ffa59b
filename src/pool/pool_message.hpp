/// What the ranks of a pool say to each other. A message is a frame: flat structs and, where values go along, one
/// packed value for all of them. Knows nothing of how frames travel.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "farm/packed.hpp"
#include "wire/frame.hpp"

namespace farm {

/// Raised with every change to a message.
inline constexpr std::uint32_t pool_protocol = 4;

/// What one call may take, or give, in small parts. Large arrays are bodies and may be longer.
inline constexpr std::size_t largest_value_head = largest_frame_head / 2;

/// Packed values as they came: views into a frame that is kept.
struct PackedView {
  std::shared_ptr<const Frame> frame;
  std::string_view head;
  std::span<const Bytes> bodies;

  /// The next `head_bytes` and `count` bodies; false when there are fewer.
  bool cut(std::uint64_t head_bytes, std::uint64_t count, PackedView& part);
  Packed copy() const { return {std::string(head), {bodies.begin(), bodies.end()}}; }
};

/// A view of a value of our own.
PackedView view_of(Packed value);

// --- worker to master -----------------------------------------------------------------------------------------------

/// The first message of a worker.
struct PoolHello {
  std::uint32_t protocol = pool_protocol;
  std::uint32_t slots = 0;
  std::uint64_t functions = 0;  ///< function_table_digest()
  std::uint64_t node = 0;       ///< the lowest rank of its host
};

/// Elements of a piece have ended, up to `end` and from where the last word about it ended.
struct EndHead {
  enum class Kind : std::uint32_t {
    done,    ///< all well
    failed,  ///< one that failed
    kept,    ///< one, well, and its result stays here under its ValueId
  };
  std::uint64_t piece = 0;
  std::uint64_t task = 0;
  std::uint64_t end = 0;
  std::int64_t took_ns = 0;
  std::uint64_t head_bytes = 0;  ///< of their results in the message's values; of one that failed, of its failure
  std::uint32_t bodies = 0;
  Kind kind = Kind::done;
};
struct PoolEnds {
  std::vector<EndHead> heads;
  Packed values;
  PackedView view;  ///< `values`, when it has been received
};

struct RemainderHead {
  std::uint64_t piece = 0;
  std::uint64_t from = 0;
};
/// What a worker will not run: the answer to a recall, also when that is nothing.
struct PoolReturned {
  std::vector<RemainderHead> remainders;
};
/// The same after a cancel.
struct PoolDropped {
  std::vector<RemainderHead> remainders;
};

/// A value that another worker sent is here; `keeps`: and can be given on.
struct PoolGot {
  std::uint64_t id = 0;
  std::uint64_t keeps = 0;
};

/// Said by a worker that has had nothing else to say.
struct PoolAlive {};

/// The last message of a worker, the answer to PoolShutdown.
struct PoolGoodbye {};

// --- master to worker -----------------------------------------------------------------------------------------------

struct PieceHead {
  std::uint64_t piece = 0;
  std::uint64_t task = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t head_bytes = 0;  ///< in the message's values: of the numbers of its shared values, of its holes, then
                                 ///< of all arguments
  std::uint32_t bodies = 0;
  std::uint32_t function = 0;
  std::uint32_t attempt = 1;
  std::uint32_t may_split = 0;
  std::uint32_t shared = 0;    ///< so many shared values; arguments mean them by their place among these
  std::uint32_t holes = 0;     ///< so many arguments are results that the worker has
  std::uint32_t may_keep = 0;  ///< its result may stay on the worker
  std::uint32_t unused = 0;
};
/// Where one of them belongs in the arguments as they are sent.
struct HoleHead {
  std::uint64_t value = 0;
  std::uint64_t head = 0;
  std::uint64_t body = 0;
};
struct PoolRun {
  /// More is sent as several, so that the worker can begin while the next is on its way.
  static constexpr std::size_t usual_bytes = std::size_t{4} << 20;
  std::vector<PieceHead> heads;
  Packed values;
  PackedView view;
};

/// The answer to PoolHello.
struct PoolWelcome {
  std::int64_t spin_ns = 0;                      ///< how long to look for work before sleeping
  std::uint64_t keep_above = ~std::uint64_t{0};  ///< larger results stay on the worker, where they may
};

/// A value that calls sent later refer to. From worker to worker, too, and to the master when it has asked for a
/// result.
struct PoolShare {
  std::uint64_t id = 0;
  bool keeps = false;  ///< others will be given it from there
  Packed value;
  PackedView view;
};
struct PoolForget {
  std::vector<std::uint64_t> ids;
};

/// Send this value to that rank.
struct PoolGive {
  std::uint64_t id = 0;
  std::int32_t to = 0;
  std::uint32_t keeps = 0;
};
/// A worker is about to send something, and nobody will ring for it.
struct PoolExpect {
  std::int32_t from = 0;
};
/// That worker is gone.
struct PoolLost {
  std::int32_t rank = 0;
};

/// Give back part of what is not done.
struct PoolRecall {};

struct PoolCancel {
  std::vector<std::uint64_t> pieces;
};

/// Leave.
struct PoolShutdown {
  bool has_lost_ranks = false;  ///< without MPI_Finalize, which may wait for them
};

using PoolMessage =
    std::variant<PoolHello, PoolEnds, PoolReturned, PoolDropped, PoolRun, PoolWelcome, PoolShare, PoolForget,
                 PoolRecall, PoolCancel, PoolShutdown, PoolAlive, PoolGoodbye, PoolGive, PoolExpect, PoolLost, PoolGot>;

Frame to_frame(PoolMessage message);

/// nullopt for what is not a message of this protocol.
std::optional<PoolMessage> from_frame(Frame frame);

}  // namespace farm
