#include "manifest/check_tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/open_source.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::HasSubstr;

class CheckTokens : public testing::Test {
 protected:
  std::string complaints(const std::string& file, std::string_view text) {
    const auto source = open_source(dir_.write(file, text), "/launch");
    return error_of(
        [&] {
          Complaints complaints;
          check_tokens(*source, tokens_, complaints);
          complaints.raise_if_any(Error::Kind::usage);
        },
        Error::Kind::usage);
  }
  TempDir dir_;
  std::map<std::string, std::uint32_t> tokens_{{"db", 2}, {"licence", 1}};
};

TEST_F(CheckTokens, SourcesStandAtTheirBeginningAfterwards) {
  for (const char* const text : {"a\nb\n", "#FARM default tokens=db=2\na\n#FARM task tokens=licence=1,db=1\nb\n"}) {
    const auto source = open_source(dir_.write("good.txt", text), "/launch");
    Complaints complaints;
    check_tokens(*source, tokens_, complaints);
    EXPECT_TRUE(complaints.empty());
    EXPECT_EQ(read_all(*source).size(), 2U);
  }
}

TEST_F(CheckTokens, EveryOneIsNamedWithItsPlaceOnce) {
  const std::string said = complaints("bad.txt", "#FARM default tokens=db=3\na\nb\n#FARM task tokens=db=1,key=1\nc\n");
  EXPECT_THAT(said, HasSubstr("bad.txt:1:22: this task needs 3 of the token 'db', and there are 2"));
  EXPECT_THAT(said, HasSubstr("bad.txt:4:24: there is no token 'key'; say how many there are: --token key=N"));
  EXPECT_EQ(said.find("bad.txt:1:22"), said.rfind("bad.txt:1:22"));
}

TEST_F(CheckTokens, InEveryForm) {
  EXPECT_THAT(complaints("bad.toml", "[defaults]\ntokens = { licences = 1 }\n[[task]]\ncommand = \"a\"\n"),
              HasSubstr("bad.toml:2:10: there is no token 'licences'; did you mean 'licence'?"));
  EXPECT_THAT(complaints("bad.jsonl", R"({"command": "a", "tokens": {"db": 9}})"),
              HasSubstr("bad.jsonl:1:28: this task needs 9 of the token 'db'"));
}

}  // namespace
}  // namespace farm
