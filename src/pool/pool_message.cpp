#include "pool/pool_message.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace farm {
namespace {

struct Start {
  std::uint32_t magic = 0x6c6f6f70;  // "pool"
  std::uint32_t kind = 0;            // which alternative of PoolMessage
  std::uint64_t count = 0;           // of structs that follow
  std::uint64_t single = 0;          // a field on its own
};

struct Parts {
  Start start;
  std::string_view items;
  std::shared_ptr<const Frame> frame;
};

template <class Item>
Frame build(Start start, const std::vector<Item>& items, Packed values) {
  static_assert(std::has_unique_object_representations_v<Item>, "no padding on the wire");
  start.count = items.size();
  Frame frame;
  frame.head.reserve(sizeof start + items.size() * sizeof(Item) + values.head.size());
  frame.head.append(reinterpret_cast<const char*>(&start), sizeof start);
  frame.head.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(Item));
  frame.head.append(values.head);
  frame.bodies = std::move(values.bodies);
  return frame;
}

// The structs, and what follows them as values.
template <class Item>
bool split(const Parts& parts, std::vector<Item>& items, PackedView* view = nullptr) {
  std::string_view rest = parts.items;
  if (parts.start.count > rest.size() / sizeof(Item)) return false;
  items.resize(parts.start.count);
  if (!items.empty()) std::memcpy(items.data(), rest.data(), items.size() * sizeof(Item));
  rest.remove_prefix(items.size() * sizeof(Item));
  if (view == nullptr) return rest.empty();
  *view = {parts.frame, rest, parts.frame->bodies};
  return true;
}

using None = std::vector<std::uint64_t>;

template <class One>
Frame put_one(Start start, const One& m) {
  return build(start, std::vector<One>{m}, {});
}

Frame put(Start start, PoolHello& m) { return put_one(start, m); }
Frame put(Start start, PoolEnds& m) { return build(start, m.heads, std::move(m.values)); }
Frame put(Start start, PoolReturned& m) { return build(start, m.remainders, {}); }
Frame put(Start start, PoolDropped& m) { return build(start, m.remainders, {}); }
Frame put(Start start, PoolRun& m) { return build(start, m.heads, std::move(m.values)); }
Frame put(Start start, PoolWelcome& m) { return put_one(start, m); }
Frame put(Start start, PoolShare& m) {
  start.single = m.id;
  return build(start, None{m.keeps ? 1U : 0U}, std::move(m.value));
}
Frame put(Start start, PoolForget& m) { return build(start, m.ids, {}); }
Frame put(Start start, PoolRecall&) { return build(start, None{}, {}); }
Frame put(Start start, PoolCancel& m) { return build(start, m.pieces, {}); }
Frame put(Start start, PoolShutdown& m) {
  start.single = m.has_lost_ranks ? 1 : 0;
  return build(start, None{}, {});
}
Frame put(Start start, PoolGive& m) { return put_one(start, m); }
Frame put(Start start, PoolExpect& m) { return put_one(start, m); }
Frame put(Start start, PoolLost& m) { return put_one(start, m); }
Frame put(Start start, PoolGot& m) { return put_one(start, m); }
Frame put(Start start, PoolAlive&) { return build(start, None{}, {}); }
Frame put(Start start, PoolGoodbye&) { return build(start, None{}, {}); }

template <class One>
bool take_one(const Parts& parts, One& m) {
  std::vector<One> items;
  if (!split(parts, items) || items.size() != 1) return false;
  m = items.front();
  return true;
}

// Each piece or end must have the values it says it has.
template <class Head>
bool fits(const std::vector<Head>& heads, PackedView view) {
  PackedView part;
  for (const Head& head : heads) {
    if (!view.cut(head.head_bytes, head.bodies, part)) return false;
  }
  return view.head.empty() && view.bodies.empty();
}

