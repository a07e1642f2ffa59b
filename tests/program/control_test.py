"""Slots, retries, timeouts, delays, halting, signals, terminals, and tasks that are MPI programs themselves."""
import os
import pty
import signal
import subprocess
import time

from farm_program import FarmTestCase, descendants, main, mpirun


class Control(FarmTestCase):
    def test_no_more_at_once_than_slots(self):
        script = "n=$(ls running | wc -l); echo $n >> seen; touch running/$FARM_TASK_ID; sleep 0.1; rm running/$FARM_TASK_ID\n"
        os.mkdir(self.path("running"))
        self.write("jobs.txt", "".join(script.replace("sleep", f": {n}; sleep") for n in range(20)))
        for launcher in ((), mpirun(3)):
            self.write("seen", "")
            self.farm("jobs.txt", "-j", "3", "--fresh", launcher=launcher)
            seen = [int(line) for line in self.read("seen").split()]
            self.assertEqual(len(seen), 20)
            self.assertLessEqual(max(seen), 2, "at most two others run when one starts")
            self.assertGreater(max(seen), 0)

    def test_retries(self):
        self.write("jobs.txt", "echo try >> tries; test $(wc -l < tries) -ge 3\n")
        self.farm("jobs.txt", "--retries", "3")
        self.assertEqual(self.read("tries"), b"try\n" * 3)
        attempts = [record.get("try", 0) for record in self.journal() if record["e"] == "end"]
        self.assertEqual(attempts, [0, 1, 2])

    def test_timeout_ends_the_whole_tree(self):
        self.write("jobs.txt", "sleep 300 & sleep 301 & wait\n")
        self.farm("jobs.txt", "--timeout", "0.3", status=1, timeout=20)
        self.assertEqual([r["cause"] for r in self.journal() if r["e"] == "end"], ["timed_out"])
        self.assert_nothing_left()

    def test_delay_spaces_starts(self):
        self.write("jobs.txt", "date +%s.%N >> starts; : 1\ndate +%s.%N >> starts; : 2\ndate +%s.%N >> starts; : 3\n")
        self.farm("jobs.txt", "-j8", "--delay", "0.3")
        starts = sorted(float(line) for line in self.read("starts").split())
        self.assertGreater(starts[1] - starts[0], 0.2)
        self.assertGreater(starts[2] - starts[1], 0.2)

    def test_halt(self):
        self.write("jobs.txt", "".join(f"echo {n} >> did; test {n} -ne 3\n" for n in range(1, 21)))
        self.farm("jobs.txt", "-j1", "--halt", "soon,fail=1", status=1)
        self.assertEqual(len(self.read("did").split()), 3)
        self.farm("jobs.txt", "-j1", "--fresh", "--halt", "now,success=2", status=0)
        self.assertEqual(len(self.read("did").split()), 5)
        self.farm("jobs.txt", "-j1", "--fresh", "--halt", "soon,done=25%", status=1)
        self.assertEqual(len(self.read("did").split()), 10)

    def test_halt_now_ends_what_runs(self):
        self.write("jobs.txt", "sleep 300\nsleep 0.2; false\n")
        self.farm("jobs.txt", "-j2", "--halt", "now,fail=1", status=1, timeout=20)
        self.assert_nothing_left()

    def test_the_environment_of_a_task(self):
        self.write("jobs.txt", "true\nenv > env; readlink /proc/self/fd/0 > stdin\n")
        self.farm("jobs.txt", launcher=mpirun(2))
        variables = dict(line.split("=", 1) for line in self.read("env").decode().split("\n") if "=" in line)
        self.assertEqual(variables["FARM_TASK_ID"], "2")
        self.assertEqual(variables["FARM_ATTEMPT"], "1")
        self.assertEqual(variables["PARALLEL_SEQ"], "2")
        self.assertEqual(variables["FARM_RANK"], "1")
        self.assertTrue(variables["FARM_RUN_DIR"].endswith("jobs.farm"))
        self.assertIn("FARM_SLOT", variables)
        self.assertEqual([name for name in variables if name.startswith(("PMIX_", "OMPI_COMM_WORLD"))], [])
        self.assertEqual(self.read("stdin"), b"/dev/null\n")

    def test_tasks_that_are_mpi_programs(self):
        hello = os.environ["MPI_HELLO"]
        self.write("jobs.txt", f"{hello}\nmpirun --oversubscribe -np 2 {hello}\n")
        out, _ = self.farm("jobs.txt", "-k", launcher=mpirun(3))
        self.assertEqual(sorted(out.split(b"\n")), [b"", b"rank 0 of 1", b"rank 0 of 2", b"rank 1 of 2"])

    def test_another_shell(self):
        self.write("jobs.txt", "echo $0\n")
        self.assertEqual(self.farm("jobs.txt", "--shell", "/bin/bash")[0], b"/bin/bash\n")

    def test_a_percentage_of_the_median_time(self):
        self.write("jobs.txt", "sleep 0.1\n" * 6 + "sleep 300\n")
        for launcher in ((), mpirun(3)):
            self.farm("jobs.txt", "-j1", "--fresh", "--timeout", "500%", status=1, timeout=60, launcher=launcher)
            ends = [(r["cmd"], r["cause"]) for r in self.journal() if r["e"] == "end"]
            self.assertEqual(sorted(ends)[-1], ("sleep 300", "timed_out"))
            self.assertEqual({cause for command, cause in ends if command == "sleep 0.1"}, {"exited"})
            self.assert_nothing_left()

    def test_a_percentage_reaches_what_had_begun_before_anything_ended(self):
        self.write("jobs.txt", "sleep 300\nsleep 0.2\n")
        for launcher in ((), mpirun(3)):
            self.farm("jobs.txt", "-j2", "--fresh", "--timeout", "500%", status=1, timeout=60, launcher=launcher)
            causes = {r["cmd"]: r["cause"] for r in self.journal() if r["e"] == "end"}
            self.assertEqual(causes, {"sleep 300": "timed_out", "sleep 0.2": "exited"})
            self.assert_nothing_left()

    def test_a_percentage_knows_earlier_starts(self):
        self.write("jobs.txt", "sleep 0.2\n[ -e ready ] && sleep 300\n")
        self.farm("jobs.txt", "-j1", status=1)
        self.write("ready", "")
        self.farm("jobs.txt", "-j1", "--timeout", "500%", status=1, timeout=60)
        self.assertEqual([r["cause"] for r in self.journal() if r["e"] == "end"][-1], "timed_out")

    def test_a_delay_that_grows_with_failures(self):
        self.write("jobs.txt", "".join(f"date +%s.%N >> starts; exit {n}\n" for n in (1, 2, 3, 4)))
        self.farm("jobs.txt", "-j1", "--delay", "0.2auto", status=1)
        starts = sorted(float(line) for line in self.read("starts").split())
        gaps = [later - earlier for earlier, later in zip(starts, starts[1:])]
        for gap, least in zip(gaps, (0.26, 0.338, 0.439)):
            self.assertGreater(gap, least - 0.1)

    def test_nice_and_the_slot_variable(self):
        self.write("jobs.txt", "nice; echo $GPU >> gpus; sleep 0.3\n" * 4)
        here = os.getpriority(os.PRIO_PROCESS, 0)
        for launcher in ((), mpirun(2)):
            self.write("gpus", "")
            out, _ = self.farm("jobs.txt", "--fresh", "-j4", "--nice", "5", "--process-slot-var", "GPU", launcher=launcher)
            self.assertEqual(out, b"%d\n" % min(here + 5, 19) * 4)
            self.assertEqual(sorted(self.read("gpus").split()), [b"0", b"1", b"2", b"3"])

    def test_without_memory_nothing_starts(self):
        self.write("jobs.txt", "touch ran\n" * 3)
        for run, launcher in (("here", ()), ("there", mpirun(3))):
            self.farm("jobs.txt", "--fresh", "--memfree", "1M", "--load", "100000", launcher=launcher)
            os.remove(self.path("ran"))
            process = self.start("jobs.txt", "--run", run, "--memfree", "1000000G", launcher=launcher)
            self.wait_for(lambda: any(record["e"] == "sent" for record in self.journal(run)))
            before = self.processor_time()
            time.sleep(1.5)
            self.assertLess(self.processor_time() - before, 0.5, "nothing spins")
            process.terminate()
            process.communicate(timeout=20)
            if not launcher:
                self.assertEqual(process.returncode, 75)
            self.assertFalse(os.path.exists(self.path("ran")))

    def processor_time(self):
        """Of everything this test has started and that still runs, in seconds."""
        ticks = 0
        for pid in descendants(self.mark):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    ticks += sum(int(number) for number in file.read().rpartition(")")[2].split()[11:13])
            except OSError:
                pass
        return ticks / os.sysconf("SC_CLK_TCK")


