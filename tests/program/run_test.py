"""Ten thousand lines, every way they can be run: each runs exactly once."""
import subprocess
import threading
import time

from farm_program import FarmTestCase, main, mpirun

COUNT = 10_000
FAIL_EVERY = 500


def mixed_lines(count):
    """Plain programs, shell syntax, comments, blank lines, other line ends, failing ones. Each real one leaves its number."""
    lines = []
    for i in range(count):
        if i % 50 == 0:
            lines += [b"# a comment", b"", b"   \t"]
        if i % FAIL_EVERY == FAIL_EVERY - 1:
            lines.append(b"echo %d >> done; exit 3" % i)
        elif i % 3 == 0:
            lines.append(b"echo %d >> done" % i)
        elif i % 3 == 1:
            lines.append(b"  echo %d >>done\r" % i)
        else:
            lines.append(b"/bin/sh -c 'echo %d >> done'" % i)
    return b"\n".join(lines)  # the last line has no newline


class EveryLineOnce(FarmTestCase):
    def check(self, count, arguments=("jobs.txt",), launcher=(), **more):
        failing = count // FAIL_EVERY
        out, err = self.farm(*arguments, launcher=launcher, status=1 if failing else 0, timeout=300, **more)
        done = sorted(int(line) for line in self.read("done").split())
        self.assertEqual(done, list(range(count)))
        return err, failing

    def check_journal(self, count, failing):
        ends = [record for record in self.journal() if record["e"] == "end"]
        self.assertEqual(len(ends), count)
        self.assertEqual(sorted(record["task"] for record in ends), list(range(count)))
        self.assertEqual(sum(record.get("code", 0) == 3 for record in ends), failing)

    def test_three_ranks(self):
        self.write("jobs.txt", mixed_lines(COUNT))
        err, failing = self.check(COUNT, launcher=mpirun(3))
        self.check_journal(COUNT, failing)
        self.assertIn(b"20 tasks failed, 9,980 succeeded", err)

    def test_without_mpirun(self):
        self.write("jobs.txt", mixed_lines(COUNT))
        self.check_journal(COUNT, self.check(COUNT)[1])

    def test_one_two_and_eight_ranks(self):
        self.write("jobs.txt", mixed_lines(2000))
        for ranks in (1, 2, 8):
            with self.subTest(ranks=ranks):
                self.write("done", "")
                self.check(2000, ("jobs.txt", "--fresh"), launcher=mpirun(ranks))

    def test_a_pipe_that_is_written_slowly(self):
        lines = mixed_lines(300).split(b"\n")
        process = self.start("-", "--run", "jobs.farm", launcher=mpirun(3), stdin=subprocess.PIPE)
        started_early = threading.Event()

        def feed():
            for number, line in enumerate(lines):
                process.stdin.write(line + (b"\n" if number + 1 < len(lines) else b""))
                process.stdin.flush()
                if number == 100:
                    self.wait_for(lambda: len(self.read("done").split()) > 50, what="work before the list is complete")
                    started_early.set()
                if number % 20 == 0:
                    time.sleep(0.01)
            process.stdin.close()
            process.stdin = None

        self.write("done", "")
        feeder = threading.Thread(target=feed)
        feeder.start()
        feeder.join()
        process.communicate(timeout=60)
        self.assertTrue(started_early.is_set())
        self.assertEqual(process.returncode, 0)
        self.assertEqual(sorted(int(line) for line in self.read("done").split()), list(range(300)))


class Summaries(FarmTestCase):
    def test_it_says_what_happened_and_how_to_carry_on(self):
        self.write("jobs.txt", "true\nfalse\n")
        _, err = self.farm("jobs.txt", launcher=mpirun(2), status=1)
        text = err.decode()
        self.assertIn("1 task failed, 1 succeeded", text)
        self.assertIn("-np 2", text)
        self.assertIn("jobs.txt", text)

    def test_an_empty_manifest_says_so(self):
        self.write("jobs.txt", "# nothing\n\n")
        _, err = self.farm("jobs.txt")
        self.assertIn(b"no tasks", err)

    def test_dry_run_prints_and_runs_nothing(self):
        self.write("jobs.txt", "touch a\n# no\ntouch 'b c'\n")
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("jobs.txt", "--dry-run", launcher=launcher)
            self.assertEqual(out, b"touch a\ntouch 'b c'\n")
        self.assertFalse((self.path("a") in self.dir))


if __name__ == "__main__":
    main()
