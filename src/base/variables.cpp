#include "base/variables.hpp"

#include <unistd.h>

namespace farm {

Variables read_variables() {
  Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view assignment(*entry);
    const std::size_t equals = assignment.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return variables;
}

std::optional<std::string_view> find_variable(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace farm
