/// Calls of functions on other ranks: the pool that farm::main gives to a program.
///
/// A function is a template argument, `pool.submit<f>(1, 2)`: a function, or a lambda without captures. It runs on a
/// worker rank, beside the thread that talks MPI, so it may compute for hours; with one slot per rank (the default) no
/// two run at a time in one process, so it need not be thread-safe. What it throws comes back as TaskError.
///
/// Every member may be called from any thread of rank 0, none of them blocks but those that say so. In a function that
/// the pool runs they throw Error.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "farm/command.hpp"
#include "farm/function.hpp"
#include "farm/future.hpp"
#include "farm/pool_requests.hpp"

namespace farm {

/// An array that is sent from where it lies.
template <class T>
struct Lent {
  std::span<const T> values;
};

/// An argument that is not copied: the caller keeps it as it is until the future of the call is ready. For a parameter
/// that is a span or a vector of plain values.
template <std::ranges::contiguous_range Range>
auto lend(const Range& range) {
  return Lent<std::ranges::range_value_t<Range>>{std::span(std::ranges::data(range), std::ranges::size(range))};
}

namespace detail {

FunctionId shell_function();
FunctionId make_function();

// What goes over the wire for an argument of type Given where the parameter is a P.
template <class P, class Given>
struct Passes {
  using Type = std::remove_cvref_t<P>;
};
template <class P, class T>
struct Passes<P, Future<T>> {
  using Type = T;
};
template <class P, class T>
struct Passes<P, Mapped<T>> {
  using Type = std::vector<T>;
};
template <class P, class T>
struct Passes<P, std::vector<Future<T>>> {
  using Type = std::vector<T>;
};
template <class P, class T>
struct Passes<P, Shared<T>> {
  using Type = Shared<T>;
};

// Where the parameters are not known, as of a generic lambda: as given.
template <class Given>
using AsGiven = std::conditional_t<std::is_convertible_v<Given, const char*>, std::string, std::remove_cvref_t<Given>>;

template <auto function, class Signature, class... Given>
struct CallOf {
  using Type = Call<function, typename Passes<AsGiven<Given>, std::remove_cvref_t<Given>>::Type...>;
};
template <auto function, class... P, class... Given>
struct CallOf<function, Types<P...>, Given...> {
  static_assert(sizeof...(P) == sizeof...(Given), "the function takes another number of arguments");
  using Type = Call<function, typename Passes<P, std::remove_cvref_t<Given>>::Type...>;
};

template <class F>
struct ParametersOf {
  using Type = void;
};
template <class F>
requires(Signature<F>::is_known) struct ParametersOf<F> {
  using Type = typename Signature<F>::Parameters;
};

template <auto function, class... Given>
using Called = typename CallOf<function, typename ParametersOf<decltype(function)>::Type, Given...>::Type;

template <class T>
void add_argument(Arguments& to, const Future<T>& future) {
  to.holes.push_back({to.packed.head.size(), to.packed.bodies.size(), future.state()});
}
template <class T>
void add_argument(Arguments& to, const Mapped<T>& mapped) {
  to.holes.push_back({to.packed.head.size(), to.packed.bodies.size(), mapped.state()});
}
template <class T>
void add_argument(Arguments& to, const std::vector<Future<T>>& futures) {
  Packer packer(to.packed);
  pack(packer, std::uint64_t{futures.size()});
  for (const Future<T>& future : futures) add_argument(to, future);
}

// A vector of them is an array of bytes, which is put together by when_all.
template <class T>
inline constexpr bool makes_flat_array = false;
template <class T>
inline constexpr bool makes_flat_array<std::vector<Future<T>>> = is_flat_element<T>;

template <class Passed, class T>
Bytes lent_bytes(const Lent<T>& lent) {
  static_assert(is_flat_element<T> && std::is_same_v<std::remove_cv_t<typename Passed::value_type>, T>,
                "what is lent must be an array of exactly the plain values that the function takes");
  return Bytes(nullptr, std::as_bytes(lent.values));
}

// Among the shared values of the call. Its own number would be another in the next run, which is to know a call with a
// checkpoint again by its arguments.
inline std::uint64_t place_of(Arguments& to, const std::shared_ptr<SharedState>& state) {
  const auto found = std::ranges::find(to.shared, state);
  const auto place = static_cast<std::uint64_t>(found - to.shared.begin());
  if (found == to.shared.end()) to.shared.push_back(state);
  return place;
}

// Passed is the type on the wire.
template <class Passed, class Given>
void add_as(Arguments& to, Given&& given) {
  using Plain = std::remove_cvref_t<Given>;
  Packer packer(to.packed);
  if constexpr (requires { add_argument(to, given); }) {
    add_argument(to, given);
  } else if constexpr (requires { lent_bytes<Passed>(given); }) {
    pack(packer, std::uint64_t{given.values.size()});
    packer.array(lent_bytes<Passed>(given));
  } else if constexpr (requires { Passed(given.state()); }) {  // shared
    pack(packer, place_of(to, given.state()));
  } else if constexpr (std::is_same_v<Plain, Passed>) {
    pack_away(packer, std::forward<Given>(given));
  } else if constexpr (std::ranges::contiguous_range<Passed> && !Packable<Passed>) {  // a span
    const Passed span(given);
    pack_plain_array(packer, span.data(), span.size());
  } else {
    pack_away(packer, static_cast<Passed>(std::forward<Given>(given)));
  }
}

template <class Call>
struct Filler;
template <auto function, class... Passed>
struct Filler<Call<function, Passed...>> {
  static constexpr bool is_flat = (is_plain<Passed> && ...);
  static constexpr std::size_t stride = (sizeof(Passed) + ... + 0);
  template <class... Given>
  static void add(Arguments& to, Given&&... given) {
    (add_as<Passed>(to, std::forward<Given>(given)), ...);
  }
};

// One argument of every element of a map: the next of a range, or the same shared value each time.
template <class Range>
class Feeder {
 public:
  using Element = std::ranges::range_reference_t<Range>;
  explicit Feeder(Range& range) : at_(std::ranges::begin(range)), end_(std::ranges::end(range)) {}
  bool is_over() const { return at_ == end_; }
  decltype(auto) get() { return *at_; }
  void advance() { ++at_; }
  static constexpr bool ends = true;

