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

ResidentAnswer read_object(std::string_view line, std::uint64_t task) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return no_answer(line, "is no JSON object");
  if (object.contains("ready") && object["ready"] == true) return {.is_ready = true};
  if (object.contains("task") && object["task"] != task) {
    return no_answer(line, fmt::format("is not about task {}", task));
  }
  const Json status = object.value("status", Json(0));
  const Json out = object.value("out", Json(""));
  const Json err = object.value("err", Json(""));
  constexpr int most = 255;
  if (!status.is_number_integer() || status < 0 || status > most) {
    return no_answer(line, "has a status that is none: 0 to 255");
  }
  if (!out.is_string() || !err.is_string()) return no_answer(line, "has texts (out, err) that are none");
  return {.status = status.get<int>(),
          .out = object.contains("result") ? object["result"].dump() + "\n" : out.get<std::string>(),
          .err = err.get<std::string>()};
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
