// Any bytes without a NUL are either a template or an Error; what it renders is the same each time, and the same when
// only what has changed is rendered anew. The first byte says how.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "expression/expression.hpp"
#include "expression/late.hpp"
#include "farm/error.hpp"
#include "sweep/template.hpp"

namespace {

using Values = std::vector<std::string_view>;

farm::SweepJob job_of(const Values& values, std::size_t unchanged) {
  return {.values = values, .unchanged = unchanged, .sequence = 7, .total = 12};
}

// nullopt when an expression has no value.
std::optional<std::string> render(const farm::Template& form, const Values& values) {
  try {
    std::string text;
    form.render(job_of(values, 0), text);
    return text;
  } catch (const farm::Error& error) {
    FARM_CHECK(error.kind() == farm::Error::Kind::fatal);
    return std::nullopt;
  }
}

void check(const farm::Template& form) {
  const Values first{"dir/a b.txt", "12"};
  const Values second{"dir/a b.txt", "it's"};
  const auto begun = render(form, first);
  const auto expected = render(form, second);
  if (!begun || !expected) return;
  FARM_CHECK(render(form, first) == begun);
  farm::Template::Memory memory;
  form.render_next(job_of(first, 0), memory);
  FARM_CHECK(memory.text == *begun);
  form.render_next(job_of(second, 1), memory);
  FARM_CHECK(memory.text == *expected);
  try {
    FARM_CHECK(!farm::has_late(farm::fill_late(*expected, 3)));
  } catch (const farm::ExpressionError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all(reinterpret_cast<const char*>(data), size);
  if (all.empty() || farm::has_late(all.substr(1))) return 0;
  const auto flags = static_cast<unsigned char>(all.front());
  farm::ReplacementNames names;
  names.plus = (flags & 1U) != 0;
  try {
    const farm::Placeholders placeholders(names, {"x", "name"});
    check(farm::Template({all.substr(1)}, placeholders,
                         {.quote_values = (flags & 2U) == 0,
                          .quote_words = (flags & 4U) != 0,
                          .repeat_words = (flags & 8U) != 0,
                          .is_command = (flags & 16U) != 0,
                          .append_values = (flags & 32U) != 0}));
  } catch (const farm::Error& error) {
    FARM_CHECK(error.kind() == farm::Error::Kind::usage);
  }
  return 0;
}