 private:
  std::ranges::iterator_t<Range> at_;
  std::ranges::sentinel_t<Range> end_;
};
template <class T>
class Feeder<const Shared<T>> {
 public:
  using Element = const Shared<T>&;
  explicit Feeder(const Shared<T>& value) : value_(value) {}
  bool is_over() const { return false; }
  const Shared<T>& get() { return value_; }
  void advance() {}
  static constexpr bool ends = false;

 private:
  const Shared<T>& value_;
};
template <class T>
class Feeder<Shared<T>> : public Feeder<const Shared<T>> {
 public:
  using Feeder<const Shared<T>>::Feeder;
};

template <class T>
inline constexpr bool is_pending = false;
template <class T>
inline constexpr bool is_pending<Future<T>> = true;
template <class T>
inline constexpr bool is_pending<Mapped<T>> = true;

template <class Range>
using ElementOf = typename Feeder<std::remove_reference_t<Range>>::Element;

}  // namespace detail

template <class T, auto function, class Range>
class Streamed;

class Pool {
 public:
  Pool(std::shared_ptr<PoolInbox> inbox, TaskOptions options);

  /// How many calls can run at a time: the slots of all workers that have come so far.
  std::uint32_t slots() const;

  /// The same pool for calls with these options.
  Pool with(TaskOptions options) const {
    Pool other = *this;
    other.options_ = std::move(options);
    return other;
  }

  /// The same pool for calls that are handed out when these have ended well, and take nothing from them. With one that
  /// has failed they fail, too.
  template <class... T>
  Pool after(const Future<T>&... futures) const {
    Pool other = *this;
    (other.after_.push_back(futures.state()), ...);
    return other;
  }

  /// The same pool for calls whose results are remembered in the directory `name`.farm: in this and in later runs a
  /// call of the same function with the same arguments is not made again. Raise `version` when the function has
  /// changed. For calls that take long: elements of a map go one by one. Functions must have a name that nothing else
  /// in the program has; lambdas are refused. Not remembered: what failed, commands that did not succeed, files. Throws
  /// Error when the directory cannot be used, as while another program uses it.
  Pool checkpoint(const std::string& name, std::uint32_t version = 1) const;

  /// Calls the function once. Arguments are converted to its parameters here and copied; a vector that is moved in is
  /// not copied. An argument may be a Future, a std::vector of them, a Mapped or a Shared.
  template <auto function, class... Given>
  auto submit(Given&&... given) const {
    using Call = detail::Called<function, Given...>;
    detail::CallRequest request;
    request.state = new_state();
    request.function = Call::id;
    detail::Filler<Call>::add(request.arguments, as_argument(std::forward<Given>(given))...);
    Future<typename Call::Result> future(request.state);
    post(std::move(request));
    return future;
  }

  /// Runs a command line on a worker, in one of its slots: by /bin/sh, or directly when it is nothing but words. That
  /// it fails does not make the future fail; a worker that is lost with it has it run once more elsewhere. Cancelled,
  /// or late by `within`, it is ended with all its children. The line may be a Future<std::string>. It finds
  /// FARM_TASK_ID, FARM_ATTEMPT (one more than the workers that were lost with it), FARM_SLOT and FARM_RANK in its
  /// environment.
  template <class Line>
  Future<CommandResult> shell(Line&& line, const CommandOptions& options = {}) const {
    detail::CallRequest request;
    request.state = new_state();
    request.function = detail::shell_function();
    detail::add_as<std::string>(request.arguments, std::forward<Line>(line));
    detail::add_as<CommandOptions>(request.arguments, options);
    Future<CommandResult> future(request.state);
    post(std::move(request));
    return future;
  }

