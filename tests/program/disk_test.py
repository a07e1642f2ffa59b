"""Disks that fill, directories that go away or may not be written, and clocks that step, under the real program."""
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

from farm_program import FarmTestCase, descendants, fill, main, mpirun

CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
/* The wall clock of somebody who sets it: hours forth and back at every look. The steady one is left alone. */
int clock_gettime(clockid_t id, struct timespec* time) {
  static unsigned looks;
  const long result = syscall(SYS_clock_gettime, id, time);
  if (id == CLOCK_REALTIME) time->tv_sec += (looks++ % 3) * 7200L - 7200L;
  return (int)result;
}
"""

SYNCS = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
/* Notes what is synced, a line each. */
int fsync(int fd) {
  char name[64], path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(name, path, sizeof path - 1);
  const int log = open(getenv("SYNCED"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (length > 0) path[length] = '\\n';
  if (length > 0 && write(log, path, (size_t)length + 1) < 0) abort();
  close(log);
  return (int)syscall(SYS_fsync, fd);
}
"""


class FullRunDirectory(FarmTestCase):
    """A task's output is more than what travels with its end, so that workers write it themselves."""

    TASKS = 30

    def check(self, launcher):
        disk = self.mount("disk", "8m")
        self.write("jobs.txt", "".join(f"seq {n} {n + 9999}; echo {n} >> did\n" for n in range(self.TASKS)))
        process = self.start("jobs.txt", "--run", disk + "/run", "--quiet", launcher=launcher)
        self.wait_for(lambda: os.path.exists(self.path("did")))
        fill(disk + "/fill")
        err = []
        self.wait_for(lambda: self.said(process, err, "No space left"), what="a word about the full disk")
        self.assertIsNone(process.poll(), "it does not give up")
        os.remove(disk + "/fill")
        _, rest = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, b"".join(err) + rest)
        self.assertEqual(sorted(int(n) for n in self.read("did").split()), list(range(self.TASKS)))
        for n in range(self.TASKS):
            out, _ = self.farm("output", disk + "/run", str(n + 1))
            self.assertEqual(out, "".join(f"{i}\n" for i in range(n, n + 10000)).encode())
        self.farm("jobs.txt", "--run", disk + "/run")
        self.assertEqual(len(self.read("did").split()), self.TASKS, "all of it had been recorded")

    def said(self, process, seen, what):
        os.set_blocking(process.stderr.fileno(), False)
        more = process.stderr.read()
        if more:
            seen.append(more)
        return what.encode() in b"".join(seen)

    def test_alone(self):
        self.check(())

    def test_under_mpirun(self):
        self.check(mpirun(3))


class FullTaskDirectory(FarmTestCase):
    def test_only_the_tasks_that_write_there_fail(self):
        disk = self.mount("disk", "64k")
        fill(disk + "/fill")
        for run, launcher in (("alone", ()), ("three", mpirun(3))):
            self.write("flow.toml", f"""
                [[task]]
                command = "cat /proc/self/stat"
                stdout = "{disk}/redirected"
                [[task]]
                command = "seq 100000 > {disk}/own"
                [[task]]
                command = "seq 100000 > $FARM_OUTPUT"
                outputs = ["{disk}/made"]
                [[sweep]]
                command = "echo {{n}} > fine-{run}-{{n}}"
                [sweep.parameters]
                n = {{ range = [1, 20] }}
                """)
            _, err = self.farm("flow.toml", "--run", run, status=1, launcher=launcher)
            self.assertEqual(len([name for name in os.listdir(self.dir) if name.startswith(f"fine-{run}")]), 20, err)
            ends = [record for record in self.journal(run) if record["e"] == "end" and record.get("final")]
            failed = [record["task"] for record in ends if record.get("code", 0) != 0]
            self.assertEqual(sorted(failed), [0, 1, 2])
            self.assertEqual(sorted(os.listdir(disk)), ["fill", "own"], "nothing half done is left under a name of its own")