class Signals(FarmTestCase):
    def begin(self, launcher=(), sleep="0.2"):
        self.write("jobs.txt", "".join(f"touch started; sleep {sleep}; echo {n} >> did\n" for n in range(200)))
        process = self.start("jobs.txt", "-j2", launcher=launcher)
        self.wait_for(lambda: os.path.exists(self.path("started")))
        return process

    def test_usr1_drains(self):
        for launcher in ((), mpirun(3)):
            with self.subTest(launcher=launcher):
                process = self.begin(launcher)
                process.send_signal(signal.SIGUSR1)
                _, err = process.communicate(timeout=20)
                self.assertEqual(process.returncode, 75, err)
                self.assertEqual(len(self.successes()), len(set(self.read("did").split())), "what had started has ended")
                self.assertIn(b"SIGUSR1", err)
                os.remove(self.path("started"))
                os.remove(self.path("did"))
                os.system(f"rm -rf {self.path('jobs.farm')}")

    def test_term_stops_and_nothing_stays_behind(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number):
                process = self.begin(sleep="30")
                process.send_signal(number)
                _, err = process.communicate(timeout=20)
                self.assertEqual(process.returncode, 75, err)
                self.assert_nothing_left()
                os.remove(self.path("started"))

    # A launcher that is interrupted gives its ranks a second. Where others use the machine that may be too little.
    def test_an_interrupted_launcher_leaves_time_for_the_summary(self):
        for _ in range(4):
            process = self.begin(mpirun(3), sleep="30")
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
            os.remove(self.path("started"))
            self.assert_nothing_left()
            if b"stopped by SIGTERM" in err and b"left" in err:
                return
        self.fail(err)

    def test_a_second_one_stops_at_once(self):
        self.write("jobs.txt", "trap '' TERM; touch started; sleep 60\n")
        process = self.start("jobs.txt")
        self.wait_for(lambda: os.path.exists(self.path("started")))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 75)
        self.assert_nothing_left()

    def test_term_to_mpirun_stops_the_run_which_then_carries_on(self):
        process = self.begin(mpirun(3), sleep="0.1")
        self.wait_for(lambda: len(self.successes()) > 3)
        process.terminate()
        process.communicate(timeout=30)
        self.assert_nothing_left()
        before = self.successes()
        self.assertGreater(len(before), 3)
        self.farm("jobs.txt", "-j8", launcher=mpirun(3))
        self.assertEqual(set(self.successes().values()), {1})
        self.assertEqual(len(self.successes()), 200)


