#include "ui/simulate_line.hpp"

#include <gtest/gtest.h>

#include "ui/usage_error.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

SimulateOptions with_durations(const std::string& text) {
  return parse_simulate_line({"jobs.txt", "--ranks", "4", "--durations", text}).options;
}

std::string complaint(const Arguments& arguments) {
  try {
    parse_simulate_line(arguments);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(SimulateLine, RanksAndPlaces) {
  const SimulateCommand command = parse_simulate_line({"jobs.farm", "--ranks", "16,64,256", "--ranks-per-node", "8",
                                                       "-j", "4", "--latency", "5ms", "--token", "db=2", "--json"});
  EXPECT_EQ(command.options.what, "jobs.farm");
  EXPECT_EQ(command.options.ranks, (std::vector<std::uint32_t>{16, 64, 256}));
  EXPECT_EQ(command.options.ranks_per_node, 8U);
  EXPECT_EQ(command.options.slots.number, 4);
  EXPECT_EQ(command.options.latency, 5ms);
  EXPECT_EQ(command.options.tokens.at("db"), 2U);
  EXPECT_TRUE(command.json);
}

TEST(SimulateLine, Distributions) {
  EXPECT_EQ(with_durations("const:100ms").durations->mean, 100ms);
  EXPECT_EQ(with_durations("exp:1s").durations->kind, DurationRule::Kind::exponential);
  EXPECT_EQ(with_durations("uniform:1s..3s").durations->longest, 3s);
  EXPECT_EQ(with_durations("lognormal:10s,0.5").durations->sigma, 0.5);
  const SimulateOptions file = with_durations("times.txt");
  EXPECT_FALSE(file.durations);
  EXPECT_EQ(file.durations_file, "times.txt");
}

TEST(SimulateLine, RefusesWithAWayOut) {
  for (const char* text : {"exp:", "exp:x", "exp:0", "lognormal:0,1", "const:-1s", "uniform:3s..1s", "uniform:1s",
                           "lognormal:1s", "lognormal:1s,-1", "lognormal:1s,nan", "lognormal:"}) {
    EXPECT_NE(complaint({"jobs.txt", "--ranks", "4", "--durations", text}).find(", as in "), std::string::npos) << text;
  }
  EXPECT_NE(complaint({"jobs.txt", "--ranks", "4", "--durations", "expo:1s"}).find("did you mean exp?"),
            std::string::npos);
  for (const char* ranks : {"0", "4,", "", "-1", "x", "99999999"}) {
    EXPECT_NE(complaint({"jobs.txt", "--ranks", ranks}).find("--ranks 16,64,256"), std::string::npos) << ranks;
  }
  EXPECT_NE(complaint({"jobs.txt"}).find("--ranks"), std::string::npos);
  EXPECT_NE(complaint({"--ranks", "4"}).find("farm simulate jobs.txt"), std::string::npos);
}

}  // namespace
}  // namespace farm
