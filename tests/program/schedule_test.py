"""What goes where: dependencies, what tasks need, tokens, other tries, workers that fail what others do not."""
import os
import unittest

from farm_program import FARM, MPIRUN, FarmTestCase, main, mpirun

# Keeps a task until a file is there, or fails it after half a minute.
UNTIL = "n=0; until test -e {0}; do n=$((n+1)); test $n -lt 3000 || exit 9; sleep 0.01; done"


def most_at_once(log):
    """Of a file to which every task adds + when it begins and - before it ends."""
    running = most = 0
    for line in log.split():
        running += 1 if line == b"+" else -1
        most = max(most, running)
    return most


class ScheduleTestCase(FarmTestCase):
    launcher = ()

    def tasks(self, *lines):
        self.write("jobs.txt", "\n".join(lines) + "\n")

    def run_all(self, *options, status=0):
        out, err = self.farm("jobs.txt", *options, launcher=self.launcher, status=status)
        return out.decode(), err.decode()

    def lines(self, name):
        text = self.read(name).decode().split("\n")[:-1] if os.path.exists(self.path(name)) else []
        self.write(name, "")
        return text

    def ends(self):
        return [record for record in self.journal() if record["e"] == "end"]


class Dependencies(ScheduleTestCase):
    DIAMOND = ("#FARM task name=last after='left right'", "echo last >> ran",
               "#FARM task name=left after=first", "echo left >> ran",
               "#FARM task name=right after=first", "echo right >> ran",
               "#FARM task name=first", "echo first >> ran")

    def test_a_diamond(self):
        self.tasks(*self.DIAMOND)
        self.run_all("-j4")
        ran = self.lines("ran")
        self.assertEqual((ran[0], sorted(ran[1:3]), ran[3:]), ("first", ["left", "right"], ["last"]))

    def test_who_makes_a_file_goes_before_who_reads_it(self):
        self.tasks("#FARM task inputs=b", "cat b", "#FARM task inputs=a outputs=b", "cat a a > $FARM_OUTPUT",
                   "#FARM task outputs=a", "echo x > $FARM_OUTPUT")
        self.assertEqual(self.run_all("-j4")[0], "x\nx\n")

    def test_what_waits_for_a_failed_task_is_skipped_and_carried_on_with_it(self):
        def write(good, *more):
            self.tasks("#FARM task name=bad", "echo bad >> ran; test -e ok", "#FARM task name=next after=bad",
                       "echo next >> ran", "#FARM task name=far after=next", "echo far >> ran",
                       "#FARM task name=good", f"echo {good} >> ran", *more)

        write("good")
        _, err = self.run_all("-j4", status=1)
        self.assertEqual(sorted(self.lines("ran")), ["bad", "good"])
        self.assertIn("1 task failed, 1 succeeded, 2 skipped", err)
        self.assertRegex(err, "because bad failed: next and 1 more")
        self.run_all("-j4", status=1)
        self.assertEqual(self.lines("ran"), ["bad"], "it had failed, and what waits for it still has to wait")
        self.write("ok", "")
        _, err = self.run_all("-j4")
        self.assertEqual(self.lines("ran"), ["bad", "next", "far"])
        self.assertNotIn("skipped", err)
        self.run_all("-j4")
        self.assertEqual(self.lines("ran"), [])
        # What is new waits for what had been done, or not at all.
        write("better", "#FARM task after=far", "echo new >> ran")
        self.run_all("-j4")
        self.assertEqual(self.lines("ran"), ["new"], "a name stays the same task")

    def test_a_barrier_opens_when_what_is_before_it_has_ended_however(self):
        self.tasks("sleep 0.2; echo slow >> ran; exit 1", "echo quick >> ran", "#FARM barrier", "echo behind >> ran")
        self.run_all("-j4", status=1)
        ran = self.lines("ran")
        self.assertEqual((sorted(ran[:2]), ran[2:]), (["quick", "slow"], ["behind"]))


class DependenciesUnderMpi(Dependencies):
    launcher = mpirun(3)


