"""farm sweep: the cases of sweep_cases.jsonl, values that are hard to quote, a sweep that is interrupted and carried on, and
everything that can be wrong with one."""
import json
import os
import random
import signal
import socket
import stat
import subprocess
import unittest

from farm_program import FARM, FarmTestCase, environment, main, mpirun

HERE = os.path.dirname(os.path.abspath(__file__))


class SweepTestCase(FarmTestCase):
    def sweep(self, *arguments, stdin=b"", status=0, launcher=(), env=None, timeout=60):
        process = self.start("sweep", *arguments, launcher=launcher, stdin=subprocess.PIPE, env=env)
        out, err = process.communicate(stdin, timeout=timeout)
        self.assertEqual(process.returncode, status, f"stdout {out[-2000:]!r} stderr {err[-2000:]!r}")
        return out, err

    def lines(self, *arguments, **more):
        return self.sweep("-k", *arguments, **more)[0].decode().splitlines()


class Cases(SweepTestCase):
    """One line of sweep_cases.jsonl each: what is typed, which files there are, and what comes out."""

    def shell_environment(self, case):
        return {"HOME": self.dir, "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash", "PARALLEL_SHELL": "/bin/bash", **case["env"]}

    def check(self, case):
        for name, text in case["files"].items():
            os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
            self.write(name, text)
        process = self.start("sweep", *case["args"], stdin=subprocess.PIPE, env=self.shell_environment(case))
        out, err = process.communicate(case["stdin"].encode(), timeout=60)
        out = out.decode("utf-8", "surrogateescape")
        if case["unordered"]:
            out = "".join(sorted(out.splitlines(True)))
        if case["expected_stdout"] is not None:
            self.assertEqual(out, case["expected_stdout"], err)
        self.assertEqual(process.returncode, case["expected_rc"], err)
        if "post" in case:
            after = subprocess.run(["bash", "-c", case["post"]], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(after.stdout.decode("utf-8", "surrogateescape"), case["expected_post_stdout"])

    def test_all(self):
        with open(os.path.join(HERE, "sweep_cases.jsonl"), encoding="utf-8") as file:
            cases = [json.loads(line) for line in file]
        self.assertGreater(len(cases), 80)
        for case in cases:
            with self.subTest(case["name"]):
                self.clean_up()
                os.mkdir(self.dir)
                self.check(case)


class Values(SweepTestCase):
    def hostile(self, rng):
        """Any bytes but NUL, which no argument can have."""
        return bytes(rng.randrange(1, 256) for _ in range(rng.randrange(0, 40)))

    def test_any_bytes_reach_the_program(self):
        rng = random.Random(3)
        values = [b"", b"-n", b"--", b"$(touch hurt)", b"`touch hurt`", b"*", b"~", b"a\nb", b"'", b"''", b"\\", b"!", b"#x"]
        values += [self.hostile(rng) for _ in range(400)] + [bytes([byte]) for byte in range(1, 256)]
        self.write("values", b"".join(value + b"\0" for value in values))
        script = "import os, sys; sys.stdout.buffer.write(b''.join(os.fsencode(word) + b'\\0' for word in sys.argv[1:]))"
        self.write("show.py", script)
        # One process for many values: each must arrive as one argument.
        out, _ = self.sweep("-k", "-0", "-n50", "python3", "show.py", "{}", "::::", "values")
        self.assertEqual(out.split(b"\0")[:-1], values)
        self.assertFalse(os.path.exists(self.path("hurt")))

    def test_within_a_word_and_through_mpirun(self):
        values = ["a b", "it's", "$HOME", "x;y", "", "ü", "a\nb", "*"]
        out, _ = self.sweep("-k", "printf", "'[%s]\\n'", "pre-{}-post", ":::", *values, launcher=mpirun(3))
        self.assertEqual(out.decode(), "".join(f"[pre-{value}-post]\n" for value in values))

    def test_what_scripts_ask_first(self):
        for question in ["--number-of-sockets", "--number-of-cores", "--number-of-threads", "--number-of-cpus"]:
            theirs = subprocess.run(["parallel", question], env=environment(), capture_output=True, check=True).stdout
            self.assertEqual(self.sweep(question)[0], theirs, question)
        self.assertRegex(self.sweep("--minversion", "20130222")[0], rb"^20[0-9]{6}\n$")
        self.sweep("--minversion", "99990101", status=255)

    def test_the_slot(self):
        command = "echo {%} {= $_=slot()+10 =} $PARALLEL_JOBSLOT $PARALLEL_SEQ {#} {}"
        self.assertEqual(self.lines("-j1", command, ":::", "a", "b"), ["1 11 1 1 1 a", "1 11 1 2 2 b"])
        out = self.lines("-j2", "--tagstring", "{%}", "sleep 0.2; : {}; echo {%}", ":::", "a", "b", launcher=mpirun(3))
        self.assertEqual(sorted(out), ["1\t1", "2\t2"])
        _, err = self.sweep("-j1", "echo {= $_=1/(slot()-1) =}", ":::", "a", status=1)
        self.assertIn(b"slot", err)


class Streams(SweepTestCase):
    def test_tasks_start_while_values_are_still_being_written(self):
        process = self.start("sweep", "-j2", "touch", "{}", stdin=subprocess.PIPE)
        process.stdin.write(b"first\n")
        process.stdin.flush()
        self.wait_for(lambda: os.path.exists(self.path("first")))
        process.stdin.write(b"second\n")
        process.stdin.close()
        self.assertEqual(process.wait(timeout=30), 0)
        self.assertTrue(os.path.exists(self.path("second")))

    def test_the_first_task_gets_standard_input_that_is_not_read_for_values(self):
        out, _ = self.sweep("-j1", "-k", "cat; echo", "{}", ":::", "a", "b", stdin=b"data\n")
        self.assertEqual(out, b"data\na\nb\n")

    def test_a_product_that_could_never_be_stored(self):
        words = [str(n) for n in range(1000)]
        sources = [word for _ in range(10) for word in (":::", *words)]
        for option in ([], ["--shuf"]):
            process = self.start("sweep", *option, "--dry-run", "x {}", *sources)
            first = [process.stdout.readline() for _ in range(1000)]
            peak = int(next(line for line in open(f"/proc/{process.pid}/status") if line.startswith("VmHWM")).split()[1])
            process.kill()
            process.communicate()
            self.assertEqual(len(set(first)), 1000)
            self.assertLess(peak, 64 * 1024, "KiB")


CAMOCO = ("camoco overlap {1} {2} --gwas {3} --candidate-window-size {4} --candidate-flank-limit {5} "
          "--out {3}_{1}_{2}_{4}_{5}.csv").split(" ")
SOURCES = "::: ZmPAN ZmSAM ZmRoot ::: density locality ::: ZmWallace ZmIonome ::: 50000 100000 500000 ::: 1 2 5".split()


class Options(SweepTestCase):
    def test_a_directory_for_each_task(self):
        out, _ = self.sweep("-k", "--wd", "new/{}", "pwd", ":::", "a", "b")
        self.assertEqual(out.decode().split(), [self.path("new/a"), self.path("new/b")])
        out, _ = self.sweep("-k", "--wd", "...", "ls -A; pwd", ":::", "a", "b", env=environment(HOME=self.dir))
        names = out.decode().split()
        self.assertEqual(len(set(names)), 2)
        for name in names:
            self.assertTrue(name.startswith(self.path(".parallel/tmp/")) and os.path.isdir(name), name)

    def test_values_that_rise_or_differ(self):
        self.assertEqual(self.lines("--plus", "echo", "{choose_k}", ":::", "a", "b", ":::", "a", "b", "c"), ["a b", "a c", "b c"])
        self.assertEqual(self.lines("--plus", "echo", "{uniq}", ":::", "a", "b", ":::", "a", "b"), ["a b", "b a"])
        self.assertEqual(self.lines("--plus", "echo", "{host}", "{1}", ":::", "a"), [socket.gethostname() + " a"])

    def test_how_tasks_are_ended(self):
        command = "trap 'echo asked; exit 3' USR1; sleep 600 & wait; : {}"
        out, _ = self.sweep("--timeout", "0.3", "--termseq", "USR1,60000", command, ":::", "a", status=1)
        self.assertEqual(out, b"asked\n")

    def test_tags_in_a_dry_run(self):
        self.assertEqual(self.lines("--dry-run", "--tag", "x {}\ny", ":::", "a"), ["a\tx a", "a\ty"])


class Camoco(SweepTestCase):
    """A sweep as a biologist typed it for GNU parallel; camoco is played by a script that writes what it was asked for."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        self.write("bin/camoco", '#!/bin/sh\nsleep "${CAMOCO_TAKES-0}"\nfor last; do :; done\necho "$*" > "$last"\n')
        os.chmod(self.path("bin/camoco"), stat.S_IRWXU)
        self.env = {"PATH": self.path("bin") + ":" + os.environ["PATH"]}

    def expected(self):
        from itertools import product
        groups = " ".join(SOURCES).split("::: ")[1:]
        for one, two, three, four, five in product(*(group.split() for group in groups)):
            name = f"{three}_{one}_{two}_{four}_{five}.csv"
            yield name, (f"overlap {one} {two} --gwas {three} --candidate-window-size {four} "
                         f"--candidate-flank-limit {five} --out {name}")

    def assert_all_written(self):
        expected = dict(self.expected())
        self.assertEqual(len(expected), 108)
        for name, arguments in expected.items():
            self.assertEqual(self.read(name).decode(), arguments + "\n")
        self.assertEqual(sorted(name for name in os.listdir(self.dir) if name.endswith(".csv")), sorted(expected))

    def test_dry_run(self):
        lines = self.lines("-j4", "--delay", "5", "--dry-run", *CAMOCO, *SOURCES)
        self.assertEqual(lines, ["camoco " + arguments for _, arguments in self.expected()])

    def test_under_mpirun(self):
        self.sweep("-j4", "--delay", "0.001", *CAMOCO, *SOURCES, launcher=mpirun(3), env=self.env)
        self.assert_all_written()

    def test_interrupted_and_carried_on(self):
        command = ["sweep", "--run", "overlap.farm", "-j4", "--delay", "0.001", *CAMOCO, *SOURCES]
        process = self.start(*command, launcher=mpirun(3), env={**self.env, "CAMOCO_TAKES": "0.05"})
        self.wait_for(lambda: len([name for name in os.listdir(self.dir) if name.endswith(".csv")]) > 10)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        self.assert_nothing_left()
        before = len(self.successes("overlap.farm"))
        self.assertGreater(before, 5)
        self.assertLess(before, 108)
        self.farm(*command, launcher=mpirun(3), env=self.env)
        self.assert_all_written()
        self.assertEqual(set(self.successes("overlap.farm").values()), {1})
        self.assertEqual(len(self.successes("overlap.farm")), 108)


class BadInput(SweepTestCase):
    def refused(self, *arguments, status=255, stdin=b""):
        marker = self.path("ran")
        out, err = self.sweep(*arguments, status=status, stdin=stdin)
        self.assertFalse(os.path.exists(marker))
        self.assertEqual(out, b"")
        return err.decode()

    def test_missing_files_are_all_named(self):
        err = self.refused("touch", "ran", ":::", "a", "::::", "gone", "missing")
        self.assertIn("gone", err)
        self.assertIn("missing", err)

    def test_a_kept_sweep_ends_as_any_kept_run(self):
        self.refused("--run", "kept.farm", "touch ran; :", "::::", "gone", status=2)

    def test_a_nul_in_a_value(self):
        self.write("values", b"a\nb\0c\n")
        err = self.refused("touch ran; :", "::::", "values")
        self.assertIn("values:2:2:", err)
        self.assertIn("^", err)
        self.assertIn("-0", err)

    def test_a_bad_expression_has_a_caret(self):
        err = self.refused("touch ran; echo", "{= system('ls') =}", ":::", "a")
        self.assertIn("system", err)
        self.assertIn("^", err)

    def test_bad_patterns_and_words(self):
        self.assertIn("colsep", self.refused("--colsep", "(", "touch ran; :", ":::", "a"))
        self.assertIn("--trim", self.refused("--trim", "x", "touch ran; :", ":::", "a"))
        self.assertIn("--tmpl", self.refused("--tmpl", "gone=x", "touch ran; :", ":::", "a"))
        self.assertIn("--rpl", self.refused("--rpl", "x", "touch ran; :", ":::", "a"))
        self.assertIn("--parens", self.refused("--parens", "x", "touch ran; :", ":::", "a"))
        self.assertIn("--header", self.refused("--header", "x", "touch ran; :", ":::", "a"))
        self.assertIn("did you mean --dry-run", self.refused("--dry-ran", "touch ran; :", ":::", "a"))

    def test_a_directory_of_values(self):
        self.assertIn("directory", self.refused("touch ran; :", "::::", "."))

    def test_a_command_line_the_kernel_would_refuse(self):
        self.write("values", "x" * 140_000 + "\n")
        _, err = self.sweep("touch ran; :", "::::", "values", status=255)
        self.assertIn(b"bytes long", err)
        self.assertFalse(os.path.exists(self.path("ran")))


if __name__ == "__main__":
    main()
