"""Tasks that fork without end, run away, stop, hog memory, or turn against the farm: the others go on, and nothing stays."""
import os
import resource
import signal
import unittest

from farm_program import FarmTestCase, main, mpirun

# Each has an end of its own, that the machine may survive a farm which does not end it.
BOMB = "b() { if [ $1 -lt 11 ]; then b $(($1 + 1)) | b $(($1 + 1)) & fi; sleep 3; }; b 0; sleep 100"
LEAVING_BOMB = "if [ $1 -lt 10 ]; then for i in 1 2; do setsid sh bomb.sh $(($1 + 1)) & done; fi; sleep 3\n"


class Hostile(FarmTestCase):
    GOOD = 12

    def among_good(self, *bad, options=(), launcher=(), status=1, timeout=60):
        """Runs bad commands among good ones; returns the bad ones' last ends by their number."""
        good = [f"sleep 0.02; echo good-{n} >> did" for n in range(self.GOOD)]
        self.write("did", "")
        self.write("jobs.txt", "".join(line + "\n" for line in [*bad, *good]))
        _, err = self.farm("jobs.txt", "--fresh", "-j4", *options, launcher=launcher, status=status, timeout=timeout)
        self.assertEqual(sorted(self.read("did").split()), sorted(f"good-{n}".encode() for n in range(self.GOOD)), err)
        self.assert_nothing_left()
        return {record["task"]: record for record in self.journal() if record["e"] == "end" and record["task"] < len(bad)}

    def both(self, *bad, **more):
        for launcher in ((), mpirun(3)):
            yield self.among_good(*bad, launcher=launcher, **more)


class Multiplying(Hostile):
    def test_a_fork_bomb_is_ended_and_says_why(self):
        for ends in self.both(BOMB, options=["--task-procs", "60"]):
            self.assertEqual((ends[0]["cause"], ends[0]["code"]), ("signaled", signal.SIGKILL))
            _, out = self.farm("output", "jobs.farm", "1", "--stderr")
            self.assertRegex(out.decode(), r"farm: ended, because it had \d+ processes and may have 60 \(--task-procs\)")

    def test_so_is_one_whose_processes_leave_the_session(self):
        self.write("bomb.sh", LEAVING_BOMB)
        for ends in self.both("sh bomb.sh 0; sleep 100", options=["--task-procs", "40"]):
            self.assertEqual(ends[0]["cause"], "signaled")

    def test_who_stays_within_the_limit_is_left_alone(self):
        self.write("jobs.txt", "for i in 1 2 3 4 5 6; do sleep 0.4 & done; wait; echo done\n" * 4)
        out, _ = self.farm("jobs.txt", "-j4", "--task-procs", "8")
        self.assertEqual(out, b"done\n" * 4)

    def test_a_limit_that_is_none(self):
        self.write("jobs.txt", "true\n")
        _, err = self.farm("jobs.txt", "--task-procs", "many", status=2)
        self.assertIn(b"--task-procs", err)


class RunningAway(Hostile):
    def test_who_leaves_the_session_does_not_outlive_the_run(self):
        away = "setsid sh -c 'trap \"\" TERM HUP; sleep 1000' >/dev/null 2>&1 & (setsid sleep 1000 >/dev/null 2>&1 &) ; exit 0"
        for ends in self.both(away, status=0):
            self.assertEqual(ends[0].get("code", 0), 0)

    def test_nor_its_timeout(self):
        away = "setsid sleep 1000 & (setsid sleep 1000 &); sleep 1000"
        for ends in self.both("#FARM task timeout=0.3\n" + away):
            self.assertEqual(ends[0]["cause"], "timed_out")

    def test_stopped_ones(self):
        stopped = "#FARM task timeout=0.3\n(kill -STOP $(exec sh -c 'echo $PPID'); sleep 1000) & kill -STOP $$; sleep 1000"
        for ends in self.both(stopped):
            self.assertEqual(ends[0]["cause"], "timed_out")


