// The same expressions on the same values by the real perl, all in one process of it.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include "expression/expression.hpp"
#include "expression_idioms.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

struct Case {
  std::string expression;
  std::string value;
  unsigned sequence;
};

constexpr const char* perl_program = R"perl(
binmode STDIN; binmode STDOUT; $SIG{__WARN__} = sub {};
our ($sequence, $skipped, $unquoted, @arg);
sub seq() { $sequence } sub total_jobs() { 99 } sub skip() { $skipped = 1 } sub uq() { $unquoted = 1 }
sub Q { my $v = shift; return "''" if $v eq ""; return $v if $v !~ /[^-_.+a-zA-Z0-9\/]/;
  join "", map { $_ eq "'" ? q("'") : "'$_'" } $v =~ /[^']+|'/g }
package Job; sub seq { $main::sequence } package main; our $job = bless {}, "Job";
while (my $line = <STDIN>) {
  chomp $line;
  my ($code, $value, $number) = split /,/, $line;
  ($code, $value) = (pack("H*", $code), pack("H*", $value));
  $sequence = $number; ($skipped, $unquoted) = (0, 0);
  @arg = (undef, $value, "b");
  local $_ = $value;
  my $run = eval "no strict; no warnings; sub { $code\n }";
  my $done = $run && eval { $run->(); 1 };
  print $done ? "$skipped$unquoted" . unpack("H*", defined $_ ? $_ : "") : "error", "\n";
}
)perl";

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::vector<std::string> ask_perl(const std::vector<Case>& cases) {
  const TempDir dir;
  std::ofstream(dir / "program") << perl_program;
  {
    std::ofstream in(dir / "cases");
    for (const Case& one : cases)
      in << to_hex(one.expression) << ',' << to_hex(one.value) << ',' << one.sequence << '\n';
  }
  const std::string base = dir.path();
  const std::string command = "perl '" + base + "/program' < '" + base + "/cases' > '" + base + "/answers'";
  if (std::system(command.c_str()) != 0) return {};
  std::ifstream in(dir / "answers");
  std::vector<std::string> answers;
  for (std::string line; std::getline(in, line);) answers.push_back(line);
  return answers;
}

std::string ask_farm(const Case& one) {
  const std::vector<std::string_view> arguments{one.value, "b"};
  const ExpressionContext context{.value = one.value, .arguments = arguments, .sequence = one.sequence, .total = 99};
  try {
    const ExpressionResult result = Expression::parse(one.expression).evaluate(context);
    return std::string(result.skip ? "1" : "0") + (result.quote ? "0" : "1") + to_hex(result.value);
  } catch (const ExpressionError& error) {
    return "error";
  }
}

std::string from_hex(const std::string& answer) {
  std::string out;
  if (answer.find_first_not_of("0123456789abcdef") != answer.npos) return answer;
  for (std::size_t at = 2; at + 1 < answer.size(); at += 2) {
    out += static_cast<char>(std::stoi(answer.substr(at, 2), nullptr, 16));
  }
  return answer == "error" ? "(an error)" : testing::PrintToString(out);
}

void compare(const std::vector<Case>& cases, std::size_t least_without_error) {
  const std::vector<std::string> answers = ask_perl(cases);
  ASSERT_EQ(answers.size(), cases.size());
  int differences = 0;
  std::size_t values = 0;
  for (std::size_t i = 0; i < cases.size() && differences < 40; ++i) {
    const std::string ours = ask_farm(cases[i]);
    if (ours != "error") ++values;
    if (ours == answers[i]) continue;
    ++differences;
    std::string why;
    if (ours == "error") {
      try {
        Expression::parse(cases[i].expression);
      } catch (const ExpressionError& error) {
        why = error.what();
      }
    }
    ADD_FAILURE() << cases[i].expression << "\n  of " << testing::PrintToString(cases[i].value)
                  << "\n  perl: " << from_hex(answers[i]) << "\n  farm: " << from_hex(ours) << ' ' << why;
  }
  EXPECT_GE(values, least_without_error);
}

