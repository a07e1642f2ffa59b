#include "sweep/template.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

const Placeholders placeholders({}, {});

std::string render(const std::vector<std::string>& words, const std::vector<std::string_view>& values,
                   Template::Form form = {.is_command = true, .append_values = true}) {
  std::string text;
  Template(words, placeholders, form).render({.values = values, .sequence = 7}, text);
  return text;
}

TEST(Template, QuotesValuesAndNothingElse) {
  EXPECT_EQ(render({"cp", "a b", "{1}.$x", "{2/}"}, {"it is", "d/e f"}), "cp a b 'it is'.$x 'e f'");
}

TEST(Template, AValueThatIsTheProgramIsNotQuoted) { EXPECT_EQ(render({"{}"}, {"echo a"}), "echo a"); }

TEST(Template, AppendsValuesThatHaveNoPlace) {
  EXPECT_EQ(render({"echo"}, {"a", "b c"}), "echo a 'b c'");
  EXPECT_EQ(render({}, {"echo a b"}), "echo a b");
  EXPECT_EQ(render({"echo"}, {"a"}, {}), "echo");
}

TEST(Template, AMissingValueIsNothing) { EXPECT_EQ(render({"a{3}b{-3}c"}, {"x", "y"}), "abc"); }

TEST(Template, RepeatsTheWordAroundAllValues) {
  const Template::Form form{.repeat_words = true, .is_command = true, .append_values = true};
  EXPECT_EQ(render({"x", "-i{}.c", "{1}"}, {"a", "b"}, form), "x -ia.c -ib.c a");
  EXPECT_EQ(render({"x", "-i{}.c"}, {"a", "b"}), "x -ia b.c");
}

TEST(Template, QuotesWholeWordsWhenAsked) {
  EXPECT_EQ(render({"awk", "{print $1}", "{}"}, {"a b"}, {.quote_words = true, .is_command = true}),
            "awk '{print $1}' 'a b'");
}

TEST(Template, SaysWhenATaskIsSkipped) {
  const Template form({"x {= skip() if $_ > 2 =}"}, placeholders, {});
  std::string text;
  const std::vector<std::string_view> small{"1"};
  const std::vector<std::string_view> large{"3"};
  EXPECT_TRUE(form.render({.values = small}, text));
  EXPECT_FALSE(form.render({.values = large}, text));
}

TEST(Template, ATaskIsSkippedForWhatItsValuesAre) {
  ReplacementNames names;
  names.plus = true;
  const Placeholders more(names, {});
  const Template rising({"x {choose_k}"}, more, {});
  const Template different({"x {uniq}"}, more, {});
  std::string text;
  const std::vector<std::string_view> falling{"b", "a"};
  const std::vector<std::string_view> equal{"a", "b", "a"};
  const std::vector<std::string_view> good{"a", "b", "c"};
  EXPECT_FALSE(rising.render({.values = falling}, text));
  EXPECT_TRUE(different.render({.values = falling}, text));
  EXPECT_FALSE(different.render({.values = equal}, text));
  text.clear();
  EXPECT_TRUE(rising.render({.values = good}, text));
  EXPECT_EQ(text, "x a b c");
}

TEST(Template, TheHostIsKnownToTheTasksShell) {
  ReplacementNames names;
  names.plus = true;
  const std::vector<std::string_view> values{"a", "b"};
  std::string text;
  Template({"on {host}: {1}"}, Placeholders(names, {}), {}).render({.values = values}, text);
  EXPECT_EQ(text, "on ${PARALLEL_SSHHOST}: a");
}

TEST(Template, RendersOnlyWhatHasChanged) {
  const Template form({"x {1} {2}"}, placeholders, {});
  Template::Memory memory;
  std::vector<std::string_view> values{"a", "b"};
  form.render_next({.values = values}, memory);
  // That the first value is what it was is taken on trust, so it is not looked at.
  values = {"changed", "c"};
  form.render_next({.values = values, .unchanged = 1}, memory);
  EXPECT_EQ(memory.text, "x a c");
  form.render_next({.values = values}, memory);
  EXPECT_EQ(memory.text, "x changed c");
}

}  // namespace
}  // namespace farm
