#include "farm/command.hpp"

#include "farm/error.hpp"
#include "farm/pool.hpp"
#include "pool/command_call.hpp"
#include "pool/command_desk.hpp"

namespace farm {

void PackAs<CommandOptions>::pack(Packer& to, const CommandOptions& options) {
  farm::pack(to, options.cwd);
  farm::pack(to, options.env);
  farm::pack(to, options.stdin_file);
  farm::pack(to, options.timeout);
  farm::pack(to, options.most_output);
}

CommandOptions PackAs<CommandOptions>::unpack(Unpacker& from) {
  CommandOptions options;
  options.cwd = farm::unpack<std::string>(from);
  options.env = farm::unpack<decltype(options.env)>(from);
  options.stdin_file = farm::unpack<std::string>(from);
  options.timeout = farm::unpack<std::chrono::nanoseconds>(from);
  options.most_output = farm::unpack<std::uint64_t>(from);
  return options;
}

void PackAs<CommandResult>::pack(Packer& to, const CommandResult& result) {
  farm::pack(to, result.outcome);
  farm::pack(to, result.out);
  farm::pack(to, result.err);
  farm::pack(to, result.is_cut);
}

CommandResult PackAs<CommandResult>::unpack(Unpacker& from) {
  CommandResult result;
  result.outcome = farm::unpack<Outcome>(from);
  result.out = farm::unpack<std::string>(from);
  result.err = farm::unpack<std::string>(from);
  result.is_cut = farm::unpack<bool>(from);
  return result;
}

CommandResult run_command(const detail::CallContext& context, Command command) {
  if (context.commands == nullptr) fail_fatal("commands need a pool that farm::main has made");
  command.task = context.task;
  return context.commands->run(std::move(command), context.stop);
}

namespace {

void shell(const detail::CallContext& context, Unpacker& from, Packer& to) {
  Command command;
  command.line = unpack<std::string>(from);
  command.options = unpack<CommandOptions>(from);
  pack(to, run_command(context, std::move(command)));
}

const FunctionId shell_id = detail::register_function("[function = farm::Pool::shell;]", &shell);

}  // namespace

FunctionId detail::shell_function() { return shell_id; }

}  // namespace farm
