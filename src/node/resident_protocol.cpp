#include "node/resident_protocol.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace farm {
namespace {

using Json = nlohmann::json;

ResidentAnswer no_answer(std::string_view line, std::string_view why) {
  return {.problem = fmt::format("the resident program answered {}, which {}", shell_quote(printable(line, 80)), why)};
}

// A member that need not be there; nullopt where it is something else.
template <class Value>
std::optional<Value> member(const Json& object, const char* name, bool (Json::*is_kind)() const noexcept) {
  const auto found = object.find(name);
  if (found == object.end()) return Value{};
  if (!((*found).*is_kind)()) return std::nullopt;
  return found->get<Value>();
}

ResidentAnswer read_object(std::string_view line, std::uint64_t task) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return no_answer(line, "is no JSON object");
  if (object.contains("ready")) return {.is_ready = true};
  if (object.contains("task") && object["task"] != task) {
    return no_answer(line, fmt::format("is not about task {}", task));
  }
  const auto status = member<int>(object, "status", &Json::is_number_integer);
  auto out = member<std::string>(object, "out", &Json::is_string);
  auto err = member<std::string>(object, "err", &Json::is_string);
  constexpr int most = 255;
  if (!status || *status < 0 || *status > most) return no_answer(line, "has a status that is none: 0 to 255");
  if (!out || !err) return no_answer(line, "has texts (out, err) that are none");
  if (object.contains("result")) out = object["result"].dump() + "\n";
  return {.status = *status, .out = std::move(*out), .err = std::move(*err)};
}

}  // namespace

ResidentLine ask_resident(ResidentProtocol protocol, const LaunchRequest& request) {
  if (protocol == ResidentProtocol::lines) {
    if (request.command.find('\n') == std::string::npos) return {.line = request.command + "\n"};
    return {.problem = "a task with a line break cannot be a line: see --resident-protocol json"};
  }
  Json object{{"task", value(request.task) + 1},
              {"attempt", value(request.attempt) + 1},
              {"slot", request.slot},
              {"command", request.command}};
  if (!request.argv.empty()) object["args"] = request.argv;
  try {
    return {.line = object.dump() + "\n"};
  } catch (const Json::type_error&) {
    return {.problem = "a task that is not UTF-8 cannot be JSON"};
  }
}

ResidentAnswer read_resident(ResidentProtocol protocol, std::string_view line, std::uint64_t task) {
  if (protocol == ResidentProtocol::json) return read_object(line, task);
  if (line == "ready") return {.is_ready = true};
  return {.out = std::string(line) + "\n"};
}

}  // namespace farm
