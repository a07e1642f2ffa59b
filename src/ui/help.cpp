#include "ui/help.hpp"

#include <array>

namespace farm {
namespace {

struct Page {
  std::string_view topic;
  std::string_view text;
};

constexpr Page overview{"", R"(farm runs the commands of a list on all processors, here or under mpirun.

  farm [run] MANIFEST [OPTION...]     run what has not succeeded yet
  farm sweep COMMAND ::: VALUE...     run COMMAND for each combination of values
  farm plan MANIFEST | sweep ...      say what would be run, and what looks odd
  farm simulate RUN --ranks N,...     say how long it would take on N ranks
  farm output RUN TASK...             print what tasks of a run have printed

MANIFEST holds one shell command per line, or is a .toml or .jsonl file; "-"
reads lines from standard input.
The same command again carries on: only what has not succeeded is run.

  farm jobs.txt                       on this machine's processors
  mpirun -np 64 farm jobs.txt         on 63 workers, directed by rank 0
  generate | farm -                   tasks start while they are being written

More about:
  farm run --help         all options of a run
  farm sweep --help       GNU parallel's language: sources, replacement strings
  farm help slots|nodes|order     how many tasks run, where, on what, and when
  farm --help failures    tries, time limits, when to give up
  farm --help output      what is shown and when, and finding it again
  farm --help state       carrying on, starting over, surviving a crash
  farm --help status      what the exit status says    farm --version
)"};

constexpr std::array pages{
    Page{"run", R"(farm [run] MANIFEST [OPTION...]          (farm --help TOPIC says more)

slots     -j, --jobs N|N%|+N|-N  on each node   --rank0-slots N  on rank 0
          --memfree N, --load N  only where so much is free, the load is lower
nodes     --node-cpus N, --node-mem SIZE, --node-gpus N   --token NAME=N
          --walltime TIME, --grace TIME, --grace-signal S   the end of the job
          --speculate  stragglers twice   --by-mtime   --heartbeat TIME
failures  --retries N            tries of each task in all; 0: no limit
          --retry-on ENDS, --retry-delay TIME   after which, how much later
          --timeout TIME|N%      --delay TIME[auto]  between two task starts
          --halt WHEN,WHY=VALUE  stop early   --keep-going  without programs
output    -k, --keep-order       print in the order of the manifest
          --group, --line-buffer (--lb), --quiet   in one piece, lines, nothing
          --tag, -v              tag before each line, command before the output
          -t, --verbose          commands as they start  --progress KIND  of run
          --results DIR|F.csv    files, a table (.tsv, .json)  --files  names
state     --run DIR  keep the state in DIR   --shard I/N  only every N-th task
          --fresh, --salvage     start over; read a damaged journal
          --durability KIND      task, 200ms or none   --dry-run  only print
          --joblog [+]FILE, and by it --resume, --resume-failed, --retry-failed
tasks     --shell PROGRAM  --nice N  --termseq TERM,200,KILL,25  how they end
          --process-slot-var V   --task-procs N   --allow-outside   --redact
          --resident PROGRAM  --resident-protocol lines|json  --resident-tasks N
example   farm jobs.txt -j 8 --retries 3 --timeout 10m -k
)"},
    Page{"sweep", R"(farm sweep [OPTION...] COMMAND [::: VALUE...]...     as GNU parallel has it

sources   ::: a b  :::: FILE  -a FILE   values; none: standard input, one a line
          several are crossed, the last one fastest;  :::+ ::::+  in step with
          the one before;  --link  all in step, shorter ones over again
records   -d SEP, -0   end of a value   -C, --colsep REGEX, --csv   columns
          --header :   names first      --trim n|l|r|lr   -r  no blank ones
tasks     -n N, -N N   so many values   -X, -m, --xargs   as many as fit (-s N)
          -L N, -l  lines   --shuf  any order   --filter EXPR  where it is true
inserted  {} value  {.} no extension  {/} base  {//} directory  {/.} both
          {1} {-1} {2.} {name/}  one value   {#} number  {%} slot  {= EXPR =}
          --plus  more: {:-none} {%.gz}   -I, --rpl  other names   -q  quote all
differs   --retries {2}  from task to task   -j FILE  read again as tasks end
output    --tagstring S  --results DIR or a place with replacement strings
files     --wd DIR|...   --tmpl FILE=PLACE  a file for each task
data      --pipe, --pipepart   divide it: --block 10M --recstart --recend -N -L
          --round-robin  deal it to the slots   --tee  all of it to every task
          --cat, --fifo  {} is a file that has it   --regexp  marks are patterns
Options of farm jobs.txt go before COMMAND, too; names may be cut short. More
are in $PARALLEL, ~/.parallel/config and -J PROFILE, but for --plain. A sweep
leaves no state and ends as parallel does, unless --run DIR keeps it.

  farm sweep -j4 'sim {1} --t {2} > {1}_{2}.out' ::: a b c ::: 1 2 5
  farm sweep --header : --colsep , run {temp} {n} :::: params.csv
)"},
    Page{"plan", R"(farm plan [--json] MANIFEST [OPTION...]
farm plan [--json] sweep COMMAND ::: VALUE...

Says what would be run, without running anything or making any file: how many
tasks, the first and the last of them with all values put in, what an earlier
run leaves to do, and a warning for everything that looks odd.

  --json    for programs: one object

  farm plan jobs.txt && farm jobs.txt
  farm plan sweep './simulate {1} {2}' ::: a b ::: 1 2 3
)"},
    Page{"simulate", R"(farm simulate RUN|MANIFEST --ranks N[,N...] [OPTION...]

Says how long the tasks would take on so many ranks, how well these would be
used and how busy rank 0 would be, without running anything: farm's own
scheduler hands the tasks out to simulated workers.

  --ranks 16,64,256      of the whole run, rank 0 among them
  --ranks-per-node N     how mpirun places them (1)
  -j, --jobs N           tasks at a time on each node
  --durations exp:1s     drawn: const:100ms, uniform:1s..3s, lognormal:10s,0.5
  --durations FILE       one a line, in the order of the manifest
  --seed N               another draw
  --latency TIME, --spawn TIME   of a message (50us); to start a process (1ms)
  --node-cpus N, --node-mem SIZE, --node-gpus N, --token NAME=N   what there is
  --json                 for programs, in seconds

Without --durations they are those that an earlier run recorded, or the tasks'
own costs. What the tasks need and wait for is respected.

  farm simulate jobs.txt --ranks 17,65,257 --durations lognormal:10s,0.5
  farm jobs.txt && farm simulate jobs.farm --ranks 64,128
)"},
    Page{"slots", R"(How many tasks run at a time, and where

  -j, --jobs N      N tasks at a time on each node, shared out over its ranks
  -j N%             N percent of the node's processors
  -j +N, -j -N      N more or N fewer than its processors (-j FILE: farm sweep)
  --rank0-slots N   let rank 0 run N tasks at a time, too
  --memfree SIZE    start nothing on a node with less memory free (2G); with
                    less than half of it, its youngest task runs another time
  --load N          start nothing on a node whose load is N or more; N%, +N and
                    -N are relative to its processors
  --nice N          add N to the niceness of tasks
  --process-slot-var V   set V to the slot a task runs in, counted from 0
  --task-procs N    end a task that has more than N processes at a time

Without -j a node runs one task per processor that this job may use there,
shared out over its worker ranks, at least one each. So mpirun -np 64 makes 63
workers of one task each, one rank per node makes one worker with all its
processors, and no mpirun uses this machine's. Rank 0 directs the others and
runs tasks only when it is alone or told to.

  farm jobs.txt -j 4                           four at a time, here
  mpirun -np 9 farm jobs.txt -j 200%           two per processor, for tasks that
                                               wait a lot
  mpirun -np 4 farm jobs.txt --rank0-slots 1   rank 0 works, too
)"},
    Page{"failures", R"(Tries, time limits, when to give up

  --retries N        try each task up to N times in all; 0: without limit
  --timeout TIME     end a task that takes longer; 0: no limit
  --timeout N%       N percent of the median time of what has succeeded so far
  --retry-on ENDS    only after these: exit:75, signal:KILL, timeout*2, memory
  --retry-delay TIME   before a second try (10ms), and twice as long each time
  --termseq TERM,200,KILL,25   end tasks by these signals, so many ms apart
  --keep-going       go on when the first 20 tasks all find no program
  --delay TIME       at least this long between two task starts of the run
  --delay TIMEauto   longer after each failure, shorter after each success
  --halt WHEN,WHY=VALUE
        WHEN   soon: start no more tasks;  now: end the running ones, too
        WHY    fail, success or done (either of them)
        VALUE  so many tasks, or a percentage of all: 3, 10%
  --halt never       run everything, whatever fails (default)
  --halt 1, 2, -1, -2, 5%: soon,fail=1  now,fail=1  soon,success=1
                     now,success=1  soon,fail=5%   (exit status: see status)
TIME is in seconds or has a unit: 90, 250ms, 10m, 1.5h, 2d. A task that ends
because its worker was lost, or because the run was stopped, has not failed.

  farm jobs.txt --retries 3 --timeout 10m
  farm jobs.txt --halt now,success=1           the first to find it wins
)"},
    Page{"nodes", R"(What tasks may use of each node, and for how long

Tasks that say what they need get that much of their node to themselves. What a
node has is what this job may use there: its processors by affinity mask and
cgroup, its memory by cgroup and Slurm, its GPUs by the variables of the batch
system. A task that asks for processors is bound to them, one that asks for
memory ends when all its processes together have more, and on a node with GPUs a
task sees those it asked for and no others.

  --node-cpus N     N processors; more than there are: tasks share them
  --node-mem SIZE   so much memory: 64G, 1.5T
  --node-gpus N     N GPUs, the first of those CUDA_VISIBLE_DEVICES and its like
                    name; 0: farm does not assign any and hides none
  --heartbeat TIME  a worker that is silent for so long is lost (15s; 0: never)
  --walltime TIME   the run must be over in 90m, 1h30m, 1-12:00:00, or at
                    2030-12-31T18:00. Without it: when Slurm or PBS say that
                    the job ends

  farm jobs.txt --node-mem 64G --walltime 1h30m
)"},
    Page{"order", R"(What goes first, what waits, and what fits into the time that is left

First what others wait for, then what takes longest, as far as that is known
from an earlier run or from cost=TIME; else the order of the manifest. A task's
priority=N comes before all that. after=NAME and inputs=FILE make it wait; what
waits for a failed task is not started, and the summary names it.

  --token NAME=N    so many at a time of those with tokens=NAME=1, on all nodes
  --by-mtime        as make: a task is done when what it makes (outputs, stdout)
                    is not older than what it reads (inputs, stdin)
  --speculate       at the end, begin what takes very long once more on another
                    rank; the first result counts. For tasks that bear that
  --walltime TIME   start nothing that would not end by then; see nodes
  --grace TIME      so long before the end, end what still runs (2% of the time)
  --grace-signal S  by this signal first (TERM), so that it can save its state
What was cut off, though it may have ended with 0 then, goes first the next
time, and the exit status is 75.

  farm jobs.txt --token licence=4
  until farm jobs.txt --walltime 8h; do [ $? -eq 75 ] || break; done
)"},
    Page{"output", R"(What is shown and when, and finding it again

  --group              a task's output in one piece when it ends (default)
  --line-buffer, --lb  whole lines as they come
  --quiet              nothing of the tasks
  -k, --keep-order     in the order of the manifest
  --tag                the task's tag, or its command, before each line
  -v                   each command before its output
  -t, --verbose        each command on standard error when it starts
  --results DIR        print nothing; DIR/1/COMMAND has stdout, stderr, seq
  --results FILE.csv   a table of all tasks (.tsv, .json; -.csv: printed)
  --files              the names of files with the output instead of it
  --progress KIND      auto: bar on a terminal, else plain;  json, none
  --redact             *** for secrets, as in --token=S, in all shown or kept
NO_COLOR in the environment turns colours off, CI the bar.

Everything that tasks print is kept beside the manifest:

  farm output RUN TASK...  RUN is a manifest or the directory of its run, a TASK
                           its number, from 1, or its name
    --all                  every task, in the order of the manifest
    --stdout, --stderr     only this stream

  farm jobs.txt -k --tag                farm output jobs.txt 17 --stderr
)"},
    Page{"state", R"(Carrying on, starting over, surviving a crash

The state of a run of jobs.txt lies in jobs.farm/ beside it. The same command
again runs what has failed, was cut short, or is new in the manifest; what has
succeeded is not run again. Tasks from standard input leave no state unless
there is --run.

  --run DIR             keep the state in DIR
  --shard I/N           only every N-th task, from the I-th, in jobs.IofN.farm/
  --fresh               set the old state aside and start over
  --salvage             read a damaged journal as far as it can be read
  --durability task     print a task only when its record is on the disk
  --durability 200ms    records reach the disk every 200 ms (default)
  --durability none     the operating system decides
  --joblog FILE         list tasks as they end, as GNU parallel does; +FILE adds
                        to the list that is there. With it:
  --resume              leave out what is in the list
  --resume-failed       leave out what has succeeded in it
  --retry-failed        run what has failed in it, with the commands it has
  --shell PROGRAM       run every command with PROGRAM -c, plain ones, too
  --dry-run             print the commands that would run, run nothing

  farm jobs.txt --run /scratch/me/sweep3
  farm ./run            a manifest with the name of a farm command
)"},
    Page{"status", R"(What the exit status says

    0   all tasks have succeeded
    1   some have failed for good
  0 1   when --halt stops the run, too: 0 for success=N, else 1 if any failed
    2   bad command line or manifest; nothing was run
   75   stopped early with tasks left: the same command carries on
  255   farm itself could not go on

  until mpirun -np 64 farm jobs.txt; do [ $? -eq 75 ] || break; done
)"},
};

}  // namespace

std::optional<std::string_view> help_page(std::string_view topic) {
  if (topic == overview.topic) return overview.text;
  for (const Page& page : pages) {
    if (page.topic == topic) return page.text;
  }
  return std::nullopt;
}

std::vector<std::string> help_topics() {
  std::vector<std::string> topics;
  for (const Page& page : pages) topics.emplace_back(page.topic);
  return topics;
}

}  // namespace farm
