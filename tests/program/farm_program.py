"""Runs the real farm program, with and without mpirun, in a directory of its own, and reads what it left there."""
import collections
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

FARM = os.environ["FARM"]  # the program under test, set by CTest
MPIRUN = os.environ.get("MPIEXEC", "mpirun")


def mpirun(ranks, *options):
    return [MPIRUN, "--oversubscribe", "--bind-to", "none", "-q", "-np", str(ranks), *options]


def environment(**more):
    """The caller's, less what changes how farm or mpirun behave: CI alone turns the progress bar off."""
    unwanted = ("OMPI_", "PMIX_", "SLURM_", "FARM_", "CI=", "NO_COLOR=", "PARALLEL=")
    env = {name: text for name, text in os.environ.items() if not f"{name}=".startswith(unwanted)}
    env.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", SHELL="/bin/sh")
    env.update(more)
    return env


def descendants(mark):
    """Processes that carry FARM_TEST_MARK=mark in their environment: everything a test has started, whoever its parent is."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if b"FARM_TEST_MARK=" + mark.encode() + b"\0" in file.read():
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass
    return [pid for pid in found if pid != os.getpid()]


def fill(path):
    """Writes there until the disk is full."""
    with open(path, "ab", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass


class FarmTestCase(unittest.TestCase):
    """A directory, and everything started in it is gone afterwards."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="farm-program-")
        self.mark = os.path.basename(self.dir)
        self.addCleanup(self.clean_up)

    def clean_up(self):
        for pid in descendants(self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def mount(self, name, size):
        """A file system of its own, that can be filled, in that directory of the test's. Returns its path."""
        place = self.path(name)
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root to mount a small file system")
        os.mkdir(place)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", place], stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise unittest.SkipTest("cannot mount here: " + done.stderr.decode())
        self.addCleanup(lambda: subprocess.run(["umount", "-l", place]))
        return place

    def start(self, *arguments, launcher=(), stdin=subprocess.DEVNULL, env=None, program=FARM, **more):
        return subprocess.Popen([*launcher, program, *arguments], cwd=self.dir, stdin=stdin, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment(FARM_TEST_MARK=self.mark, **(env or {})), **more)

    def farm(self, *arguments, launcher=(), status=0, timeout=120, **more):
        """Runs to the end; returns (stdout, stderr) as bytes."""
        process = self.start(*arguments, launcher=launcher, **more)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"farm hangs; stdout {out[-2000:]!r} stderr {err[-2000:]!r}")
        if status is not None:
            self.assertEqual(process.returncode, status, f"stdout {out[-2000:]!r} stderr {err[-2000:]!r}")
        return out, err

    def journal(self, run="jobs.farm"):
        """Every record of every start, in order. A torn last line is left out, as farm does."""
        records = []
        for path in sorted(glob.glob(self.path(run) + "/journal-*.jsonl")):
            with open(path, "rb") as file:
                for line in file.read().split(b"\n")[:-1]:
                    records.append(json.loads(line))
        return records

    def successes(self, run="jobs.farm"):
        """How often each command was recorded as succeeded."""
        return collections.Counter(r["cmd"] for r in self.journal(run)
                                   if r["e"] == "end" and r["cause"] == "exited" and r.get("code", 0) == 0)

    def rank(self, number, program="farm"):
        """The pid of that rank; not its shepherd's, its stand-in's, nor that of a process the launcher shows it by."""
        for pid in descendants(self.mark):
            try:
                with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/environ", "rb") as environ, \
                        open(f"/proc/{pid}/cmdline", "rb") as words:
                    mine = f"OMPI_COMM_WORLD_RANK={number}\0".encode()
                    if comm.read() == program + "\n" and mine in environ.read() and b"--stand-in" not in words.read():
                        return pid
            except OSError:
                pass
        self.fail(f"there is no rank {number}")

    def wait_for(self, condition, seconds=20, what="the condition"):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"{what} does not come true")
            time.sleep(0.005)

    def assert_nothing_left(self, seconds=5):
        self.wait_for(lambda: not descendants(self.mark), seconds, "every process being gone")


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=2)
