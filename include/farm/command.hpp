/// Commands as calls: what Pool::shell takes and gives.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "farm/outcome.hpp"
#include "farm/pack.hpp"

namespace farm {

struct CommandOptions {
  /// Where it runs; a relative one begins in the directory the program was started in, which an empty one is.
  std::string cwd;
  std::vector<std::pair<std::string, std::string>> env;  ///< on top of what the program itself was started with
  std::string stdin_file;                                ///< a relative one begins in `cwd`; empty: /dev/null
  std::chrono::nanoseconds timeout{0};                   ///< ended after that time; 0: never
  /// Bytes of each of its streams that are kept; what it prints beyond is read and thrown away.
  std::uint64_t most_output = std::uint64_t{16} << 20;
};

/// How a command ended. One that failed is a result like any other: see succeeded(outcome) and exit_status(outcome).
struct CommandResult {
  Outcome outcome;
  std::string out;      ///< what it printed
  std::string err;      ///< and to its standard error
  bool is_cut = false;  ///< more than CommandOptions::most_output of one of them
};

/// A file that all ranks see, as what Pool::make gives: it is there, and whole.
struct File {
  std::string path;  ///< absolute
};

template <>
struct PackAs<File> {
  static void pack(Packer& to, const File& file) { farm::pack(to, file.path); }
  static File unpack(Unpacker& from) { return {farm::unpack<std::string>(from)}; }
};

template <>
struct PackAs<CommandOptions> {
  static void pack(Packer& to, const CommandOptions& options);
  static CommandOptions unpack(Unpacker& from);
};

template <>
struct PackAs<CommandResult> {
  static void pack(Packer& to, const CommandResult& result);
  static CommandResult unpack(Unpacker& from);
};

}  // namespace farm
