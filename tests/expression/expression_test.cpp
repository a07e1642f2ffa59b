#include "expression/expression.hpp"

#include <gmock/gmock.h>

namespace farm {
namespace {

using testing::HasSubstr;

std::optional<std::string_view> find_parameter(std::string_view name) {
  if (name == "temperature") return "310";
  if (name == "seed") return "2";
  if (name == "length") return "4";
  if (name == "s") return "text";
  return std::nullopt;
}

const ExpressionContext job{.value = "value", .lookup = find_parameter, .sequence = 3, .total = 12};

ExpressionResult evaluate(std::string_view text) { return Expression::parse(text).evaluate(job); }
bool holds(std::string_view text) { return Expression::parse(text).is_true(job); }
std::string value(std::string_view text) { return Expression::parse(text).value(job); }

TEST(Expression, WorksOnTheValue) {
  EXPECT_EQ(evaluate("$_=sprintf(\"%04d\",seq())").value, "0003");
  EXPECT_EQ(evaluate("s/v/V/; $_ .= '.txt'").value, "Value.txt");
  EXPECT_EQ(evaluate("").value, "value");
}

TEST(Expression, SkipsAndUnquotes) {
  EXPECT_TRUE(evaluate("skip() if seq() > 2").skip);
  EXPECT_FALSE(evaluate("skip() if seq() > 3").skip);
  EXPECT_TRUE(evaluate("$_ .= 'x'").quote);
  EXPECT_FALSE(evaluate("uq(); $_ .= 'x'").quote);
}

TEST(Expression, ConditionsUseNames) {
  EXPECT_TRUE(holds("temperature > 300 and seed == 2"));
  EXPECT_FALSE(holds("temperature > 300 and not seed == 2"));
  EXPECT_TRUE(holds("length > 3")) << "a name of a function, too";
  EXPECT_TRUE(holds("s eq 'text' && seed<5"));
  EXPECT_EQ(value("temperature * seed"), "620");
  EXPECT_EQ(Expression::parse("temperature / 4").number(job), 77.5);
  EXPECT_EQ(value("seed x 3"), "222");
}

TEST(Expression, NamesCanBeAskedFor) {
  const auto names = Expression::parse("a > 1 or b eq \"c\"").names();
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].name, "a");
  EXPECT_EQ(names[1].name, "b");
  EXPECT_EQ(names[1].offset, 9u);
}

TEST(Expression, SaysWhatItNeeds) {
  EXPECT_TRUE(Expression::parse("$_ = slot()").uses_slot());
  EXPECT_FALSE(Expression::parse("$_ = 'slot()'").uses_slot());
  EXPECT_TRUE(Expression::parse("$_ = total_jobs").uses_total());
  EXPECT_THROW(evaluate("$_ = slot()"), ExpressionError);
}

struct Wrong {
  std::string text;
  std::size_t offset;
  std::string message;
};

TEST(Expression, ErrorsSayWhatAndWhere) {
  const std::vector<Wrong> table = {
      {"$_ = system('ls')", 5, "system() is not available here: expressions can only compute"},
      {"print \"x\"", 0, "print() is not available here"},
      {"`ls`", 0, "runs a command"},
      {"qx(ls)", 0, "runs a command"},
      {"$_ = <STDIN>", 5, "reads a file"},
      {"open(F, 'x')", 0, "open() is not available"},
      {"$_ = rand()", 5, "the same input must give the same command"},
      {"$_ = sprintf_('x')", 5, "sprintf() is one"},
      {"for (1) { }", 0, "no loops"},
      {"while ($_) { }", 0, "no loops"},
      {"1; use strict", 3, "use is not available"},
      {"$x = 1", 0, "declare it by: my $x"},
      {"$_ = \"$nope\"", 6, "there is no $nope"},
      {"$_ = \"a@b.c\"", 7, "\\@"},
      {"$_ = $ENV{HOME}", 5, "hashes and references are not available"},
      {"$_ = (1 + ", 10, "a value is missing at the end"},
      {"$_ = (1 + 2", 11, "a ')' is missing"},
      {"$_ = 1 2", 7, "an operator or ; is missing before 2"},
      {"$_ = 'abc", 5, "has no end"},
      {"s/(/x/", 3, "missing closing parenthesis"},
      {"s/a/b/q", 6, "no flag q"},
      {"s//x/", 2, "an empty pattern"},
      {"tr/z-a/x/", 5, "runs backwards"},
      {"1 = 2", 0, "can be changed"},
      {"lc('a') =~ s/a/b/", 0, "can be changed"},
      {"$_ = 1 < 2 < 3", 11, "do not chain"},
      {"$_ & 1", 3, "the operator &"},
      {"$_ = 1 .. 5", 7, "the operator .."},
      {"$_ = substr($_)", 5, "substr takes 2 to 3 values, not 1"},
      {"-e $_", 0, "tests a file"},
      {"$_ = {}", 5, "hashes"},
      {"$_ }", 3, "}"},
      {"$job->{x}", 0, "$job->seq()"},
      {"\x01", 0, "\\x01"},
      {"$_ = POSIX::floor(1)", 5, "modules"},
      {std::string(5000, '('), 0, "nested too deeply"},
      {std::string(5000, '!') + "1", 0, "nested too deeply"},
  };
  for (const Wrong& wrong : table) {
    SCOPED_TRACE(wrong.text.substr(0, 60));
    try {
      Expression::parse(wrong.text);
      ADD_FAILURE() << "no error";
    } catch (const ExpressionError& error) {
      EXPECT_THAT(error.what(), HasSubstr(wrong.message));
      if (wrong.text.size() < 100) {
        EXPECT_EQ(error.offset(), wrong.offset);
      }
    }
  }
}

