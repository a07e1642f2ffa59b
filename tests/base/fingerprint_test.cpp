#include "base/fingerprint.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

Fingerprint of_bytes(std::string_view text) {
  Fingerprinter fingerprinter;
  fingerprinter.bytes(text);
  return fingerprinter.value();
}

// Journals outlive the library they were written with: the value of a text must never change.
TEST(Fingerprint, IsTheXxh3OfTheBytes) { EXPECT_EQ(of_bytes("").text(), "99aa06d3014798d86001c324468d497f"); }

TEST(Fingerprint, OfBytesDoesNotDependOnHowTheyArrive) {
  Fingerprinter in_pieces;
  in_pieces.bytes("ab");
  in_pieces.bytes("");
  in_pieces.bytes("c");
  EXPECT_EQ(in_pieces.value(), of_bytes("abc"));
}

TEST(Fingerprint, OfFieldsDependsOnWhereTheyEnd) {
  Fingerprinter left;
  left.field("ab");
  left.field("c");
  Fingerprinter right;
  right.field("a");
  right.field("bc");
  EXPECT_NE(left.value(), right.value());
}

TEST(Fingerprint, ValueMayBeAskedForBeforeTheEnd) {
  Fingerprinter fingerprinter;
  fingerprinter.bytes("a");
  EXPECT_EQ(fingerprinter.value(), of_bytes("a"));
  fingerprinter.bytes("b");
  EXPECT_EQ(fingerprinter.value(), of_bytes("ab"));
}

TEST(Fingerprint, SurvivesBeingMoved) {
  Fingerprinter fingerprinter;
  fingerprinter.bytes("a");
  Fingerprinter moved = std::move(fingerprinter);
  moved.bytes("b");
  EXPECT_EQ(moved.value(), of_bytes("ab"));
}

TEST(Fingerprint, TextIsReadBack) {
  const Fingerprint fingerprint{.high = 0x0123456789ABCDEF, .low = 7};
  EXPECT_EQ(fingerprint.text(), "0123456789abcdef0000000000000007");
  EXPECT_EQ(Fingerprint::parse(fingerprint.text()), fingerprint);
}

TEST(Fingerprint, AnythingElseIsNotOne) {
  EXPECT_FALSE(Fingerprint::parse(""));
  EXPECT_FALSE(Fingerprint::parse("0123456789abcdef000000000000000"));
  EXPECT_FALSE(Fingerprint::parse("0123456789abcdef00000000000000070"));
  EXPECT_FALSE(Fingerprint::parse("0123456789abcdeg0000000000000007"));
  EXPECT_FALSE(Fingerprint::parse("0123456789abcdef000000000000 007"));
  EXPECT_FALSE(Fingerprint::parse("-123456789abcdef0000000000000007"));
}

}  // namespace
}  // namespace farm
