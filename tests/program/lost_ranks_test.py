"""Worker ranks that die or freeze in the middle of a run, under plain mpirun on one host. tests/cluster has several hosts."""
import os
import random
import shutil
import signal
import time

from farm_program import FarmTestCase, descendants, main, mpirun

ROUNDS = int(os.environ.get("FARM_TEST_KILLS", "6"))
SEED = int(os.environ.get("FARM_TEST_SEED", "1"))


class LostRanks(FarmTestCase):
    def write_jobs(self, *ends):
        self.write("jobs.txt", "".join(f"sleep 0.1; echo {i}; exit {end}\n" for i, end in enumerate(ends)))

    def send_in_the_middle(self, sent, *numbers, status=0, launcher=mpirun(4)):
        process = self.start("jobs.txt", "-j6", "--heartbeat", "3s", launcher=launcher)
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= 12, what="a part of the work being done")
        for number in numbers:
            os.kill(self.rank(number), sent)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, err)
        self.assertEqual(sorted(r["w"] for r in self.journal() if r["e"] == "lost"), sorted(numbers), err)
        self.assert_nothing_left()
        return out, err.decode()

    def assert_all_done(self, count):
        successes = self.successes()
        self.assertEqual((len(successes), set(successes.values())), (count, {1}))

    def test_killed_crashed_or_frozen_ones_are_done_without(self):
        for sent, word in ((signal.SIGKILL, "died (signal 9)"), (signal.SIGSEGV, "died (signal 11)"),
                           (signal.SIGSTOP, "was killed: it had not moved for 1.6 s")):
            with self.subTest(signal=sent):
                self.write_jobs(*[0] * 120)
                out, err = self.send_in_the_middle(sent, 1, 3)
                self.assertEqual(sorted(map(int, out.split())), list(range(120)))
                self.assertIn(f"farm: worker rank 1 {word}", err)
                self.assert_all_done(120)
                os.rename(self.path("jobs.farm"), self.path(f"{sent}.farm"))

    def test_also_where_mpirun_is_told_to_go_on_without(self):
        """Its own status is 0 then, whatever the ranks' are; farm must come to its end all the same."""
        for sent in (signal.SIGKILL, signal.SIGSTOP):
            with self.subTest(signal=sent):
                self.write_jobs(*[0] * 120)
                self.send_in_the_middle(sent, 1, 3, launcher=mpirun(5, "--enable-recovery"))
                self.assert_all_done(120)
                os.rename(self.path("jobs.farm"), self.path(f"{sent}.farm"))

    def test_the_status_is_still_that_of_the_tasks(self):
        self.write_jobs(*[0] * 100, 7, *[0] * 19)
        self.send_in_the_middle(signal.SIGKILL, 2, status=1)
        self.assert_all_done(119)

    def test_without_any_the_run_stops_and_can_be_carried_on(self):
        self.write_jobs(*[0] * 120)
        _, err = self.send_in_the_middle(signal.SIGKILL, 1, 2, 3, status=75)
        self.assertIn("all workers are gone", err)
        self.farm("jobs.txt", "-j30", launcher=mpirun(2))
        self.assert_all_done(120)

    def test_one_that_freezes_while_mpi_starts_does_not_keep_the_others_waiting(self):
        """Rank 0 is stopped, so that MPI_Init comes to no end; there it may be."""
        self.write_jobs(*[0] * 30)
        process = self.start("jobs.txt", "-j6", "--heartbeat", "2s", launcher=mpirun(3))
        self.wait_for(lambda: os.path.exists(self.path("jobs.farm")), what="rank 0 having begun")
        os.kill(self.rank(0), signal.SIGSTOP)
        # Looked up each time: what is to become its shepherd has its name for a moment.
        self.wait_for(lambda: len(os.listdir(f"/proc/{self.rank(1)}/task")) > 1, what="its MPI_Init, which has threads")
        os.kill(self.rank(1), signal.SIGSTOP)
        _, err = process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(b"farm: worker rank 1 was killed: it had not moved for 1.1 s (--heartbeat) before the run began", err)
        self.assert_nothing_left()
        self.farm("jobs.txt", "-j6", launcher=mpirun(3))
        self.assert_all_done(30)

    def left_behind(self):
        return [pid for pid in descendants(self.mark) if self.command_of(pid) == b"sleep\x00100\x00"]

    def command_of(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def test_what_tasks_leave_behind_is_gone_when_a_shepherd_dies_in_mpi_finalize(self):
        """The launcher is stopped and keeps the ranks there."""
        self.write("jobs.txt", "(setsid sleep 100 >/dev/null 2>&1 &)\nwhile ! test -e go; do sleep 0.01; done\n")
        process = self.start("jobs.txt", "-j2", launcher=mpirun(2))
        self.wait_for(lambda: self.left_behind() and any(r["e"] == "end" for r in self.journal()), what="something left behind")
        process.send_signal(signal.SIGSTOP)
        self.write("go", "")
        self.wait_for(lambda: not self.left_behind(), what="its end")
        with open(f"/proc/{self.rank(1)}/stat") as file:
            shepherd = int(file.read().rsplit(")", 1)[1].split()[1])
        os.kill(shepherd, signal.SIGKILL)
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=60)
        self.assert_nothing_left()
        self.assert_all_done(2)

    def test_a_stand_in_that_is_not_heard_tries_again(self):
        """The launcher is stopped, until the second try has begun: only that one knows how long the first has waited."""
        self.write_jobs(*[0] * 60)
        process = self.start("jobs.txt", "-j6", launcher=mpirun(4))
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= 12, what="a part of the work being done")
        process.send_signal(signal.SIGSTOP)
        os.kill(self.rank(1), signal.SIGKILL)
        self.wait_for(lambda: any(b"FARM_STAND_IN_WAIT=" in self.environment_of(pid) for pid in descendants(self.mark)),
                      what="a second try")
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assert_all_done(60)
        self.assert_nothing_left()

    def environment_of(self, pid):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def test_what_is_left_of_an_earlier_start_ends(self):
        """A later one has begun, on a node that has no way to see this one. Rank 0 is stopped, so that each ends by itself."""
        self.write_jobs(*[0] * 2000)
        process = self.start("jobs.txt", "-j6", "--heartbeat", "3s", launcher=mpirun(4))
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= 12, what="a part of the work being done")
        os.kill(self.rank(0), signal.SIGSTOP)
        self.write("jobs.farm/journal-0002.jsonl", "")
        _, err = process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(b"a later start of this run has begun", err)
        self.assert_nothing_left()

    def test_a_master_left_of_an_earlier_start_ends(self):
        self.write_jobs(*[0] * 2000)
        process = self.start("jobs.txt", "-j6")
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= 12, what="a part of the work being done")
        self.write("jobs.farm/journal-0002.jsonl", "")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 255)
        self.assertIn(b"a later start of this run has begun", err)
        self.assert_nothing_left()

    def test_a_suspended_job_loses_nobody(self):
        """As Slurm suspends one: all its processes are stopped, and go on much later."""
        self.write_jobs(*[0] * 60)
        process = self.start("jobs.txt", "-j6", "--heartbeat", "3s", launcher=mpirun(4))
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= 12, what="a part of the work being done")
        pids = descendants(self.mark)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        # Nothing can be waited for: nothing happens in this time.
        signal.sigtimedwait([], 4)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual([r for r in self.journal() if r["e"] == "lost"], [], err)
        self.assert_all_done(60)


