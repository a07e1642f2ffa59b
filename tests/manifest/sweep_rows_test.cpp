#include "manifest/sweep_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "farm/error.hpp"
#include "manifest/record_group.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;

SweepInput words(std::vector<std::string> values, bool linked = false) {
  SweepInput input;
  input.words = std::move(values);
  input.linked = linked;
  return input;
}

Sweep sweep_of(std::vector<SweepInput> inputs) {
  Sweep sweep;
  sweep.inputs = std::move(inputs);
  return sweep;
}

std::string joined(const std::vector<std::string_view>& values) {
  std::string line;
  for (const std::string_view value : values) line.append(line.empty() ? "" : " ").append(value);
  return line;
}

std::vector<std::string> all_rows(const Sweep& sweep) {
  SweepRows rows(sweep, false);
  std::vector<std::string> lines;
  std::vector<std::string_view> values;
  while (rows.next(values) == SweepRows::Next::row) lines.push_back(joined(values));
  return lines;
}

TEST(SweepRows, TheLastSourceIsTheFastest) {
  EXPECT_THAT(all_rows(sweep_of({words({"a", "b"}), words({"1", "2"})})), ElementsAre("a 1", "a 2", "b 1", "b 2"));
}

TEST(SweepRows, SourcesInStepEndWithTheShortest) {
  EXPECT_THAT(all_rows(sweep_of({words({"a", "b", "c"}), words({"1", "2"}, true), words({"x"})})),
              ElementsAre("a 1 x", "b 2 x"));
}

TEST(SweepRows, LinkedSourcesBeginAgain) {
  Sweep sweep = sweep_of({words({"a", "b", "c"}), words({"1", "2"})});
  sweep.link = true;
  EXPECT_THAT(all_rows(sweep), ElementsAre("a 1", "b 2", "c 1"));
}

TEST(SweepRows, SayWhatIsUnchangedAndHowManyThereAre) {
  const Sweep sweep = sweep_of({words({"a", "b"}), words({"1", "2"})});
  SweepRows rows(sweep, true);
  EXPECT_EQ(rows.total(), 4U);
  std::vector<std::string_view> values;
  rows.next(values);
  EXPECT_EQ(rows.unchanged(), 0U);
  rows.next(values);
  EXPECT_EQ(rows.unchanged(), 1U);
  rows.next(values);
  EXPECT_EQ(rows.unchanged(), 0U);
}

TEST(SweepRows, AllUnreadableSourcesAreNamed) {
  const TempDir dir;
  SweepInput first;
  first.kind = SweepInput::Kind::file;
  first.path = dir / "one";
  SweepInput second = first;
  second.path = dir / "two";
  const Sweep sweep = sweep_of({first, second});
  try {
    SweepRows rows(sweep, false);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(first.path), testing::HasSubstr(second.path)));
  }
}

std::vector<std::string> all_groups(const SweepGrouping& rules, std::vector<std::string> values) {
  const Sweep sweep = sweep_of({words(std::move(values))});
  SweepRows rows(sweep, false);
  RecordGroup groups(rules);
  std::vector<std::string> lines;
  std::vector<std::string_view> group;
  const auto measure = [](std::span<const std::string_view> values_of_line) {
    std::size_t bytes = 4;
    for (const std::string_view value : values_of_line) bytes += 1 + value.size();
    return bytes;
  };
  while (groups.next(rows, measure, group) == SweepRows::Next::row) lines.push_back(joined(group));
  return lines;
}

TEST(RecordGroup, HoldsSoManyAndTheLastTheRest) {
  EXPECT_THAT(all_groups({.most = 2}, {"a", "b", "c"}), ElementsAre("a b", "c"));
}

TEST(RecordGroup, FillsALine) {
  const SweepGrouping rules{.most = UINT64_MAX, .fill = true, .most_bytes = 8};
  EXPECT_THAT(all_groups(rules, {"a", "b", "c", "d", "e"}), ElementsAre("a b", "c d", "e"));
}

TEST(RecordGroup, SpreadsWhatIsLeftOverTheSlots) {
  const SweepGrouping rules{.most = UINT64_MAX, .fill = true, .spread = true, .most_bytes = 1000, .slots = 2};
  EXPECT_THAT(all_groups(rules, {"a", "b", "c", "d", "e"}), ElementsAre("a b c", "d e"));
}

}  // namespace
}  // namespace farm
