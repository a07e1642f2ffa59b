#include "shepherd/fed_command.hpp"

#include <string_view>

namespace farm {
namespace {

// $1 is the shell, $2 the command. The name goes even when the task is told to end; TERM reaches the command, too,
// which is waited for.
constexpr std::string_view begin = R"(directory=$(mktemp -d "${TMPDIR:-/tmp}/farmXXXXXXXX") || exit 255
PARALLEL_TMP=$directory/data
export PARALLEL_TMP
trap 'rm -rf "$directory"' EXIT
trap 'exit 143' TERM INT HUP
)";

constexpr std::string_view from_file = R"(cat > "$PARALLEL_TMP" || exit 255
"$1" -c "$2" < /dev/null)";

// A command that never opens the FIFO would leave its writer waiting.
constexpr std::string_view from_fifo = R"(mkfifo "$PARALLEL_TMP" || exit 255
exec 3<&0
cat <&3 > "$PARALLEL_TMP" 2> /dev/null 3<&- &
"$1" -c "$2" < /dev/null 3<&-
status=$?
kill $! 2> /dev/null
exit $status)";

std::optional<std::string_view> script_for(const LaunchRequest& request) {
  for (const auto& [name, value] : request.env) {
    if (name != "PARALLEL_TMP") continue;
    if (value == "file") return from_file;
    if (value == "fifo") return from_fifo;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> fed_command(const LaunchRequest& request, const std::string& shell) {
  const auto script = script_for(request);
  if (!script) return std::nullopt;
  return std::vector<std::string>{"/bin/sh", "-c",  std::string(begin) + std::string(*script),
                                  "farm",    shell, request.command};
}

}  // namespace farm