class Needs(ScheduleTestCase):
    def test_a_task_that_asked_for_too_little_memory_gets_more_and_nobody_else_notices(self):
        eat = "python3 -c \"import time; a = b'x' * 300_000_000; time.sleep(1); print('ate', flush=True)\""
        neighbour = f"echo $$ $FARM_ATTEMPT; {UNTIL.format('eaten')}; echo $$ $FARM_ATTEMPT"
        self.tasks("#FARM task mem=100M", eat + " && touch eaten", neighbour, neighbour)
        out, _ = self.run_all("-j3", "--node-mem", "2G", "-k")
        said = out.split("\n")
        self.assertEqual(said[0], "ate")
        for one in (1, 3):
            self.assertEqual(said[one], said[one + 1])
            self.assertEqual(said[one].split()[1], "1")
        hungry = [end for end in self.ends() if end["task"] == 0]
        self.assertGreater(len(hungry), 1)
        self.assertEqual({end["cause"] for end in hungry[:-1]}, {"out_of_memory"})
        self.assertEqual(hungry[-1]["cause"], "exited")
        self.assertEqual([end["try"] for end in self.ends() if end["task"] != 0], [0, 0])

    def test_tokens_are_counted_over_all_workers(self):
        self.tasks("#FARM default tokens=db=1", *["echo + >> log; sleep 0.03; echo - >> log"] * 64)
        self.run_all("-j8", "--token", "db=4")
        log = self.read("log")
        self.assertEqual(log.count(b"+"), 64)
        self.assertLessEqual(most_at_once(log), 4)
        self.assertGreater(most_at_once(log), 1)

    def test_one_token_is_mutual_exclusion(self):
        held = "mkdir held || exit 1; sleep 0.02; rmdir held"
        self.tasks("#FARM default tokens=lock=1", *[held] * 20, "#FARM default tokens=other=2", *["true"] * 10)
        self.run_all("-j6", "--token", "lock=1,other=3")
        self.assertEqual(len(self.ends()), 30)

    def test_tasks_that_ask_for_processors_are_bound_to_their_own(self):
        if len(os.sched_getaffinity(0)) < 2:
            raise unittest.SkipTest("needs two processors")
        self.write("see.py", "import os\nprint(*sorted(os.sched_getaffinity(0)), ';', os.environ.get('OMP_NUM_THREADS'))\n")
        see = "python3 see.py"
        # Each waits for the other, so that both run at the same time.
        meet = "touch here-{0}; " + UNTIL.format("here-{1}") + "; " + see
        self.tasks("#FARM task cpus=1", meet.format(1, 2), "#FARM task cpus=1", meet.format(2, 1),
                   "#FARM task cpus=2", see, see)
        out, _ = self.run_all("-k", "--node-cpus", "2", "-j2")
        seen = [line.split(" ; ") for line in out.split("\n")[:-1]]
        masks = [set(mask.split()) for mask, _ in seen]
        self.assertEqual([len(mask) for mask in masks[:3]], [1, 1, 2])
        self.assertFalse(masks[0] & masks[1])
        self.assertEqual([threads for _, threads in seen], ["1", "1", "2", str(os.environ.get("OMP_NUM_THREADS"))])
        self.assertEqual(masks[3], {str(cpu) for cpu in os.sched_getaffinity(0)})

    def test_slots_beyond_the_processors_are_for_tasks_that_ask_for_none(self):
        meet = "touch here-$FARM_TASK_ID; until [ -e here-1 ] && [ -e here-2 ] && [ -e here-3 ]; do sleep 0.01; done; "
        self.tasks(*[meet + "true"] * 3, "#FARM task cpus=2", "echo $OMP_NUM_THREADS; nproc")
        out, _ = self.run_all("--node-cpus", "2", "-j4")
        self.assertEqual(out, "2\n2\n")
        self.tasks("#FARM task cpus=3", "touch ran")
        _, out = self.run_all("--fresh", "--node-cpus", "2", "-j4", status=2)
        self.assertIn("needs 3 cpus", out)
        self.assertFalse(os.path.exists(self.path("ran")))


class NeedsUnderMpi(Needs):
    launcher = mpirun(3)


