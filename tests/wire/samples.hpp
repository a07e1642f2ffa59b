/// A message of each kind, with something in every field.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "wire/message.hpp"

namespace farm {

inline std::vector<Message> samples() {
  ResultHead head{.task = 7, .attempt = 1, .slot = 2, .outcome = {}, .out = {}, .err = {}};
  head.outcome.cause = Cause::signaled;
  head.outcome.code = 9;
  head.outcome.dumped_core = true;
  head.outcome.usage.peak_rss_bytes = 1U << 30;
  head.out = {.bytes = 1ULL << 40, .last_frame = 99, .segment = 3, .inline_bytes = 3};
  head.err.inline_bytes = 2;
  Dispatch dispatch{.heads = {}, .text = {}, .report_within_ns = 5};
  append_task(dispatch, TaskId{1}, Attempt{0}, {.command = "plain"}, std::chrono::seconds(3));
  append_task(dispatch, TaskId{2}, Attempt{4},
              {.command = std::string("bytes \xff\x01", 8),
               .argv = {"a", "", "b c"},
               .cwd = "/tmp",
               .env = {{"A", "1"}, {"B", ""}}},
              {});
  return {Hello{.protocol = protocol_version, .farm_version = "1.2.3", .host = "n1", .pid = 4711, .slots = 8},
          Results{.heads = {head}, .text = "outer"},
          OutputChunk{.task = 1, .attempt = 2, .stream = 1, .bytes = std::string("\0\xff\n", 3)},
          Returned{.attempts = {{1, 2, 0}, {3, 4, 0}}},
          Notice{.line = "disk full"},
          Welcome{.run = "r1", .run_dir = "/home/ada/jobs.farm", .start = 3},
          dispatch,
          Credit{.task = 1, .attempt = 2, .stream = 0, .bytes = 65536},
          Recall{},
          StopWork{},
          StopAttempt{.task = 1, .attempt = 2, .cause = Cause::preempted, .signal = 10, .grace_ns = 60'000'000'000},
          Shutdown{.has_lost_ranks = true},
          Alive{},
          Goodbye{},
          Resized{.slots = 3},
          Resize{.kind = 1, .number = -7}};
}

}  // namespace farm