  /// Makes a file of what a command line prints, once the files it reads have been made: {1}, {2}, ... in it are their
  /// names, quoted for the shell, and {} all of them. The file gets its name when the command has succeeded. When it
  /// has not, the future fails, with the end of its standard error, and so do those of files made of this one.
  Future<File> make(const std::string& path, const std::string& line,
                    const std::vector<Future<File>>& inputs = {}) const;

  /// A file that is there already, for make(). Throws Error when it is not.
  Future<File> file(const std::string& path) const;

  /// Calls the function for every element of the range, or of several ranges side by side until the shortest ends; a
  /// Shared among them is the same for every call. The ranges are read to their end here.
  template <auto function, class... Ranges>
  auto map(Ranges&&... ranges) const {
    using Call = detail::Called<function, detail::ElementOf<Ranges>...>;
    static_assert((detail::Feeder<std::remove_reference_t<Ranges>>::ends || ...),
                  "one of the arguments must be a range");
    std::tuple<detail::Feeder<std::remove_reference_t<Ranges>>...> feeders{
        detail::Feeder<std::remove_reference_t<Ranges>>(ranges)...};
    return std::apply([&](auto&... feeder) { return map_elements<Call>(feeder...); }, feeders);
  }

  /// Like map for a range that need not end or fit into memory: elements are read, and results kept, only so far ahead
  /// of whoever walks over what this returns, in order. `window` elements are under way at most; 0: 256 for each slot.
  template <auto function, class Range>
  auto stream(Range range, std::size_t window = 0) const;

  /// All of them: a tuple of their values (of those that have one), or a vector when the futures come in a vector.
  /// Fails when one of them does.
  template <class... T>
  auto when_all(const Future<T>&... futures) const {
    detail::CallRequest request;
    request.state = new_state();
    (detail::add_argument(request.arguments, futures), ...);
    Future<std::tuple<T...>> all(request.state);
    post(std::move(request));
    return all;
  }
  template <class T>
  Future<std::vector<T>> when_all(const std::vector<Future<T>>& futures) const {
    detail::CallRequest request;
    request.state = new_state();
    if (detail::is_flat_element<T>) request.flat_from = sizeof(std::uint64_t);  // behind their number
    detail::add_argument(request.arguments, futures);
    Future<std::vector<T>> all(request.state);
    post(std::move(request));
    return all;
  }

  /// Combines all values by `operation`, a T(T, T) that is associative; it need not be commutative. The tree depends on
  /// nothing but the number of values, so that floating point gives the same sum on any number of ranks. Fails without
  /// values.
  template <auto operation, class Range>
  auto reduce(Range&& values) const;
  /// Calls `function` for every element and combines the results as reduce does; the results never leave their ranks.
  template <auto function, auto operation, class Range>
  auto map_reduce(Range&& range) const;
  /// The same tree over results that are still to come.
  template <auto operation, class T>
  Future<T> reduce(std::vector<Future<T>> futures) const;

  /// Packs the value once; a rank gets it with the first call there that uses it. From 64 KiB on it crosses to each
  /// node once, and the node's other ranks get it from there.
  template <class T>
  Shared<T> broadcast(const T& value) const {
    return Shared<T>(share(packed(value)));
  }

 private:
  template <class Given>
  decltype(auto) as_argument(Given&& given) const {
    if constexpr (detail::makes_flat_array<std::remove_cvref_t<Given>>) {
      return when_all(given);
    } else {
      return std::forward<Given>(given);
    }
  }

  template <class Call, class... Feeders>
  auto map_elements(Feeders&... feeders) const {
    static_assert(!(detail::is_pending<std::remove_cvref_t<typename Feeders::Element>> || ...),
                  "a map over futures: submit a call for each of them, or map over when_all(futures).get()");
    using Filler = detail::Filler<Call>;
    detail::CallRequest request;
    std::uint64_t count = 0;
    for (; !(feeders.is_over() || ...); (feeders.advance(), ...), ++count) {
      Filler::add(request.arguments, feeders.get()...);
      if constexpr (!Filler::is_flat) {
        request.ends.push_back({request.arguments.packed.head.size(), request.arguments.packed.bodies.size()});
      }
    }
    if constexpr (Filler::is_flat) request.stride = Filler::stride;
    using Result = typename Call::Result;
    auto state = new_array(count, detail::is_flat_element<Result>);
    request.state = state;
    request.array = state.get();
    request.function = Call::id;
    post(std::move(request));
    return Mapped<Result>(std::move(state));
  }

  std::shared_ptr<detail::TaskState> new_state() const;
  std::shared_ptr<detail::ArrayState> new_array(std::uint64_t count, bool is_flat) const;
  void post(detail::CallRequest request) const;
  std::shared_ptr<detail::SharedState> share(Packed value) const;

  std::shared_ptr<PoolInbox> inbox_;
  TaskOptions options_;
  std::vector<std::shared_ptr<detail::TaskState>> after_;
  std::shared_ptr<Checkpoint> checkpoint_;
  std::uint32_t checkpoint_version_ = 0;
};

}  // namespace farm

#include "farm/pool_reduce.hpp"
#include "farm/pool_stream.hpp"
