// Files and tables of results, from output as a run directory keeps it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "farm/error.hpp"
#include "store/result_files.hpp"
#include "store/result_table.hpp"
#include "store/segment_writer.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class ResultsTest : public testing::Test {
 protected:
  void prints(std::string_view out, std::string_view err) {
    out_ = segment_.append({TaskId{6}, Attempt{}, Stream::out}, {}, out);
    err_ = segment_.append({TaskId{6}, Attempt{}, Stream::err}, {}, err);
    ASSERT_TRUE(segment_.flush());
  }
  OutputReader open(Stream stream) {
    return OutputReader(run_, {TaskId{6}, Attempt{}, stream}, stream == Stream::out ? out_ : err_);
  }
  void write_files(const std::string& target) {
    ResultFiles files(result_names(dir_ / target), 7, [this](Stream stream) { return open(stream); });
    while (files.advance()) {
    }
  }
  std::string row(TableForm form, std::vector<std::string> values, std::string command = "echo") {
    JobEntry entry{.seq = 7, .host = ":", .started = 1'700'000'000s, .runtime = 12ms, .received_bytes = out_.bytes};
    entry.command = std::move(command);
    TableRow row(form, std::move(entry), std::move(values), [this](Stream stream) { return open(stream); });
    std::string all;
    std::string piece;
    while (row.next(piece)) all += piece;
    return all;
  }
  std::string text(const std::string& name) const {
    std::ifstream file(dir_ / name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  std::size_t names_in(const std::string& name) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_ / name), fs::directory_iterator()));
  }

  TempDir dir_;
  RunDir run_ = RunDir::open(dir_ / "run", SystemClock());
  SegmentWriter segment_{run_.create_segment()};
  OutputRef out_;
  OutputRef err_;
};

TEST_F(ResultsTest, ADirectoryOrThreeFiles) {
  prints("out\n", "err");
  write_files("res/1/a/");
  EXPECT_EQ(text("res/1/a/stdout"), "out\n");
  EXPECT_EQ(text("res/1/a/stderr"), "err");
  EXPECT_EQ(text("res/1/a/seq"), "7");
  EXPECT_EQ(names_in("res/1/a"), 3U) << "nothing temporary is left";
  write_files("res/b");
  EXPECT_EQ(text("res/b"), "out\n");
  EXPECT_EQ(text("res/b.err"), "err");
  EXPECT_EQ(text("res/b.seq"), "7");
}

TEST_F(ResultsTest, WhatWasThereIsReplacedOnlyByWhatIsWhole) {
  prints(std::string(3 * max_frame_bytes, 'x'), "");
  dir_.write("file", "before");
  {
    ResultFiles files(result_names(dir_ / "file"), 7, [this](Stream stream) { return open(stream); });
    EXPECT_EQ(files.advance(), max_frame_bytes);
    EXPECT_EQ(text("file"), "before");
  }
  EXPECT_EQ(names_in(""), 2U) << "the run and the file: what was begun is gone";
  write_files("file");
  EXPECT_EQ(text("file").size(), 3 * max_frame_bytes);
}

TEST_F(ResultsTest, APlaceThatCannotBeIsSaid) {
  prints("x", "");
  dir_.write("file", "");
  EXPECT_THROW(write_files("file/below/"), Error);
}

TEST_F(ResultsTest, NamesAreCut) {
  const std::string longer(300, 'x');
  EXPECT_EQ(result_names("d/" + longer + "/").out, "d/" + longer.substr(0, 255) + "/stdout");
  EXPECT_EQ(result_names("d/" + longer).err, "d/" + longer.substr(0, 251) + ".err");
  EXPECT_EQ(result_names("/a//b/").seq, "/a//b/seq");
  EXPECT_EQ(result_names("pattern").out, "pattern");
}

TEST_F(ResultsTest, ATableNamesItsColumns) {
  EXPECT_EQ(table_heading(TableForm::csv, {}, 2),
            "Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,V1,V2,Stdout,Stderr\n");
  EXPECT_EQ(table_heading(TableForm::tsv, {"a b"}, 1),
            "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\t\"a b\"\tStdout\tStderr\n");
  EXPECT_EQ(table_heading(TableForm::json, {}, 2), "");
  EXPECT_EQ(table_form("-.csv"), TableForm::csv);
  EXPECT_EQ(table_form("out/dir"), std::nullopt);
}

