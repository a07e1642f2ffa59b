/// Functions that can be called on other ranks. Naming one in `submit` or `map` makes the compiler instantiate Call,
/// and that puts it into the table before main() begins, in every rank, because every rank runs the same binary. So a
/// function is a number on the wire; that the tables are the same is checked when a worker says hello.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "farm/ids.hpp"
#include "farm/pack.hpp"

namespace farm {

enum class FunctionId : std::uint32_t {};

template <class T>
class Shared;
class SharedValues;
class CommandDesk;

/// Where the calling function runs: of this rank, 0 outside of a call. Ranks are counted as MPI counts them.
Rank this_rank();

namespace detail {

/// What a call may need besides its arguments.
struct CallContext {
  std::stop_token stop;                       ///< asked to stop when the call is cancelled or late, or the pool ends
  SharedValues* shared = nullptr;             ///< those that this process has; none where a call uses none
  std::span<const std::uint64_t> shared_ids;  ///< which of them the call uses: its arguments say at which place here
  CommandDesk* commands = nullptr;            ///< none where there is nobody to start commands
  std::uint64_t task = 0;                     ///< the call's number, as errors name it; of a map all elements have one
  std::uint32_t attempt = 1;                  ///< one more than the ranks that this call was lost with
};

/// Takes the arguments of one call, runs it, adds its result. Whatever the function throws comes out.
using Thunk = void (*)(const CallContext&, Unpacker& arguments, Packer& result);

/// Before main(); `name` is kept as it is.
FunctionId register_function(std::string_view name, Thunk thunk);
Thunk find_function(FunctionId id);  ///< nullptr for none
/// For people, from what the compiler makes of the template's arguments.
std::string function_name(FunctionId id);
/// As the compiler writes it, with the types of its arguments.
std::string_view function_signature(FunctionId id);
/// Of all names in their order: equal where the binary is the same.
std::uint64_t function_table_digest();

using MakeShared = std::shared_ptr<const void> (*)(Unpacker&);
/// The shared value at that place among those of the call; unpacked once in a process. Throws UnpackError when there is
/// none or it has not come.
std::shared_ptr<const void> find_shared(const CallContext& context, std::uint64_t place, MakeShared make);

template <class... T>
struct Types {};

// The parameters of a function whose signature can be known: not of a generic lambda.
template <class F>
struct Signature {
  static constexpr bool is_known = false;
};
template <class R, class... P>
struct Signature<R (*)(P...)> {
  static constexpr bool is_known = true;
  static constexpr bool takes_stop_token = false;
  using Parameters = Types<P...>;
};
template <class R, class... P>
struct Signature<R (*)(std::stop_token, P...)> {
  static constexpr bool is_known = true;
  static constexpr bool takes_stop_token = true;
  using Parameters = Types<P...>;
};
template <class R, class... P>
struct Signature<R (*)(const std::stop_token&, P...)> : Signature<R (*)(std::stop_token, P...)> {};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R (*)(P...)> {};
template <class F>
requires requires { &F::operator(); }
struct Signature<F> : Signature<decltype(&F::operator())> {};

// An argument between the message and the call: the value itself, or what a parameter that is a view looks at.
template <class T>
struct Held {
  static_assert(!std::is_pointer_v<T>, "a pointer means nothing on another rank: pass the value or a span");
  static_assert(std::is_pointer_v<T> || Packable<T>,
                "farm cannot send this type: include <farm/boost.hpp> or specialise farm::PackAs for it");
  T value;
  Held(const CallContext&, Unpacker& from) : value(unpack<T>(from)) {}
  T&& pass() { return std::move(value); }
};

template <class T>
struct Held<std::span<T>> {
  static_assert(std::is_const_v<T>, "a span parameter must be one of const elements");
  std::vector<std::remove_const_t<T>> aligned;
  std::span<T> value;
  Held(const CallContext&, Unpacker& from) {
    const auto bytes = unpack_plain_array<std::remove_const_t<T>>(from);
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(T) == 0) {
      value = {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
    } else {
      aligned.resize(bytes.size() / sizeof(T));
      std::memcpy(aligned.data(), bytes.data(), bytes.size());
      value = aligned;
    }
  }
  std::span<T> pass() { return value; }
};

template <class T>
struct Held<Shared<T>> {
  std::shared_ptr<const void> value;
  Held(const CallContext& context, Unpacker& from)
      : value(find_shared(context, unpack<std::uint64_t>(from), [](Unpacker& bytes) {
          return std::shared_ptr<const void>(std::make_shared<const T>(unpack<T>(bytes)));
        })) {}
  const T& pass() { return *static_cast<const T*>(value.get()); }
};

template <class T>
using Pass = decltype(std::declval<Held<T>&>().pass());

/// `Passed` are the types on the wire, in order.
template <auto function, class... Passed>
struct Call {
  static constexpr bool takes_stop_token = std::is_invocable_v<decltype(function), std::stop_token, Pass<Passed>...>;
  static_assert(takes_stop_token || std::is_invocable_v<decltype(function), Pass<Passed>...>,
                "the function cannot be called with these arguments (parameters that are references must be const)");

  static decltype(auto) invoke(const CallContext& context, Held<Passed>&... held) {
    if constexpr (takes_stop_token) {
      return function(context.stop, held.pass()...);
    } else {
      return function(held.pass()...);
    }
  }
  using Result =
      std::remove_cvref_t<decltype(invoke(std::declval<const CallContext&>(), std::declval<Held<Passed>&>()...))>;
  static_assert(!std::is_pointer_v<Result>, "a pointer means nothing on another rank: return the value");
  static_assert(std::is_void_v<Result> || std::is_pointer_v<Result> || Packable<Result>,
                "farm cannot send this type: include <farm/boost.hpp> or specialise farm::PackAs for it");

  struct Arguments {
    std::tuple<Held<Passed>...> held;
    // The unpacker moves on: braces evaluate from left to right.
    Arguments(const CallContext& context, Unpacker& from) : held{Held<Passed>{context, from}...} {}
  };

  static void run(const CallContext& context, Unpacker& from, Packer& to) {
    Arguments arguments(context, from);
    std::apply(
        [&](Held<Passed>&... held) {
          if constexpr (std::is_void_v<Result>) {
            invoke(context, held...);
          } else {
            pack_away(to, invoke(context, held...));
          }
        },
        arguments.held);
  }

  static constexpr std::string_view name() { return __PRETTY_FUNCTION__; }
  static inline const FunctionId id = register_function(name(), &run);
};

}  // namespace detail
}  // namespace farm