class FileSizeLimit(FarmTestCase):
    """What a user without root sees of a full disk. The limit is that of the rank alone: its tasks' is the shepherd's."""

    def test_it_waits_until_the_limit_is_raised(self):
        self.write("jobs.txt", "".join(f"echo {n} {'x' * 100}; echo {n} >> did\n" for n in range(100)))
        process = self.start("jobs.txt", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY)))
        err = b""
        while b"raise the file size limit" not in err:
            line = process.stderr.readline()
            self.assertNotEqual(line, b"", err)
            err += line
        for pid in descendants(self.mark):
            subprocess.run(["prlimit", "--pid", str(pid), "--fsize=unlimited"], check=False, stderr=subprocess.DEVNULL)
        _, rest = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err + rest)
        self.assertEqual(sorted(int(n) for n in self.read("did").split()), list(range(100)))
        self.farm("jobs.txt")
        self.assertEqual(len(self.read("did").split()), 100)

    def stuck(self):
        self.write("jobs.txt", "".join(f"echo {n} {'x' * 100}; echo {n} >> did\n" for n in range(100)))
        process = self.start("jobs.txt", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
        self.assertIn(b"raise the file size limit", process.stderr.readline())
        return process

    def is_pending(self, process, number):
        with open(f"/proc/{process.pid}/status") as file:
            pending = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd"))]
        return any(mask >> (number - 1) & 1 for mask in pending)

    def test_whoever_will_not_wait_is_told_what_is_lost(self):
        process = self.stuck()
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            self.wait_for(lambda: not self.is_pending(process, signal.SIGINT), what="the signal being read")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, err)
        self.assertIn(b"could not be recorded", err)
        self.assert_nothing_left()
        before = [r["task"] for r in self.journal() if r["e"] == "end"]
        self.farm("jobs.txt")
        did = [int(n) for n in self.read("did").split()]
        self.assertEqual(set(did), set(range(100)))
        for n in before:
            self.assertEqual(did.count(n), 1, "what was recorded does not run again")

    def test_tasks_end_when_they_are_told_to_also_while_nothing_can_be_recorded(self):
        self.write("jobs.txt", "touch long; sleep 1000\n" + "".join(f"echo {n} {'x' * 100}\n" for n in range(100)))
        process = self.start("jobs.txt", "-j2", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
        self.assertIn(b"raise the file size limit", process.stderr.readline())
        self.wait_for(lambda: os.path.exists(self.path("long")))
        process.send_signal(signal.SIGINT)
        self.wait_for(lambda: b"sleep" not in self.commands(), what="the task's end")
        self.assertIsNone(process.poll(), "it waits for room, for its results' sake")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, err)

    def commands(self):
        text = b""
        for pid in descendants(self.mark):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    text += file.read()
            except OSError:
                pass
        return text


class PlacesThatGoAway(FarmTestCase):
    def test_a_run_directory_that_is_removed_ends_the_run(self):
        self.write("jobs.txt", "touch started; while ! test -e go; do sleep 0.01; done; echo done\n" + "sleep 0.05\n" * 1000)
        for launcher in ((), mpirun(3)):
            process = self.start("jobs.txt", launcher=launcher)
            self.wait_for(lambda: os.path.exists(self.path("started")))
            shutil.rmtree(self.path("jobs.farm"))
            self.write("go", "")
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 255, err)
            self.assertIn(b"was removed while it was in use", err)
            self.assert_nothing_left()
            os.remove(self.path("started"))
            os.remove(self.path("go"))

    def test_a_directory_that_may_only_be_read_is_refused_before_anything_runs(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root to mount")
        os.mkdir(self.path("place"))
        self.write("place/jobs.txt", "touch ran\n")
        self.write("jobs.txt", "true\n")
        self.farm("jobs.txt", "--run", "place/run")
        for command in (["mount", "--bind"], ["mount", "-o", "remount,ro,bind"]):
            if subprocess.run([*command, self.path("place"), self.path("place")]).returncode != 0:
                raise unittest.SkipTest("cannot mount here")
            if "--bind" in command:
                self.addCleanup(lambda: subprocess.run(["umount", "-l", self.path("place")]))
        for arguments in (["place/jobs.txt"], ["jobs.txt", "--run", "place/run"], ["jobs.txt", "--run", "place/new"]):
            _, err = self.farm(*arguments, status=2)
            self.assertIn(b"Read-only file system; choose another place with --run DIR", err)
        self.farm("place/jobs.txt", "--run", "elsewhere")
        self.assertTrue(os.path.exists(self.path("ran")))
        out, _ = self.farm("output", "place/run", "1")
        self.assertEqual(out, b"", "what is there can still be read")


class DiskThatFails(FarmTestCase):
    """A file system that makes itself read-only, as ext4 does when its disk fails, while farm has files open on it."""

    TASKS = 150

    def run_tool(self, *command):
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except FileNotFoundError as error:
            raise unittest.SkipTest(str(error))
        if done.returncode != 0:
            raise unittest.SkipTest(f"cannot do this here: {' '.join(command)}: {done.stdout.decode()}")

    def make_disk(self, name):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root to mount a file system of its own")
        with open(self.path(name + ".img"), "wb") as image:
            image.truncate(16 << 20)
        self.run_tool("mkfs.ext4", "-q", self.path(name + ".img"))
        os.mkdir(self.path(name))
        self.addCleanup(lambda: subprocess.run(["umount", "-l", self.path(name)], stderr=subprocess.DEVNULL))
        self.mount_disk(name)

    def mount_disk(self, name):
        self.run_tool("mount", "-o", "loop,errors=remount-ro", self.path(name + ".img"), self.path(name))

    def test_the_run_ends_and_says_why_and_what_was_told_is_not_run_again(self):
        for name, launcher in (("alone", ()), ("three", mpirun(3))):
            with self.subTest(name):
                self.make_disk(name)
                self.write("did", "")
                self.write("jobs.txt", "".join(f"sleep 0.02; echo {n} >> did; echo {n}\n" for n in range(self.TASKS)))
                words = ["jobs.txt", "--run", name + "/run", "-j4", "--durability", "task"]
                process = self.start(*words, launcher=launcher)
                self.wait_for(lambda: self.read("did").count(b"\n") > 30, what="the middle of the run")
                self.run_tool("mount", "-o", "remount,abort", self.path(name))
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 255, err)
                self.assertRegex(err.decode(), f"farm: cannot (write|bring) .*{name}/run/.*: (Read-only file system|Input/output error)")
                self.assert_nothing_left()
                told = [int(n) for n in out.split()]
                self.assertLess(len(told), self.TASKS)
                _, err = self.farm(*words, status=2)
                self.assertIn(b"Read-only file system", err)

                self.run_tool("umount", self.path(name))
                self.mount_disk(name)
                self.farm(*words, launcher=launcher)
                did = [int(n) for n in self.read("did").split()]
                self.assertEqual(set(did), set(range(self.TASKS)))
                for n in told:
                    self.assertEqual(did.count(n), 1, "what was told was on the disk")