class OnATerminal(FarmTestCase):
    def on_pty(self, *command, env=None):
        """Runs on a terminal of 100 columns; returns what appeared there."""
        controller, terminal = pty.openpty()
        import fcntl, struct, termios
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        from farm_program import FARM, environment
        process = subprocess.Popen([*command[0], FARM, *command[1:]], cwd=self.dir, stdin=terminal, stdout=terminal, stderr=terminal,
                                   env=environment(FARM_TEST_MARK=self.mark, TERM="xterm", **(env or {})), start_new_session=True)
        os.close(terminal)
        text = b""
        while True:
            try:
                block = os.read(controller, 65536)
            except OSError:
                break
            if not block:
                break
            text += block
        self.assertEqual(process.wait(timeout=60), 0, text)
        os.close(controller)
        return text

    def test_a_bar_is_drawn_and_erased(self):
        self.write("jobs.txt", "".join(f"sleep 0.2; echo out{n}\n" for n in range(8)))
        for launcher in ([], mpirun(3)):
            with self.subTest(launcher=launcher):
                text = self.on_pty(launcher, "jobs.txt", "--fresh")
                self.assertIn(b"/8", text)
                self.assertIn(b"\r", text)
                for n in range(8):
                    self.assertIn(b"out%d" % n, text)

    def test_no_bar_when_none_is_wanted(self):
        self.write("jobs.txt", "sleep 0.4\n")
        self.assertNotIn(b"[", self.on_pty([], "jobs.txt", "--progress", "none").split(b"farm:")[0])
        self.assertNotIn(b"/1", self.on_pty([], "jobs.txt", "--fresh", env={"CI": "true"}))

    def test_json_progress(self):
        import json
        self.write("jobs.txt", "sleep 1.2\n")
        _, err = self.farm("jobs.txt", "--progress", "json")
        objects = [json.loads(line) for line in err.decode().split("\n") if line.startswith("{")]
        self.assertGreaterEqual(len(objects), 1)


if __name__ == "__main__":
    main()
