"""The same command again carries on, whatever happened to the run or the manifest in between."""
import collections
import contextlib
import os
import random
import shutil
import signal
import time

from farm_program import FarmTestCase, main, mpirun
from victims import Victims

KILLS = int(os.environ.get("FARM_TEST_KILLS", "12"))


class EditedManifests(FarmTestCase):
    def ran(self):
        text = self.read("ran").decode().split("\n")[:-1] if os.path.exists(self.path("ran")) else []
        self.write("ran", "")
        return text

    def lines(self, *names):
        self.write("jobs.txt", "".join(f"echo {name} >> ran\n" for name in names))

    def again(self):
        self.farm("jobs.txt", launcher=self.launcher)
        return sorted(self.ran())

    launcher = ()

    def test_only_what_is_new_or_changed_runs(self):
        self.lines("a", "b", "c")
        self.assertEqual(self.again(), ["a", "b", "c"])
        self.assertEqual(self.again(), [])
        self.lines("a", "new", "b", "c")
        self.assertEqual(self.again(), ["new"], "inserted")
        self.lines("a", "c")
        self.assertEqual(self.again(), [], "deleted")
        self.lines("c", "a")
        self.assertEqual(self.again(), [], "swapped")
        self.lines("c", "c", "a")
        self.assertEqual(self.again(), ["c"], "one more of the same is one more task")
        self.lines("c", "c", "a")
        self.assertEqual(self.again(), [])
        self.lines("b", "c", "a2")
        self.assertEqual(self.again(), ["a2"], "b had been done before it was deleted")

    def test_failed_ones_run_again_and_fresh_runs_all(self):
        self.write("jobs.txt", "echo a >> ran\ntest -e ok && echo b >> ran\n")
        self.farm("jobs.txt", status=1)
        self.assertEqual(self.ran(), ["a"])
        self.write("ok", "")
        self.assertEqual(self.again(), ["b"])
        self.farm("jobs.txt", "--fresh")
        self.assertEqual(sorted(self.ran()), ["a", "b"])
        self.assertTrue(os.path.isdir(self.path("jobs.farm.1")))

    def test_a_run_directory_elsewhere(self):
        self.lines("a")
        self.farm("jobs.txt", "--run", "elsewhere")
        self.assertFalse(os.path.exists(self.path("jobs.farm")))
        self.farm("jobs.txt", "--run", "elsewhere")
        self.assertEqual(self.ran(), ["a"])

    def test_names_are_identities(self):
        self.write("jobs.txt", "#FARM task name=x\necho one >> ran\n")
        self.assertEqual(self.again(), ["one"])
        self.write("jobs.txt", "#FARM task name=x\necho two >> ran\n")
        self.assertEqual(self.again(), [])

    def test_a_stream_with_a_run_directory_is_carried_on_by_content(self):
        for text, expected in ((b"echo a >> ran\necho b >> ran\n", ["a", "b"]), (b"echo b >> ran\necho c >> ran\n", ["c"])):
            self.write("list", text)
            with open(self.path("list"), "rb") as file:
                self.farm("-", "--run", "kept", stdin=file)
            self.assertEqual(sorted(self.ran()), expected)


class EditedUnderMpi(EditedManifests):
    launcher = mpirun(3)


class Kills(Victims, FarmTestCase):
    """At a random moment somebody is killed; the same command is typed again until it ends. Every task leaves a line when it
    starts and one when it ends."""

    TASKS = 60
    seed = int(os.environ.get("FARM_TEST_SEED", "1"))

    def once(self, launcher, victim, rng):
        self.write("starts", "")
        self.write("ends", "")
        self.write("jobs.txt", "".join(f"echo {i} >> starts; sleep 0.0{rng.randrange(1, 4)}; echo {i} >> ends\n"
                                       for i in range(self.TASKS)))
        killed = False
        for start in range(20):
            process = self.start("jobs.txt", "--retries", "2", launcher=launcher)
            if not killed:
                time.sleep(rng.uniform(0.05, 1.2))
                pids = self.victims(process)[victim]
                with contextlib.suppress(ProcessLookupError):  # tasks come and go
                    if pids and process.poll() is None:
                        os.kill(rng.choice(pids), signal.SIGKILL)
                        killed = True
                        self.kills[victim] += 1
            out, err = self.end_of(process, victim)
            self.assert_nothing_left()
            if process.returncode == 0:
                break
        else:
            self.fail(f"after {victim} was killed the run never ends: {err[-2000:]!r}")
        starts = [int(line) for line in self.read("starts").split()]
        ends = [int(line) for line in self.read("ends").split()]
        context = f"{victim} killed, err {err[-500:]!r}"
        self.assertEqual(set(ends), set(range(self.TASKS)), context)
        again = [i for i in range(self.TASKS) if starts.count(i) > 1]
        at_once = 1 + len(launcher)
        self.assertLessEqual(len(again), 4 * at_once, f"only what was running may run twice: {again}; {context}")
        for i in again:
            self.assertLessEqual(starts.count(i), 2, context)
        successes = self.successes()
        self.assertEqual(len(successes), self.TASKS, context)
        self.assertEqual(set(successes.values()), {1}, f"one success each; {context}")

    def test_a_worker_may_die_while_all_say_goodbye(self):
        """In MPI_Finalize, after the last line of the journal: its part in the others' fence may be done or not."""
        rng = random.Random(self.seed)
        self.write("jobs.txt", "true\n" * 6)
        for number in range(8):
            with self.subTest(number=number):
                # Not --fresh: the last line of the run before must not be taken for this one's.
                shutil.rmtree(self.path("jobs.farm"), ignore_errors=True)
                process = self.start("jobs.txt", launcher=mpirun(3))
                self.wait_for(lambda: any(r["e"] == "stop" for r in self.journal()) or process.poll() is not None)
                time.sleep(rng.uniform(0, 0.05))
                pids = self.victims(process)["worker"]
                with contextlib.suppress(ProcessLookupError):  # it may be gone by then
                    if pids:
                        os.kill(rng.choice(pids), signal.SIGKILL)
                _, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, err)
                self.assert_nothing_left()

    def test_nobody_is_irreplaceable(self):
        rng = random.Random(self.seed)
        self.hangs = 0
        self.kills = collections.Counter()
        victims = ["mpirun", "rank 0", "worker", "shepherd", "task"]
        for number in range(KILLS):
            victim = victims[number % len(victims)]
            with self.subTest(number=number, victim=victim):
                shutil.rmtree(self.path("jobs.farm"), ignore_errors=True)
                self.once(mpirun(3), victim, rng)
        print(f"killed {dict(self.kills)}, mpirun itself hung {self.hangs} times", flush=True)


if __name__ == "__main__":
    main()
