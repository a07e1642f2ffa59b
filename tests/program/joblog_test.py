"""The job log is GNU parallel's, and a run goes on from one."""
import os
import re
import subprocess

from farm_program import FarmTestCase, main, mpirun
from gnu_parallel import parallel

HEADING = b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand"


class Joblog(FarmTestCase):
    def lines(self, name="log"):
        heading, *lines = self.read(name).split(b"\n")
        self.assertEqual(heading, HEADING)
        self.assertEqual(lines.pop(), b"")
        return lines

    def without_times(self, lines):
        for line in lines:
            self.assertRegex(line, rb"^\d+\t:\t\d{10}\.\d{3}\t *\d+\.\d{3}\t0\t\d+\t-?\d+\t\d+\t")
            self.assertEqual(len(line.split(b"\t")[3]), 10)
        return sorted(re.sub(rb"\t\d+\.\d+\t +\d+\.\d+\t", b"\t", line) for line in lines)

    def succeeded_of(self, name="log"):
        return sorted(int(line.split(b"\t")[0]) for line in self.lines(name) if line.split(b"\t")[6:8] == [b"0", b"0"])

    def test_it_is_what_parallel_writes(self):
        commands = ["echo a", "false", "kill -9 $$", "sleep 20", "nosuchcmd_x", "printf abc; printf err >&2", "exit 77",
                    "echo 'a\tb'"]
        self.write("jobs.txt", "".join(command + "\n" for command in commands))
        parallel(self, "-j4", "--joblog", "theirs", "--timeout", "2", ":::", *commands, status=5)
        for launcher in ((), mpirun(3)):
            self.farm("jobs.txt", "-j4", "--fresh", "--joblog", "log", "--timeout", "2", status=1, launcher=launcher)
            self.assertEqual(self.without_times(self.lines()), self.without_times(self.lines("theirs")))

    def test_only_the_last_try_is_in_it(self):
        self.write("jobs.txt", "echo try >> tries; test $(wc -l < tries) -ge 3\n")
        self.farm("jobs.txt", "--retries", "3", "--joblog", "log")
        self.assertEqual([line.split(b"\t")[6] for line in self.lines()], [b"0"])

    def test_overwritten_or_added_to(self):
        self.write("jobs.txt", "true\nfalse\n")
        self.farm("jobs.txt", "--joblog", "log", status=1)
        self.farm("jobs.txt", "--joblog", "+log", status=1)
        self.assertEqual(sorted(line.split(b"\t")[0] for line in self.lines()), [b"1", b"2", b"2"])
        self.farm("jobs.txt", "--joblog", "log", status=1)
        self.assertEqual([line.split(b"\t")[0] for line in self.lines()], [b"2"])

    def test_what_was_cut_short_is_not_in_it(self):
        self.write("jobs.txt", "true\ntouch started; sleep 300\n")
        process = self.start("jobs.txt", "-j2", "--joblog", "log")
        self.wait_for(lambda: os.path.exists(self.path("started")) and self.read("log").count(b"\n") == 2,
                      what="the first line, while the run goes on")
        process.terminate()
        process.communicate(timeout=20)
        self.assertEqual([line.split(b"\t")[0] for line in self.lines()], [b"1"])

    def both(self, *arguments, commands):
        """What farm and parallel run of the same commands, going on from the same log."""
        log = self.read("log")
        self.write("did", "")
        parallel(self, *arguments, "--joblog", "log", *([":::", *commands] if commands else []), status=None)
        theirs = sorted(self.read("did").split())
        for launcher in ((), mpirun(3)):
            self.write("did", "")
            self.write("log", log)
            manifest = []
            if commands:
                self.write("jobs.txt", "".join(command + "\n" for command in commands))
                manifest = ["jobs.txt"]
            self.farm(*manifest, *arguments, "--fresh", "--joblog", "log", status=None, launcher=launcher)
            self.assertEqual(sorted(self.read("did").split()), theirs)
        self.assertTrue(self.read("log").startswith(log), "what was in it stays")
        return [int(word) for word in theirs]

    def old_log(self):
        self.write("log", HEADING + b"\n" + b"".join(
            b"%d\t:\t1700000000.000\t     0.001\t0\t0\t%d\t%d\techo %d >> did\n" % line
            for line in [(1, 0, 0, 91), (2, 1, 0, 92), (4, 0, 9, 94), (3, 1, 0, 93), (3, 0, 0, 93), (5, -1, 15, 95)]))

    def test_resume(self):
        commands = [f"echo {n} >> did" for n in range(1, 8)]
        self.old_log()
        self.assertEqual(self.both("--resume", commands=commands), [6, 7])
        self.old_log()
        self.assertEqual(self.both("--resume-failed", commands=commands), [2, 4, 5, 6, 7])
        self.old_log()
        self.assertEqual(self.both("--retry-failed", commands=[]), [92, 94, 95])

    def test_dry_runs_show_what_is_left_and_log_nothing(self):
        self.write("jobs.txt", "".join(f"echo {n} >> did\n" for n in range(1, 8)))
        self.old_log()
        before = self.read("log")
        for arguments, left in ((["jobs.txt", "--resume"], [6, 7]), (["jobs.txt", "--resume-failed"], [2, 4, 5, 6, 7]),
                                (["--retry-failed"], [92, 94, 95])):
            out, _ = self.farm(*arguments, "--joblog", "log", "--dry-run")
            self.assertEqual(out.decode(), "".join(f"echo {n} >> did\n" for n in left))
        self.assertEqual(self.read("log"), before)

    def test_retried_tasks_keep_their_numbers_and_newlines(self):
        self.write("log", HEADING + b"\n3\t:\t1\t 1\t0\t0\t1\t0\tprintf 'a\0b' >> did\n")
        self.farm("--retry-failed", "--joblog", "log")
        self.assertEqual(self.read("did"), b"a\nb")
        self.assertEqual(self.lines()[1].split(b"\t")[0], b"3")
        self.assertTrue(self.lines()[1].endswith(b"\tprintf 'a\0b' >> did"))
        self.farm("--retry-failed", "--joblog", "log")
        self.assertEqual(self.read("did"), b"a\nb", "nothing is left to be retried")

    def test_a_line_that_was_cut_off(self):
        self.old_log()
        with open(self.path("log"), "ab") as file:
            file.write(b"6\t:\t17000")
        self.write("jobs.txt", "".join(f"echo {n} >> did\n" for n in range(1, 8)))
        self.farm("jobs.txt", "--resume", "--joblog", "log")
        self.assertEqual(sorted(self.read("did").split()), [b"6", b"7"])
        self.assertEqual(self.succeeded_of(), [1, 3, 6, 7])

    def test_resuming_a_run_that_was_killed(self):
        self.write("jobs.txt", "".join(f"echo {n} >> did; sleep 0.01\n" for n in range(1, 61)))
        process = self.start("jobs.txt", "-j2", "--joblog", "log")
        self.wait_for(lambda: os.path.exists(self.path("log")) and self.read("log").count(b"\n") > 5)
        process.kill()
        process.communicate()
        done = self.succeeded_of()
        self.write("did", "")
        self.farm("jobs.txt", "--fresh", "--resume", "--joblog", "log")
        self.assertEqual(sorted(int(n) for n in self.read("did").split()), sorted(set(range(1, 61)) - set(done)))
        self.assertEqual(self.succeeded_of(), list(range(1, 61)))

    def test_refused(self):
        self.write("jobs.txt", "touch ran\n")
        for option in ("--resume", "--resume-failed"):
            self.assertIn("--joblog", self.farm("jobs.txt", option, status=2)[1].decode())
        self.assertIn("--joblog", self.farm("--retry-failed", status=2)[1].decode())
        self.assertIn("jobs.txt", self.farm("jobs.txt", "--retry-failed", "--joblog", "log", status=2)[1].decode())
        self.assertIn("no tasks", self.farm("--retry-failed", "--joblog", "log", status=2)[1].decode())
        self.assertIn("No such file", self.farm("jobs.txt", "--joblog", "no/log", status=2)[1].decode())
        self.write("data", "precious\n")
        for launcher in ((), mpirun(3)):
            err = self.farm("jobs.txt", "--resume", "--joblog", "data", status=2, launcher=launcher)[1].decode()
            self.assertEqual(err.count("data:1:"), 1, err)
        self.assertEqual(self.read("data"), b"precious\n")
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_full_disk_does_not_stop_the_run(self):
        self.write("jobs.txt", "echo 1\necho 2\n")
        out, err = self.farm("jobs.txt", "-k", "--joblog", "+/dev/full")
        self.assertEqual(out, b"1\n2\n")
        self.assertEqual(err.count(b"/dev/full"), 1, err)
        self.assertIn(b"No space left", err)


if __name__ == "__main__":
    main()