class StandardStreams(Hostile):
    def test_closed_doubled_and_kept_open(self):
        closed = "exec <&- >&- 2>&-; sleep 0.1; exit 5"
        doubled = "exec 7>&1 8>&2; echo seven >&7; echo eight >&8; exec 1>&- 2>&-; echo more >&7"
        kept = "(sleep 1000 &) ; echo kept"
        full = "yes | head -c 3000000"
        for ends in self.both(closed, doubled, kept, full):
            self.assertEqual(ends[0]["code"], 5)
            for n, text in ((2, b"seven\nmore\n"), (3, b"kept\n"), (4, b"y\n" * 1500000)):
                out, _ = self.farm("output", "jobs.farm", str(n), "--stdout")
                self.assertEqual(out, text)
            _, out = self.farm("output", "jobs.farm", "2", "--stderr")
            self.assertEqual(out, b"eight\n")

    def test_none_but_the_three_are_there(self):
        self.write("jobs.txt", "ls /proc/self/fd | tr '\\n' ' '; for fd in 3 4 5 6 7 8 9; do echo garbage 2>/dev/null >&$fd; done; true\n" * 3)
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("jobs.txt", "--fresh", launcher=launcher)
            # The fourth is the directory that ls reads.
            self.assertEqual(out, b"0 1 2 3 " * 3)

    def test_whoever_writes_into_the_farms_own_files_is_found_out(self):
        """The journal is the user's and so is the task: it can be reached, but a line that farm did not write is named."""
        self.write("jobs.txt", "echo 1\necho garbage >> jobs.farm/journal-0001.jsonl\necho 3\n")
        self.farm("jobs.txt", "-j1")
        _, err = self.farm("jobs.txt", status=2)
        self.assertIn(b"damaged at line", err)
        self.farm("jobs.txt", "--salvage")


class Memory(Hostile):
    def test_the_kernel_takes_tasks_before_the_farm(self):
        self.write("jobs.txt", "cat /proc/self/oom_score_adj /proc/$PPID/oom_score_adj\n")
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("jobs.txt", "--fresh", launcher=launcher)
            own, shepherds = out.split()
            self.assertEqual(own, b"1000")
            self.assertLess(int(shepherds), 1000)

    def group(self, mebibytes):
        """A control group with so much memory, or no test."""
        for root, limit, swap in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
                                  ("/sys/fs/cgroup", "memory.max", "memory.swap.max")):
            path = f"{root}/{self.mark}"
            try:
                os.mkdir(path)
                self.addCleanup(lambda: self.wait_for(lambda: self.removed(path), what="the group's end"))
                with open(f"{path}/{limit}", "w") as file:
                    file.write(str(mebibytes << 20))
            except OSError:
                continue
            try:
                with open(f"{path}/{swap}", "w") as file:
                    file.write(str(mebibytes << 20) if "memsw" in swap else "0")
            except OSError:
                pass
            return path
        raise unittest.SkipTest("needs root and a memory controller to be short of memory")

    def removed(self, path):
        try:
            os.rmdir(path)
        except OSError:
            return not os.path.exists(path)
        return True

    def test_a_hog_is_killed_and_the_others_go_on(self):
        path = self.group(300)
        hog = "python3 -c 'x = bytearray(1 << 30)'"

        def enter():
            with open(f"{path}/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))

        self.write("jobs.txt", "".join(f"{line}\n" for line in [hog, *[f"echo {n}" for n in range(20)]]))
        for launcher in ((), mpirun(3)):
            out, err = self.farm("jobs.txt", "--fresh", launcher=launcher, status=1, preexec_fn=enter)
            self.assertEqual(sorted(int(n) for n in out.split()), list(range(20)), err)
            end = [record for record in self.journal() if record["e"] == "end" and record["task"] == 0][-1]
            self.assertIn((end["cause"], end["code"]), [("signaled", 9), ("exited", 137), ("exited", 1)])
            self.assertFalse([record for record in self.journal() if record["e"] == "lost"], "no rank was taken")

    def test_no_cores_are_left(self):
        self.write("jobs.txt", "ulimit -c; kill -SEGV $$\n")
        out, _ = self.farm("jobs.txt", status=1, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
        self.assertEqual(out, b"0\n")
        self.assertEqual([name for name in os.listdir(self.dir) if "core" in name], [])


class AgainstTheFarm(Hostile):
    """A task may send signals to whatever its user may: it takes its shepherd along, but nobody else for good."""

    def test_a_task_that_kills_its_parent_does_not_keep_the_others_from_being_done(self):
        for launcher in ((), mpirun(3)):
            with self.subTest(launcher=launcher):
                self.write("did", "")
                self.write("jobs.txt", "kill -9 $PPID; sleep 1000\n" + "".join(f"echo {n} >> did\n" for n in range(30)))
                self.farm("jobs.txt", "--fresh", "-j1", launcher=launcher, status=None)
                for _ in range(6):
                    self.assert_nothing_left()
                    self.farm("jobs.txt", "-j1", launcher=launcher, status=None)
                self.assert_nothing_left()
                self.assertEqual(sorted(set(int(n) for n in self.read("did").split())), list(range(30)))
                self.assertEqual(set(self.successes().values()), {1})


if __name__ == "__main__":
    main()