TEST_F(ResultsTest, FieldsAreQuotedWhereTheyMustBe) {
  prints("plain", "a \"quoted\" word\n");
  EXPECT_EQ(row(TableForm::csv, {"a,b", "", "c"}, "echo 'x'"),
            "7,:,1700000000.000,0.012,0,5,0,0,\"echo 'x'\",\"a,b\",,c,plain,\"a \"\"quoted\"\" word\n\"\n");
  EXPECT_EQ(row(TableForm::tsv, {"a,b"}),
            "7\t:\t1700000000.000\t0.012\t0\t5\t0\t0\techo\ta,b\tplain\t\"a \"\"quoted\"\" word\n\"\n");
}

TEST_F(ResultsTest, SpreadsheetsGetNoFormulas) {
  prints("=1+2", "-1+cmd|' /C calc'!A0\n");
  EXPECT_EQ(row(TableForm::csv, {"@SUM(A1)", "+x", "\t=1", "a=b"}, "=cmd,\"x\""),
            "7,:,1700000000.000,0.012,0,4,0,0,\"'=cmd,\"\"x\"\"\",'@SUM(A1),'+x,\"'\t=1\",a=b,'=1+2,"
            "\"'-1+cmd|' /C calc'!A0\n\"\n");
  EXPECT_EQ(row(TableForm::tsv, {"\r-x"}).substr(0, 46), "7\t:\t1700000000.000\t0.012\t0\t4\t0\t0\techo\t\"'\r-x\"\t'");
  EXPECT_NE(row(TableForm::json, {"=1"}, "=2").find(R"("Command": "=2", "V": [ "=1" ], "Stdout": "=1+2")"),
            std::string::npos);
  EXPECT_NE(table_heading(TableForm::csv, {"=1+2"}, 1).find(",'=1+2,"), std::string::npos);
}

TEST_F(ResultsTest, NumbersAreNoFormulas) {
  prints("-1.5e-3\r\n", "+7 ");
  const std::string line =
      row(TableForm::csv, {"-5", "+.5", "-", "--5", "-5-5", "-inf", "-1 2", "-nan(x)", "-" + std::string(70, '1')});
  EXPECT_NE(line.find(",echo,-5,+.5,'-,'--5,'-5-5,-inf,\"-1 2\",'-nan(x),'-111"), std::string::npos) << line;
  EXPECT_NE(line.find(",\"-1.5e-3\r\n\",\"+7 \"\n"), std::string::npos) << line;
}

TEST_F(ResultsTest, ANumberWithMuchBehindItIsNone) {
  prints("-5" + std::string(2 * max_frame_bytes, ' ') + "+cmd", "");
  EXPECT_NE(row(TableForm::csv, {}).find(",\"'-5  "), std::string::npos);
}

TEST_F(ResultsTest, JsonHasOneObjectALineAlsoWhereACharacterSpansTwoPieces) {
  prints(std::string(max_frame_bytes - 1, 'x') + "\xC3\xBC\n", "\xFF");
  const std::string line = row(TableForm::json, {"v"});
  EXPECT_TRUE(
      line.starts_with(R"({ "Seq": 7, "Host": ":", "Starttime": 1700000000.000, "JobRuntime": 0.012, "Send": 0, )"
                       R"("Receive": 1048578, "Exitval": 0, "Signal": 0, "Command": "echo", "V": [ "v" ], )"
                       R"("Stdout": "xxx)"));
  EXPECT_NE(line.find("x\xC3\xBC\\n\", \"Stderr\": \"\xEF\xBF\xBD\" }\n"), std::string::npos);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(ResultsTest, LostOutputLeavesARowThatIsWhole) {
  prints("x y", "");
  JobEntry entry{.seq = 7};
  int opened = 0;
  TableRow row(TableForm::csv, entry, {}, [&](Stream stream) {
    if (++opened == 3) fail_fatal("gone");
    return open(stream);
  });
  std::string all;
  std::string piece;
  const auto read_all = [&] {
    while (row.next(piece)) all += piece;
  };
  EXPECT_THROW(read_all(), Error);
  all += row.end();
  EXPECT_EQ(all, "7,,0.000,0.000,0,0,0,0,,\"x y\",\n");
  EXPECT_FALSE(row.next(piece));
}

}  // namespace
}  // namespace farm
