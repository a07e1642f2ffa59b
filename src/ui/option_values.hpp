/// The values of command-line options, from the text that was written. What cannot be read throws Error (usage) with
/// the option, the text and what is accepted. Knows nothing of where on the command line the text stood.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "farm/options.hpp"

namespace farm {

/// `-j`: "8", "50%", "+2", "-1". Zero slots are refused with what to write instead.
SlotRule parse_slots(std::string_view text);

/// The same for `farm sweep`: 0 is as many as a node can well run, and the name of a file means what is in it, now and
/// later.
void read_sweep_slots(const std::string& text, RunOptions& options);

/// `--limit`, as far as there is another option of the same meaning.
void read_limit(const std::string& text, RunOptions& options);

/// `--termseq`; checked, and kept as it is.
std::string parse_term_sequence_option(std::string_view text);

/// `--heartbeat`: at least a second, or 0.
std::chrono::nanoseconds parse_heartbeat(std::string_view text);

/// `--shard`: "2/4".
Shard parse_shard(std::string_view text);

/// `--halt`: "never", "soon,fail=3", "now,success=10%", and GNU parallel's older 0, 1, 2, -1, -2 and "5%".
HaltRule parse_halt(std::string_view text);

Durability parse_durability(std::string_view text);
ProgressMode parse_progress(std::string_view text);

/// `--trim`: "n", "l", "r", "lr", "rl".
Trim parse_trim(std::string_view text);

/// `-d`: text with \n, \t, \r, \0, octal \033 and hexadecimal \x1b.
std::string parse_escapes(std::string_view text);

/// A whole number from 0 that fits; `meaning` says in the refusal what it counts.
/// `exit:75,timeout*2`.
RetryRule parse_retry_on(std::string_view text);

int parse_signal_option(std::string_view option, std::string_view text);

/// `db=4,licence=2`; adds to what was given before.
void read_tokens(std::string_view text, RunOptions& options);

std::uint32_t parse_number(std::string_view option, std::string_view text, std::string_view meaning);

/// `--retries`: a number, 0 for no limit.
std::uint32_t parse_tries(std::string_view text);

/// "90", "1.5h", "250ms"; `meaning` says in the refusal what it is the time of.
Nanos parse_time(std::string_view option, std::string_view text, std::string_view meaning);

/// `--timeout 200%` or `--timeout 90`: sets one of the two and clears the other.
void read_timeout(std::string_view text, RunOptions& options);

/// `--delay 2` or `--delay 0.1auto`.
void read_delay(std::string_view text, RunOptions& options);

/// `--memfree`: "2G", "500MB".
std::uint64_t parse_size(std::string_view option, std::string_view text, std::string_view meaning);

/// `--node-mem`, `--node-cpus` and `--node-gpus`: what tasks may use of each node. Only of GPUs there may be none.
std::uint64_t parse_node_memory(std::string_view text);
std::uint32_t parse_node_cpus(std::string_view text);
std::uint32_t parse_node_gpus(std::string_view text);

/// `--load`: "8", "75%", "+2", "-1", relative to the node's processors. Zero is allowed for none of them.
SlotRule parse_load(std::string_view text);

/// `--nice`: from -20 to 19.
int parse_nice(std::string_view text);

/// `--process-slot-var`: a name that a shell can use.
std::string parse_variable(std::string_view option, std::string_view text);

/// `--joblog FILE` and `--joblog +FILE`.
void read_joblog_option(std::string_view text, RunOptions& options);

/// `--results`: a table by its ending, else a directory.
void read_results(std::string_view text, RunOptions& options);

}  // namespace farm