class OtherTries(ScheduleTestCase):
    def walls(self, task):
        return [end["wall_ns"] / 1e9 for end in self.ends() if end["task"] == task]

    def test_only_for_the_ends_that_were_named(self):
        count = "echo {0} >> ran; exit {0}"
        self.tasks(count.format(75), count.format(1), "#FARM task retry_on=exit:1 retries=2", count.format(3),
                   "#FARM task retry_on=exit retries=2", count.format(4))
        self.run_all("--retries", "3", "--retry-on", "exit:75", status=1)
        self.assertEqual(sorted(self.lines("ran")), ["1", "3", "4", "4", "75", "75", "75"])

    def test_more_time_from_try_to_try(self):
        self.tasks("#FARM task timeout=300ms retry_on=timeout*2 retries=3", "sleep 60")
        self.run_all(status=1)
        first, second, third = self.walls(0)
        self.assertGreaterEqual(first, 0.3)
        self.assertGreaterEqual(second, 0.6)
        self.assertGreaterEqual(third, 1.2)
        self.assertLess(third, 30)

    def test_a_pause_that_grows(self):
        self.tasks("date +%s.%N >> ran; exit 1")
        self.run_all("--retries", "4", "--retry-delay", "200ms", status=1)
        times = [float(line) for line in self.lines("ran")]
        self.assertEqual(len(times), 4)
        for number, (one, other) in enumerate(zip(times, times[1:])):
            self.assertGreaterEqual(other - one, 0.1 * 2 ** number)

    def test_twenty_missing_programs_are_enough(self):
        self.tasks(*[f"no-such-program {n}" for n in range(60)])
        # Not 75: a script that starts again as long as something is left would do so for ever.
        _, err = self.run_all(status=1)
        self.assertEqual(err.count("none of which found its program"), 1)
        self.assertIn("--keep-going", err)
        self.assertLess(sum(end.get("final", False) for end in self.ends()), 40)
        self.farm("jobs.txt", "--fresh", "--keep-going", launcher=self.launcher, status=1)
        self.assertEqual(sum(end.get("final", False) for end in self.ends()), 60)


class OtherTriesUnderMpi(OtherTries):
    launcher = mpirun(3)


class BadWorkers(ScheduleTestCase):
    """One rank among four does not find the programs; the others have to do its work."""

    def run_with_a_bad_one(self, variable, status=0):
        good = [MPIRUN, "--oversubscribe", "--bind-to", "none", "-q", "-np", "4", FARM, "jobs.txt", "-j8"]
        _, err = self.farm("jobs.txt", "-j8", launcher=[*good, ":", "-np", "1", "env", variable], status=status)
        return err.decode()

    def check(self):
        err = self.run_with_a_bad_one("PATH=/nonexistent")
        self.assertEqual(sum(self.successes().values()), 200)
        self.assertRegex(err, r"(?m)^  worker rank 4 on \S+ failed what succeeded elsewhere")
        self.assertEqual(err.count("gets no more tasks"), 1)
        self.assertEqual(err.count("failed what succeeded elsewhere"), 1)
        bad = [end for end in self.ends() if end.get("final") and (end["cause"], end["code"]) != ("exited", 0)]
        self.assertEqual(bad, [], "a failure of the worker's is not the task's")

    def test_programs_that_are_executed_directly(self):
        self.tasks(*[f"sleep 0.0{n % 10}" for n in range(200)])
        self.check()

    def test_programs_that_a_shell_looks_for(self):
        self.tasks(*[f"sleep 0.0{n % 10} && :" for n in range(200)])
        self.check()

    def test_a_worker_whose_tasks_all_fail_at_once_does_not_fail_them_all(self):
        self.tasks(*["test -z \"$NO_DISK\" && sleep 0.5"] * 200)
        err = self.run_with_a_bad_one("NO_DISK=1", status=1)
        self.assertRegex(err, r"(?m)^  worker rank 4 on \S+ failed what succeeded elsewhere")
        failed = [end for end in self.ends() if end.get("final") and end["code"] != 0]
        self.assertGreater(len(failed), 0, "nobody can know from the first")
        self.assertLess(len(failed), 40)

    def test_a_worker_all_alone_is_believed(self):
        self.tasks("no-such-program", "true")
        self.run_all(status=1)
        self.assertEqual(len(self.ends()), 2, "there is nobody else to ask")


if __name__ == "__main__":
    main()