bool take(const Parts& parts, PoolHello& m) { return take_one(parts, m); }
bool take(const Parts& parts, PoolEnds& m) {
  const auto is_known = [](const EndHead& head) { return head.kind <= EndHead::Kind::kept; };
  return split(parts, m.heads, &m.view) && fits(m.heads, m.view) && std::ranges::all_of(m.heads, is_known);
}
bool take(const Parts& parts, PoolReturned& m) { return split(parts, m.remainders); }
bool take(const Parts& parts, PoolDropped& m) { return split(parts, m.remainders); }
bool take(const Parts& parts, PoolRun& m) {
  const auto has_values = [](const PieceHead& head) {
    return head.head_bytes >= head.shared * sizeof(std::uint64_t) + head.holes * sizeof(HoleHead);
  };
  return split(parts, m.heads, &m.view) && fits(m.heads, m.view) && std::ranges::all_of(m.heads, has_values);
}
bool take(const Parts& parts, PoolWelcome& m) { return take_one(parts, m); }
bool take(const Parts& parts, PoolShare& m) {
  std::vector<std::uint64_t> keeps;
  m.id = parts.start.single;
  if (!split(parts, keeps, &m.view) || keeps.size() != 1) return false;
  m.keeps = keeps.front() != 0;
  return true;
}
bool take(const Parts& parts, PoolGive& m) { return take_one(parts, m); }
bool take(const Parts& parts, PoolExpect& m) { return take_one(parts, m); }
bool take(const Parts& parts, PoolLost& m) { return take_one(parts, m); }
bool take(const Parts& parts, PoolGot& m) { return take_one(parts, m); }
bool take(const Parts& parts, PoolForget& m) { return split(parts, m.ids); }
bool take(const Parts& parts, PoolRecall&) { return parts.items.empty(); }
bool take(const Parts& parts, PoolCancel& m) { return split(parts, m.pieces); }
bool take(const Parts& parts, PoolShutdown& m) {
  m.has_lost_ranks = parts.start.single != 0;
  return parts.items.empty();
}
bool take(const Parts& parts, PoolAlive&) { return parts.items.empty(); }
bool take(const Parts& parts, PoolGoodbye&) { return parts.items.empty(); }

template <std::size_t kind = 0>
std::optional<PoolMessage> take_kind(const Parts& parts) {
  if constexpr (kind == std::variant_size_v<PoolMessage>) {
    return std::nullopt;
  } else {
    if (parts.start.kind != kind) return take_kind<kind + 1>(parts);
    std::variant_alternative_t<kind, PoolMessage> message;
    if (!take(parts, message)) return std::nullopt;
    return message;
  }
}

}  // namespace

bool PackedView::cut(std::uint64_t head_bytes, std::uint64_t count, PackedView& part) {
  if (head_bytes > head.size() || count > bodies.size()) return false;
  part = {frame, head.substr(0, head_bytes), bodies.first(count)};
  head.remove_prefix(head_bytes);
  bodies = bodies.subspan(count);
  return true;
}

PackedView view_of(Packed value) {
  auto frame = std::make_shared<const Frame>(Frame{std::move(value.head), std::move(value.bodies)});
  return {frame, frame->head, frame->bodies};
}

Frame to_frame(PoolMessage message) {
  Start start;
  start.kind = static_cast<std::uint32_t>(message.index());
  return std::visit([&](auto& one) { return put(start, one); }, message);
}

std::optional<PoolMessage> from_frame(Frame frame) {
  Parts parts;
  const std::uint32_t magic = parts.start.magic;
  if (frame.head.size() < sizeof parts.start) return std::nullopt;
  std::memcpy(&parts.start, frame.head.data(), sizeof parts.start);
  if (parts.start.magic != magic) return std::nullopt;
  parts.frame = std::make_shared<const Frame>(std::move(frame));
  parts.items = std::string_view(parts.frame->head).substr(sizeof parts.start);
  return take_kind(parts);
}

}  // namespace farm