/// Random expressions over texts and numbers.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string program() {
    std::string text;
    for (std::size_t i = pick(3) + 1; i > 0; --i) text += statement() + "; ";
    return text;
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  std::string choose(std::initializer_list<const char*> list) { return *(list.begin() + pick(list.size())); }

  std::string statement() {
    switch (pick(9)) {
      case 0:
        return "$_ " + choose({"+=", "-=", "*=", ".=", "x=", "||=", "&&=", "%="}) + " " + small();
      case 1:
        return "s/" + pattern() + "/" + choose({"", "-", "<$&>", "\\u$1", "x$1y", "$arg[1]"}) + "/" +
               choose({"", "g", "i", "gi"});
      case 2:
        return "$_ = " + value(2) + choose({" if ", " unless "}) + value(2);
      case 3:
        return "tr/" + choose({"a-z", "0-9", "a-cx", "/."}) + "/" + choose({"A-Z", "x", "", "0-9"}) + "/" +
               choose({"", "d", "s", "cd", "cs"});
      case 4:
        return "my $v = " + value(2) + "; $_ = \"<$v>\" . " + value(1);
      case 5:
        return value(1) + choose({" and ", " or "}) + "$_ = " + value(2);
      case 6:
        return choose({"skip()", "uq()"}) + " if " + value(2);
      default:
        return "$_ = " + value(4);
    }
  }

  std::string pattern() {
    return "(" + choose({"a", "\\d+", "[a-c]+", ".", "\\w*", "x|b", "\\.[^.]*$", "^.", "\\s"}) + ")";
  }
  std::string small() { return choose({"1", "2", "3", "7", "0.5", "'2'", "4"}); }

  std::string leaf() {
    switch (pick(8)) {
      case 0:
        return std::to_string(pick(20));
      case 1:
        return choose({"0.1", "1.5", "2.50", "1e3", "1e15", "123456789", "9007199254740991", "0x10", "-3", "-7.5"});
      case 2:
        return choose({"'abc'", "\"x$_\"", "'12abc'", "''", "'0'", "'0.0'", "\"-$arg[1]-\"", "'a b'"});
      case 3:
        return choose({"seq()", "$arg[1]", "$arg[2]", "total_jobs()"});
      default:
        return "$_";
    }
  }

  std::string value(int depth) {
    if (depth == 0) return leaf();
    const auto sub = [&] { return value(depth - 1); };
    switch (pick(16)) {
      case 0:
      case 1:
      case 2:
        return "(" + sub() + choose({" + ", " - ", " * ", " . ", "/", "%", " ** "}) + sub() + ")";
      case 3:
        return "(" + sub() + choose({" == ", " != ", " < ", " > ", " <= ", " >= ", " <=> "}) + leaf() + ")";
      case 4:
        return "(" + sub() + choose({" eq ", " ne ", " lt ", " gt ", " le ", " ge ", " cmp "}) + sub() + ")";
      case 5:
        return "(" + sub() + " ? " + sub() + " : " + sub() + ")";
      case 6:
        return "(" + sub() + choose({" && ", " || ", " // "}) + sub() + ")";
      case 7:
        return choose({"!", "-", "- ", "+"}) + "(" + sub() + ")";
      case 8:
        return choose({"uc", "lc", "ucfirst", "lcfirst", "length", "int", "abs", "quotemeta", "ord", "hex", "oct"}) +
               "(" + sub() + ")";
      case 9:
        return "substr(" + sub() + "," + choose({"0", "1", "-2", "5", "-9"}) + choose({"", ",1", ",-1", ",3", ",0"}) +
               ")";
      case 10:
        return choose({"index", "rindex"}) + "(" + sub() + "," + choose({"'a'", "''", "'.'", "'ab'"}) +
               choose({"", ",1", ",-1", ",99"}) + ")";
      case 11:
        return "sprintf('%" + choose({"", "0", "-", "+", " ", "#", "05", "-8", "+.3", "12.4", ".0", "2"}) +
               choose({"d", "s", "f", "e", "g", "x", "o", "b", "u", "X", "G", "i"}) + "|'," + sub() + ")";
      case 12:
        return "((" + sub() + ") x " + choose({"2", "0", "3"}) + ")";
      case 13:
        return "($_ " + choose({"=~", "!~"}) + " /" + pattern() + "/)";
      case 14:
        return "join('-'," + sub() + "," + choose({"split(/[,. ]/,$_)", "split(//,$_)", "/\\w/g", "reverse(1,2)"}) +
               ")";
      default:
        return leaf();
    }
  }

  std::mt19937 random_;
};

TEST(ExpressionPerl, IdiomsGiveWhatPerlGives) {
  std::vector<Case> cases;
  for (const std::string& expression : expression_idioms()) {
    for (const std::string& value : expression_values()) {
      cases.push_back({expression, value, static_cast<unsigned>(cases.size() % 3)});
    }
  }
  compare(cases, cases.size() * 9 / 10);
}

TEST(ExpressionPerl, RandomExpressionsGiveWhatPerlGives) {
  std::vector<Case> cases;
  for (unsigned seed = 1; seed <= 8000; ++seed) {
    Generator generator(seed);
    cases.push_back({generator.program(), expression_values()[seed % expression_values().size()], seed});
  }
  compare(cases, cases.size() * 3 / 4);
}

}  // namespace
}  // namespace farm