TEST(Expression, SomeValuesDoNotExist) {
  const std::vector<Wrong> table = {
      {"$_ = 1 / 0", 7, "division by zero"},
      {"$_ = 1 % 0", 7, "division by zero"},
      {"$_ = sqrt(-1)", 5, "square root"},
      {"$_ = log(0)", 5, "logarithm"},
      {"$_ = volume + 1", 5, "no column or parameter volume"},
  };
  for (const Wrong& wrong : table) {
    SCOPED_TRACE(wrong.text);
    const Expression expression = Expression::parse(wrong.text);
    try {
      expression.evaluate(job);
      ADD_FAILURE() << "no error";
    } catch (const ExpressionError& error) {
      EXPECT_THAT(error.what(), HasSubstr(wrong.message));
      EXPECT_EQ(error.offset(), wrong.offset);
    }
  }
}

TEST(Expression, WhatItMakesIsBounded) {
  for (const char* text : {"$_ = 'x' x 1e9", "$_ = 'x' x 1000000; $_ .= $_", "$_ = sprintf('%*d', 1e9, 1)",
                           "$_ = sprintf('%.999999999f', 1)", "$_ = 'a' x 1e6; s/a/$_/g", "my @a = (1) x 1e9",
                           "$_ = 'a' x 60; $_ .= 'b'; /^(a+)+$/", "$_ = 1 . 'x' x 18446744073709551615"}) {
    EXPECT_THROW(evaluate(text), ExpressionError) << text;
  }
}

TEST(Expression, WhatItDoesIsBounded) {
  const std::string large = "$_ = 'b' x 1e6; ";
  for (const char* text : {
           "s/b/ord/ge",                             // copies of the value
           "my $v = $_; s/b/ord $v/ge",              // of a variable
           "my $v = $_; s/b/$v ||= 1; 2/ge",         // by an assignment that is none
           "my $v = $_; s/b/ord $v++/ge",            // by an increment
           "my $v = $_; s/b/chop $v; 2/ge",          // by what is cut off
           "my @a = ($_) x 9; s/b/(@a)[1] eq 2/ge",  // of a list
           "s/b/$_ =~ s,b,c,r; 2/ge",                // searches in searches
           "s/b(?=.*c)|b/2/g",                       // looking ahead each time
           "s/b(?=[^c]*+)/2/g",                      // in one step
           "/b[^cd]*[cd]/",                          // from every place
           "$_ = 'aaaaaaaaaaaaaaaaaaab' x 9999; /(a+)+$/",
           "my @a = split /b(?=.*c)|b/, $_",
           "my @a = /b(?=.*c)|b/g",
           "s/b/'c' =~ m!(c|d){500}$arg[1]!/ge",  // patterns made each time
           "$_ = sprintf('%1$.0s' x 1e5, $_)",    // one argument many times
           "$_ = index($_, ('b' x 5e5) . 'c')",
           "$_ = rindex($_, 'c' . 'b' x 5e5)",
       }) {
    try {
      evaluate(large + text);
      FAIL() << text;
    } catch (const ExpressionError& error) {
      EXPECT_THAT(error.what(), HasSubstr("does too much for one value")) << text;
    }
  }
}

TEST(Expression, ALargeValueIsNotTooMuch) {
  const std::string large = "$_ = 'ab,' x 3e4; ";
  EXPECT_EQ(evaluate(large + "s/b/c/g; s/(\\w)c/$1/g; tr/a/b/; $_ = length($_)").value, "60000");
  EXPECT_EQ(evaluate(large + "my @a = split /,/; s/.*,//; $_ = @a").value, "30000");
  EXPECT_EQ(evaluate(large + "s/(.)/sprintf '%02x', ord $1/ge; $_ = length($_)").value, "180000");
  EXPECT_EQ(evaluate(large + "/^(.*?)x|(.*),$/; $_ = length($2)").value, "89999");
}

}  // namespace
}  // namespace farm
