# cmake -C .ci/dev.cmake -S . -B build
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(FARM_WERROR ON CACHE BOOL "")
