"""Random manifests, and while they run random kills, stops, signals and full disks; the same command is typed again until
all is done. Then a checker asks whether any task is lost, was recorded as succeeded twice, or ran again though it was not
in flight, and whether a process is left. `--seed` repeats a run: what is done and to whom, as far as timing lets it."""
import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import time
import unittest

from farm_program import FarmTestCase, descendants, fill, mpirun
from victims import Victims

# What a task does between its two lines.
DEEDS = {
    "sleeps": "sleep 0.{r}",
    "prints": "seq {r}000",
    "prints nothing": "true",
    "leaves a child": "(setsid sleep 100 >/dev/null 2>&1 &)",
    "fails at first": "test -e failed-{n} || {{ touch failed-{n}; exit 3; }}",
    "forks": "for i in 1 2 3; do sleep 0.01 & done; wait",
    "closes its streams": "exec >&- 2>&-",
}
INJECTIONS = ["mpirun", "rank 0", "worker", "shepherd", "task", "stop a task", "TERM", "INT", "USR1", "full disk",
              "crash a worker", "freeze a worker"]
# Whom and how, other than by SIGKILL.
SENT = {"stop a task": ("task", signal.SIGSTOP), "crash a worker": ("worker", signal.SIGSEGV),
        "freeze a worker": ("worker", signal.SIGSTOP)}
MOST_STARTS = 40


class Chaos(Victims, FarmTestCase):
    log = []  # of this round, for the message of a failure
    injections = INJECTIONS
    variables = {}  # for the processes

    def runTest(self):
        pass  # rounds are called one by one

    def small_disk(self):
        """For the run directory; None where that is not allowed."""
        try:
            return self.mount("disk", "4m")
        except unittest.SkipTest:
            return None

    def launcher(self, rng):
        return mpirun(rng.randrange(2, 5)) if rng.random() < 0.75 else []

    def make_manifest(self, rng):
        self.tasks = rng.randrange(40, 120)
        lines = []
        for n in range(self.tasks):
            deed = DEEDS[rng.choice(list(DEEDS))].format(n=n, r=rng.randrange(1, 9))
            lines.append(f"echo {n} >> starts; {deed}; echo {n} >> ends\n")
        self.write("jobs.txt", "".join(lines))
        self.write("starts", "")
        self.write("ends", "")

    def inject(self, what, process, rng):
        pids = self.victims(process)
        if process.poll() is not None:
            return False
        if what in ("TERM", "INT", "USR1"):
            process.send_signal(getattr(signal, "SIG" + what))
            return True
        if what == "full disk":
            return self.fill_for_a_while(rng)
        whom, sent = SENT.get(what, (what, signal.SIGKILL))
        if not pids[whom]:
            return False
        victim = rng.choice(sorted(pids[whom]))
        try:
            os.kill(victim, sent)
            if what == "stop a task":
                time.sleep(rng.uniform(0, 0.3))
                os.kill(victim, signal.SIGCONT)
        except ProcessLookupError:
            return False
        return True

    def fill_for_a_while(self, rng):
        if self.disk is None:
            return False
        fill(self.disk + "/fill")
        time.sleep(rng.uniform(0.1, 0.8))
        os.remove(self.disk + "/fill")
        return True

    def one_start(self, number, arguments, launcher, rng):
        process = self.start(*arguments, launcher=launcher, env=self.variables)
        done = []
        # The last starts are left in peace.
        while number < MOST_STARTS // 2 and len(done) < 3 and rng.random() < 0.85:
            time.sleep(rng.uniform(0.05, 0.6))
            what = rng.choice(self.injections)
            if what == "mpirun" and not launcher:
                what = "shepherd"
            if self.inject(what, process, rng):
                done.append(what)
        _, err = self.end_of(process, done)
        self.log.append(f"start {number}: {done} -> {process.returncode} {err[-200:]!r}")
        self.require_nobody_left()
        return process.returncode, done

    def require_nobody_left(self):
        try:
            self.assert_nothing_left()
        except AssertionError:
            for pid in descendants(self.mark):
                text = subprocess.run(["ps", "-o", "pid,ppid,stat,wchan:20,etime,args", "-p", str(pid)], stdout=subprocess.PIPE)
                self.log.append(text.stdout.decode().split("\n")[1])
            raise

    def round(self, seed):
        rng = random.Random(seed)
        self.log = [f"seed {seed}"]
        self.disk = self.small_disk()
        self.make_manifest(rng)
        launcher = self.launcher(rng)
        run = (self.disk or self.dir) + "/run"
        arguments = ["jobs.txt", "--run", run, f"-j{rng.randrange(1, 7)}", "--retries", "4", "--heartbeat", "2s",
                     "--durability", rng.choice(["task", "200ms", "none"]), *rng.choice([[], ["-k"], ["--quiet"]])]
        self.log.append(" ".join([*launcher, *arguments]))
        injected = collections.Counter()
        for number in range(MOST_STARTS):
            status, done = self.one_start(number, arguments, launcher, rng)
            injected.update(done)
            if status == 0:
                break
        else:
            self.fail("it never ends")
        self.check(run)
        return injected

    def check(self, run):
        starts = collections.Counter(int(line) for line in self.read("starts").split())
        ends = collections.Counter(int(line) for line in self.read("ends").split())
        everything = set(range(self.tasks))
        self.assertEqual(set(ends), everything, "tasks are lost")
        successes, sent = collections.Counter(), collections.Counter()
        for record in self.journal(run):
            if record["e"] == "sent":
                for task, _ in record["a"]:
                    self.assertEqual(successes[task], 0, f"task {task} was sent again after it had succeeded")
                    sent[task] += 1
            elif record["e"] == "end" and record["cause"] == "exited" and record.get("code", 0) == 0:
                successes[record["task"]] += 1
        self.assertEqual(successes, collections.Counter(everything), "each has succeeded once")
        for task in everything:
            self.assertLessEqual(starts[task], sent[task], f"task {task} ran more often than it was sent")


def main(make=Chaos, again="scripts/chaos"):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=0, help="instead of minutes")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    deadline = time.monotonic() + 60 * options.minutes
    injected = collections.Counter()
    rounds = hangs = 0
    while rounds < options.rounds if options.rounds else time.monotonic() < deadline:
        seed = options.seed + rounds
        chaos = make()
        chaos.setUp()
        try:
            injected.update(chaos.round(seed))
        except BaseException:
            print("\n".join(chaos.log), flush=True)
            print(f"repeat with: {again} --rounds 1 --seed {seed}", flush=True)
            raise
        finally:
            chaos.doCleanups()
        hangs += chaos.hangs
        rounds += 1
    total = sum(injected.values())
    print(f"seed {options.seed}: {rounds} rounds, {total} injections {dict(injected)}; nothing lost, nothing twice, nobody "
          f"left; mpirun itself hung {hangs} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
