#include "shepherd/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(Environment, knows_the_launchers_variables) {
  for (const char* const name : {"PMIX_RANK",
                                 "PMI_FD",
                                 "PRTE_LAUNCHED",
                                 "ORTE_SCHIZO_DETECTION",
                                 "OPAL_PREFIX",
                                 "OMPI_COMM_WORLD_RANK",
                                 "OMPI_UNIVERSE_SIZE",
                                 "OMPI_APP_CTX_NUM_PROCS",
                                 "OMPI_FIRST_RANKS",
                                 "OMPI_NUM_APP_CTX",
                                 "OMPI_COMMAND",
                                 "OMPI_ARGV",
                                 "OMPI_FILE_LOCATION",
                                 "OMPI_MCA_orte_hnp_uri",
                                 "OMPI_MCA_ess",
                                 "OMPI_MCA_ess_base_jobid",
                                 "OMPI_MCA_pmix",
                                 "OMPI_MCA_initial_wdir",
                                 "OMPI_MCA_rmaps_base_oversubscribe",
                                 "OMPI_MCA_shmem_RUNTIME_QUERY_hint",
                                 "OMPI_MCA_mpi_oversubscribe"}) {
    EXPECT_TRUE(is_launcher_variable(name)) << name;
  }
}

TEST(Environment, leaves_the_users_variables) {
  for (const char* const name : {"OMPI_CXX", "OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_pml",
                                 "OMPI_MCA_btl", "PATH", "SLURM_JOB_ID", "PMIXER", "MY_PMIX_RANK"}) {
    EXPECT_FALSE(is_launcher_variable(name)) << name;
  }
}

TEST(Environment, replaces_an_outer_farms_values) {
  const std::vector<std::string_view> inherited{"PATH=/bin", "PMIX_RANK=3", "FARM_TASK_ID=9", "FARM_SHEPHERD=1-1",
                                                "X=a=b"};
  Settings settings;
  settings.run_dir = "/r";
  settings.rank = Rank{5};
  EXPECT_THAT(common_environment(inherited, settings, "12-34"),
              ElementsAre("PATH=/bin", "X=a=b", "FARM_RANK=5", "FARM_RUN_DIR=/r", "FARM_SHEPHERD=12-34"));
}

TEST(Environment, has_no_run_directory_when_there_is_none) {
  EXPECT_THAT(common_environment({}, Settings{}, "1-2"), ElementsAre("FARM_RANK=0", "FARM_SHEPHERD=1-2"));
}

TEST(Environment, counts_tasks_and_attempts_from_one) {
  LaunchRequest request;
  request.task = TaskId{41};
  request.attempt = Attempt{1};
  request.slot = 3;
  request.env = {{"A", "1"}};
  EXPECT_THAT(own_environment(request, 77),
              ElementsAre("FARM_TASK_ID=42", "FARM_ATTEMPT=2", "FARM_SLOT=3", "PARALLEL_SEQ=42", "PARALLEL_JOBSLOT=3",
                          "PARALLEL_PID=77", "A=1"));
  request.cwd = "/tmp";
  EXPECT_THAT(own_environment(request, 77), Contains("PWD=/tmp"));
}

TEST(Environment, own_values_win_and_the_last_most) {
  std::vector<std::string> common{"A=1", "AB=2", "C=3"};
  std::vector<std::string> own{"A=4", "D=5", "D=6"};
  const std::vector<char*> merged = merge_environment(common, own);
  ASSERT_EQ(merged.back(), nullptr);
  const std::vector<std::string> texts(merged.begin(), std::prev(merged.end()));
  EXPECT_THAT(texts, ElementsAre("AB=2", "C=3", "A=4", "D=6"));
  EXPECT_EQ(find_variable(merged, "D"), "6");
  EXPECT_EQ(find_variable(merged, "A"), "4");
  EXPECT_EQ(find_variable(merged, "B"), "");
  EXPECT_THAT(texts, Not(Contains("D=5")));
}

}  // namespace
}  // namespace farm
