#include "expression/number.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace farm {
namespace {

std::string text(const Number& number) {
  std::string out;
  number.append_to(out);
  return out;
}

std::string reread(std::string_view from) { return text(Number::parse(from)); }

TEST(Number, IsReadFromTheStartOfAText) {
  EXPECT_EQ(reread("12abc"), "12");
  EXPECT_EQ(reread(" \n-3.50x"), "-3.5");
  EXPECT_EQ(reread("1e3"), "1000");
  EXPECT_EQ(reread("1e"), "1");
  EXPECT_EQ(reread(".5"), "0.5");
  EXPECT_EQ(reread("5."), "5");
  EXPECT_EQ(reread("0x1f"), "0");
  EXPECT_EQ(reread("."), "0");
  EXPECT_EQ(reread(""), "0");
  EXPECT_EQ(reread("+Infinity"), "Inf");
  EXPECT_EQ(reread("nanu"), "NaN");
  EXPECT_EQ(reread("1e999"), "Inf");
  EXPECT_EQ(reread("-1e-999"), "0");
}

TEST(Number, KeepsIntegersExactIn64Bits) {
  EXPECT_EQ(reread("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(reread("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(reread("18446744073709551616"), "1.84467440737096e+19");
  EXPECT_EQ(text(Number::parse("9223372036854775807") + Number(std::int64_t{1})), "9223372036854775808");
  EXPECT_EQ(text(Number::parse("9223372036854775807") * Number(std::int64_t{2})), "18446744073709551614");
  EXPECT_EQ(text(Number::parse("-9223372036854775808") - Number(std::int64_t{1})), "-9.22337203685478e+18");
  EXPECT_EQ(text(*divide(Number::parse("18446744073709551614"), Number(std::int64_t{2}))), "9223372036854775807");
  EXPECT_EQ(text(Number(1e15)), "1e+15");
  EXPECT_EQ(text(Number(1e15) + Number(std::int64_t{1})), "1000000000000001");
}

TEST(Number, ModuloHasTheSignOfTheRight) {
  const auto modulo_of = [](double left, double right) { return text(*modulo(Number(left), Number(right))); };
  EXPECT_EQ(modulo_of(-7, 3), "2");
  EXPECT_EQ(modulo_of(7, -3), "-2");
  EXPECT_EQ(modulo_of(-7, -3), "-1");
  EXPECT_EQ(modulo_of(7.9, 3), "1");
  EXPECT_EQ(modulo_of(-1e20, 7), "5");
  EXPECT_EQ(modulo(Number(1.0), Number(0.5)), std::nullopt);
}

TEST(Number, PowersAreIntegersWhileTheyFit) {
  const auto power_of = [](double base, double exponent) { return text(power(Number(base), Number(exponent))); };
  EXPECT_EQ(power_of(3, 30), "205891132094649");
  EXPECT_EQ(power_of(-3, 3), "-27");
  EXPECT_EQ(power_of(2, 62), "4.61168601842739e+18");
  EXPECT_EQ(power_of(2, -1), "0.5");
  EXPECT_EQ(power_of(0, 0), "1");
}

TEST(Number, LooksLikeOne) {
  EXPECT_TRUE(looks_like_number(" 1.5e3\n"));
  EXPECT_TRUE(looks_like_number("-inf"));
  EXPECT_FALSE(looks_like_number("1.5x"));
  EXPECT_FALSE(looks_like_number(""));
}

}  // namespace
}  // namespace farm
