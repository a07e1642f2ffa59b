/// Assertions about farm itself. A failing one is a bug in farm, never bad input and never a peer's fault.
#pragma once
#include <cstdio>
#include <cstdlib>

/// Kept in every build: it guards what would otherwise lose work silently.
#define FARM_CHECK(condition)                                                                         \
  do {                                                                                                \
    if (!(condition)) {                                                                               \
      std::fprintf(stderr, "farm: bug: %s does not hold at %s:%d\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                                   \
    }                                                                                                 \
  } while (false)
