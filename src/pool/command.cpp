#include "farm/command.hpp"

#include <filesystem>
#include <regex>
#include <stdexcept>
#include <system_error>

#include "base/quote.hpp"
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
  command.attempt = context.attempt;
  return context.commands->run(std::move(command), context.stop);
}

namespace {

// {1}, {2}, ... and {} in a command line. Braces around anything else stay as they are.
std::string with_names(const std::string& line, const std::vector<File>& inputs) {
  std::string all;
  for (const File& input : inputs) all += (all.empty() ? "" : " ") + quote_value(input.path);
  static const std::regex place(R"(\{(\d*)\})");
  std::string filled;
  auto rest = line.cbegin();
  for (std::sregex_iterator found(line.begin(), line.end(), place), end; found != end; ++found) {
    filled.append(rest, (*found)[0].first);
    rest = (*found)[0].second;
    const std::string number = (*found)[1];
    const std::size_t index = number.empty() ? 0 : std::stoull(number.substr(0, 9));
    if (!number.empty() && (index < 1 || index > inputs.size())) {
      throw std::runtime_error("there is no input {" + number + "} for: " + line);
    }
    filled += number.empty() ? all : quote_value(inputs[index - 1].path);
  }
  return filled.append(rest, line.cend());
}

void shell(const detail::CallContext& context, Unpacker& from, Packer& to) {
  Command command;
  command.line = unpack<std::string>(from);
  command.options = unpack<CommandOptions>(from);
  pack(to, run_command(context, std::move(command)));
}

const FunctionId shell_id = detail::register_function("[function = farm::Pool::shell;]", &shell);

// Throws what the future is to fail with.
[[noreturn]] void fail_to_make(const std::string& path, const CommandResult& result) {
  const Outcome& outcome = result.outcome;
  std::string how = std::string(cause_name(outcome.cause)) + " " + std::to_string(outcome.code);
  if (outcome.cause == Cause::exited) how = "exit status " + std::to_string(outcome.code);
  throw std::runtime_error(path + " was not made: " + how + (result.err.empty() ? "" : ": " + result.err));
}

void make(const detail::CallContext& context, Unpacker& from, Packer& to) {
  File made = unpack<File>(from);
  const auto line = unpack<std::string>(from);
  const auto inputs = unpack<std::vector<File>>(from);
  Command command;
  command.line = with_names(line, inputs);
  command.stdout_file = made.path;
  const CommandResult result = run_command(context, std::move(command));
  if (!succeeded(result.outcome)) fail_to_make(made.path, result);
  pack(to, made);
}

const FunctionId make_id = detail::register_function("[function = farm::Pool::make;]", &make);

}  // namespace

FunctionId detail::shell_function() { return shell_id; }
FunctionId detail::make_function() { return make_id; }

Future<File> Pool::file(const std::string& path) const {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    fail_usage("there is no file " + path + (error ? ": " + error.message() : ""));
  }
  Future<File> future(new_state());
  future.state()->settle(packed(File{std::filesystem::absolute(path).string()}));
  return future;
}

Future<File> Pool::make(const std::string& path, const std::string& line,
                        const std::vector<Future<File>>& inputs) const {
  detail::CallRequest request;
  request.state = new_state();
  request.function = detail::make_function();
  Packer packer(request.arguments.packed);
  pack(packer, File{std::filesystem::absolute(path).string()});
  pack(packer, line);
  pack(packer, std::uint64_t{inputs.size()});
  for (const Future<File>& input : inputs) detail::add_argument(request.arguments, input);
  Future<File> future(request.state);
  post(std::move(request));
  return future;
}

}  // namespace farm
