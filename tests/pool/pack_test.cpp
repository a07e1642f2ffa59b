#include "farm/pack.hpp"

#include <gtest/gtest.h>

#include <boost/serialization/map.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <map>

#include "farm/boost.hpp"

namespace farm {
namespace {

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

class Named {
 public:
  Named() = default;
  Named(std::string name, std::map<int, std::vector<double>> rows) : name_(std::move(name)), rows_(std::move(rows)) {}
  friend bool operator==(const Named&, const Named&) = default;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name_& rows_;
  }
  std::string name_;
  std::map<int, std::vector<double>> rows_;
};

template <class T>
T there_and_back(const T& value) {
  const Packed bytes = packed(value);
  Unpacker from(bytes);
  T back = unpack<T>(from);
  EXPECT_TRUE(from.is_empty());
  return back;
}

TEST(Pack, BringsEveryKindOfValueBack) {
  const auto same = [](const auto& value) { EXPECT_EQ(there_and_back(value), value); };
  same(42);
  same(Point{1, 2});
  same(std::string("two\0words", 9));
  same(std::vector<double>{1, 2, 3});
  same(std::vector<bool>{true, false});
  same(std::vector<std::string>{"a", "", "long enough not to fit into the string itself"});
  same(std::array<std::string, 2>{"x", "y"});
  same(std::pair<int, std::string>{1, "one"});
  same(std::tuple<char, std::vector<Point>, std::optional<int>>{'c', {{1, 2}}, std::nullopt});
  same(std::optional<std::string>("some"));
  same(Named("of Boost's kind", {{1, {2, 3}}, {4, {}}}));
  same(std::vector<Named>{{"a", {}}, {"b", {{7, {8}}}}});
  EXPECT_EQ(*there_and_back(std::make_unique<int>(5)), 5);
  EXPECT_EQ(there_and_back(std::unique_ptr<int>()), nullptr);
}

TEST(Pack, LeavesLargeArraysWhereTheyAre) {
  std::vector<double> large(100'000, 1.5);
  const double* const place = large.data();
  Packed bytes;
  Packer to(bytes);
  pack_away(to, std::move(large));
  ASSERT_EQ(bytes.bodies.size(), 1U);
  EXPECT_EQ(static_cast<const void*>(bytes.bodies[0].view().data()), place);
  EXPECT_LT(bytes.head.size(), 16U);
  Unpacker from(bytes);
  EXPECT_EQ(unpack<std::vector<double>>(from), std::vector<double>(100'000, 1.5));
}

TEST(Pack, CanBeJoinedByAppending) {
  Packed all = packed(std::string("first"));
  all.append(packed(std::vector<int>(50'000, 7)));
  all.append(packed(3.5));
  Unpacker from(all);
  EXPECT_EQ(unpack<std::string>(from), "first");
  EXPECT_EQ(unpack<std::vector<int>>(from).size(), 50'000U);
  EXPECT_EQ(unpack<double>(from), 3.5);
}

TEST(Pack, RefusesBytesOfAnotherTypeWithoutAllocatingForThem) {
  const auto refuses = [](auto example) {
    const Packed bytes = packed(std::uint64_t{1} << 60);
    Unpacker from(bytes);
    EXPECT_THROW(unpack<decltype(example)>(from), UnpackError);
  };
  refuses(std::string());
  refuses(std::vector<double>());
  refuses(std::vector<std::string>());
  refuses(Named());
}

}  // namespace
}  // namespace farm
