set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(FARM_WERROR ON CACHE BOOL "")
set(FARM_SANITIZE "address,undefined" CACHE STRING "")
# Quick to build; still enough lines in a report.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1" CACHE STRING "")