class TwoOfFour(FarmTestCase):
    """Two of four workers are lost, at any moment of 1000 tasks and in any way."""

    TASKS = 1000
    workers = 4
    rounds = ROUNDS

    def begin(self):
        return self.start("jobs.txt", "-j8", "--heartbeat", "3s", launcher=mpirun(1 + self.workers))

    def ended(self):
        """As journal() would tell, but cheap."""
        try:
            return self.read("jobs.farm/journal-0001.jsonl").count(b'"e":"end"')
        except FileNotFoundError:
            return 0

    def once(self, rng):
        shutil.rmtree(self.path("jobs.farm"), ignore_errors=True)
        if os.path.exists(self.path("sent")):
            os.remove(self.path("sent"))
        process = self.begin()
        begun = rng.randrange(10, 800)
        self.wait_for(lambda: self.ended() >= begun, what="a part of the work being done")
        sent = []
        for number in rng.sample(range(1, 1 + self.workers), 2):
            sent.append((number, rng.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP]).name))
            os.kill(self.rank(number), signal.Signals[sent[-1][1]])
            time.sleep(rng.choice([0, 0, 0.01, 0.3]))
        self.write("sent", "")
        context = f"{sent} from task {begun} on"
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, f"{context}: {err!r}")
        self.assertEqual(sorted(map(int, out.split())), list(range(self.TASKS)), context)
        successes = self.successes()
        self.assertEqual((len(successes), set(successes.values())), (self.TASKS, {1}), context)
        self.assertLessEqual({number for number, _ in sent}, {r["w"] for r in self.journal() if r["e"] == "lost"}, context)
        self.assert_nothing_left()
        return context

    def test_the_same_command_ends_by_itself_with_everything_done(self):
        # The last one waits, so that the run is not over before both are lost, however long that takes here.
        self.write("jobs.txt", "".join(f"sleep 0.005; echo {i}\n" for i in range(self.TASKS - 1)) +
                   f"until [ -e sent ]; do sleep 0.01; done; echo {self.TASKS - 1}\n")
        for number in range(self.rounds):
            seed = SEED + number
            with self.subTest(seed=seed):
                begun = time.monotonic()
                context = self.once(random.Random(seed))
                print(f"seed {seed}: {context}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
