#include "wire/message.hpp"

#include "wire/codec.hpp"

namespace farm {
namespace {

bool has_extra(const TaskSpec& spec) {
  const bool has_lists = !spec.argv.empty() || !spec.env.empty() || !spec.files.empty() || !spec.stdin_parts.empty() ||
                         !spec.outputs.empty();
  const bool has_texts = !spec.cwd.empty() || !spec.stdin_file.empty() || !spec.stdout_file.empty() ||
                         !spec.stderr_file.empty() || !spec.resident.empty();
  return has_lists || has_texts || spec.inherits_stdin;
}

}  // namespace

void append_task(Dispatch& batch, TaskId task, Attempt attempt, const TaskSpec& spec, std::chrono::nanoseconds timeout,
                 const Grant& grant, bool by_mtime) {
  std::string extra;
  if (has_extra(spec) || !grant.is_plain()) {
    extra = encode(TaskExtra{spec.argv, spec.cwd, spec.env, spec.files, spec.stdin_parts, spec.inherits_stdin,
                             spec.stdin_file, spec.stdout_file, spec.stderr_file, spec.resident,
                             by_mtime ? spec.inputs : std::vector<std::string>(), spec.outputs, by_mtime, grant});
  }
  batch.heads.push_back({.task = value(task),
                         .attempt = value(attempt),
                         .command_bytes = static_cast<std::uint32_t>(spec.command.size()),
                         .extra_bytes = static_cast<std::uint32_t>(extra.size()),
                         .unused = 0,
                         .timeout_ns = timeout.count()});
  batch.text += spec.command;
  batch.text += extra;
}

std::optional<UnpackedTask> unpack_task(const TaskHead& head, std::string_view text, std::size_t& at) {
  if (text.size() - at < std::size_t{head.command_bytes} + head.extra_bytes) return std::nullopt;
  UnpackedTask task{.command = std::string(text.substr(at, head.command_bytes)), .extra = {}};
  at += head.command_bytes;
  if (head.extra_bytes > 0) {
    auto extra = decode_extra(text.substr(at, head.extra_bytes));
    if (!extra) return std::nullopt;
    task.extra = std::move(*extra);
    at += head.extra_bytes;
  }
  return task;
}

}  // namespace farm