class PreloadTestCase(FarmTestCase):
    """Functions of the C library are replaced."""

    def preloaded(self, text):
        """The variables that do it."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise unittest.SkipTest("needs a C compiler")
        self.write("preload.c", text)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", self.path("preload.so"), self.path("preload.c")], check=True)
        return {"LD_PRELOAD": self.path("preload.so")}


class Names(PreloadTestCase):
    def synced(self):
        """The directories whose names have been brought to the disk, in order."""
        return [os.path.relpath(line, self.dir) for line in self.read("synced").decode().split("\n")[:-1] if os.path.isdir(line)]

    def test_new_ones_are_on_the_disk_before_they_are_used(self):
        """A worker of another process has a file of its own in output/."""
        variables = {**self.preloaded(SYNCS), "SYNCED": self.path("synced")}
        self.write("jobs.txt", "seq 10000\n")
        self.farm("jobs.txt", "--quiet", launcher=mpirun(2), env=variables)
        synced = self.synced()
        self.assertEqual(set(synced), {".", "jobs.farm", "jobs.farm/output"})
        self.assertEqual(synced.count("jobs.farm/output"), 2, "rank 0's and the worker's")
        self.assertEqual(synced[0], ".")
        self.write("synced", "")
        self.farm("jobs.txt", "--quiet", env=variables)
        self.assertNotIn(".", self.synced(), "the run directory was there")

    def test_what_nobody_keeps_is_not_waited_for(self):
        variables = {**self.preloaded(SYNCS), "SYNCED": self.path("synced"), "TMPDIR": self.dir}
        self.write("synced", "")
        self.farm("sweep", "--quiet", "seq {}", ":::", "10000", "10000", launcher=mpirun(2), env=variables)
        self.assertEqual(self.synced(), [])


class Clocks(PreloadTestCase):
    def test_a_wall_clock_that_steps_changes_nothing(self):
        variables = self.preloaded(CLOCK)
        self.write("jobs.txt", "#FARM task timeout=60\nsleep 0.2\n" + "echo x\n" * 20 + "#FARM task timeout=0.3 retries=1\nsleep 5\n")
        begun = time.monotonic()
        for launcher in ((), mpirun(3)):
            shutil.rmtree(self.path("jobs.farm"), ignore_errors=True)
            self.farm("jobs.txt", launcher=launcher, status=1, env=variables)
            ends = {record["task"]: record for record in self.journal() if record["e"] == "end"}
            self.assertEqual(len(ends), 22)
            self.assertEqual(ends[21]["cause"], "timed_out")
            for record in ends.values():
                self.assertLess(record["wall_ns"], (time.monotonic() - begun) * 1e9, "no duration is of the clock that steps")
            times = [record["t_ns"] for record in self.journal() if record["e"] == "end"]
            self.assertNotEqual(times, sorted(times), "the clock did step")


if __name__ == "__main__":
    main()
