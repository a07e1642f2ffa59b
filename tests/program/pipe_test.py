"""Data on tasks' standard input: --pipe and --pipepart, beside GNU parallel where that is installed."""
import os
import random
import shutil
import subprocess
import unittest

from farm_program import FarmTestCase, environment, main, mpirun

FASTA = b">a\nAC\n>b\nGT\nTT\n>c\nAA\n"
SHOW = 'echo "[{#}]"; cat'


def sequence(first, last):
    return "".join(f"{i}\n" for i in range(first, last + 1)).encode()


def shown(*blocks):
    return b"".join(b"[%d]\n%s" % (number, block) for number, block in enumerate(blocks, 1))


class PipeTestCase(FarmTestCase):
    def sweep(self, *arguments, data=None, **more):
        """`data` comes through a pipe, in one piece."""
        if data is None:
            return self.farm("sweep", *arguments, **more)[0]
        self.write("stdin", data)
        with subprocess.Popen(["cat", self.path("stdin")], stdout=subprocess.PIPE) as feeder:
            return self.farm("sweep", *arguments, stdin=feeder.stdout, **more)[0]


class Pipe(PipeTestCase):
    def test_lines_by_size(self):
        out = self.sweep("--pipe", "-k", "--block", "10", SHOW, data=sequence(1, 12))
        self.assertEqual(out, shown(sequence(1, 5), sequence(6, 9), sequence(10, 12)))

    def test_so_many_records(self):
        out = self.sweep("--pipe", "-k", "-N", "3", SHOW, data=sequence(1, 7))
        self.assertEqual(out, shown(b"1\n2\n3\n", b"4\n5\n6\n", b"7\n"))

    def test_records_that_start_with_a_mark(self):
        for options in (["-N1", "--recstart", ">"], ["-N1", "--recstart", ">", "--recend", r"\n"],
                        ["--block", "8", "--recstart", ">"]):
            out = self.sweep("--pipe", "-k", *options, SHOW, data=FASTA)
            self.assertEqual(out, shown(b">a\nAC\n", b">b\nGT\nTT\n", b">c\nAA\n"), options)

    def test_records_told_by_expressions(self):
        data = b">a1\nAAA\n>b2\nBB\n>c3\nC\n"
        records = shown(b">a1\nAAA\n", b">b2\nBB\n", b">c3\nC\n")
        for options in (["-N1", "--recstart", ">[a-z]"], ["-N1", "--recend", r"\n(?=>)"], ["--block", "9", "--recstart", ">[a-z]"]):
            self.assertEqual(self.sweep("--pipe", "-k", "--regexp", *options, SHOW, data=data), records, options)
        self.write("data", data)
        out = self.sweep("--pipepart", "-a", "data", "-k", "--regexp", "--recstart", ">[a-z]", "--block", "9", SHOW)
        self.assertEqual(out, shown(b">a1\nAAA\n>b2\nBB\n", b">c3\nC\n"))

    def test_without_separators(self):
        out = self.sweep("--pipe", "-k", "--rrs", "--recend", ";", "-N2", SHOW, data=b"a;b;c;")
        self.assertEqual(out, b"[1]\nab[2]\nc")
        out = self.sweep("--pipe", "-k", "--rrs", "--regexp", "--recend", "[0-9]+", "-N1", "cat; echo", data=b"a12b3c444d")
        self.assertEqual(out, b"a\nb\nc\nd\n")
        # A colon would end mpirun's own command line.
        out = self.sweep("--pipe", "-k", "--rrs", "--header", "1", "-N1", "cat; echo", data=b"h\na\n\nb\n", launcher=mpirun(3))
        self.assertEqual(out, b"h\na\nh\nb\n", "what is nothing but a separator makes no task")

    def test_expressions_that_are_none(self):
        _, err = self.farm("sweep", "--pipe", "--regexp", "--recend", "(", "touch ran", stdin=subprocess.DEVNULL, status=255)
        self.assertIn(b"--recend", err)
        self.write("data", b"")
        _, err = self.farm("sweep", "--pipepart", "-a", "data", "--rrs", "touch ran", status=255)
        self.assertIn(b"--rrs", err)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_header(self):
        out = self.sweep("--pipe", "-k", "--header", ":", "-N2", SHOW, data=b"h\n1\n2\n3\n")
        self.assertEqual(out, shown(b"h\n1\n2\n", b"h\n3\n"))

    def test_header_by_pattern(self):
        data = b"##a\n##b\n#c\n1\n2\n3\n"
        out = self.sweep("--pipe", "-k", "--header", r"(#.*\n)*", "-N2", SHOW, data=data)
        self.assertEqual(out, shown(data[:-2], b"##a\n##b\n#c\n3\n"))

    def test_nothing_to_read_is_nothing_to_do(self):
        self.assertEqual(self.sweep("--pipe", SHOW, data=b""), b"")

    def test_data_in_a_file_and_in_a_fifo(self):
        for option, kind in (("--cat", "-f"), ("--fifo", "-p")):
            command = f"test {kind} {{}} && cat {{}}; echo {{}} >> names; exit {{#}}"
            out = self.sweep("--pipe", "-k", "-N2", option, command, data=sequence(1, 3), status=2)
            self.assertEqual(out, b"1\n2\n3\n")
        with open(self.path("names")) as names:
            for name in names.read().split():
                self.assertFalse(os.path.exists(os.path.dirname(name)), "a task's data stayed behind")

    def test_a_fifo_that_nobody_opens_holds_nothing_up(self):
        self.sweep("--pipe", "--fifo", "false", data=b"1\n", status=1, timeout=60)

    def test_a_task_that_is_ended_leaves_no_data_behind(self):
        self.sweep("--pipe", "--cat", "--timeout", "0.3", "echo {} > name; sleep 600", data=b"1\n", status=1, timeout=60)
        with open(self.path("name")) as name:
            self.assertFalse(os.path.exists(os.path.dirname(name.read().strip())))

    def test_every_task_reads_everything(self):
        for launcher in ([], mpirun(3)):
            out = self.sweep("--pipe", "--tee", "-k", "echo {}; cat", ":::", "a", "b", data=b"1\n2\n", launcher=launcher)
            self.assertEqual(out, b"a\n1\n2\nb\n1\n2\n")
        self.write("data", b"1\n2\n")
        out = self.sweep("--pipepart", "-a", "data", "--tee", "-k", "echo {}; cat", ":::", "a", "b")
        self.assertEqual(out, b"a\n1\n2\nb\n1\n2\n")

    def test_blocks_in_turn(self):
        out = self.sweep("--pipe", "--round-robin", "-k", "-j3", "-N1", SHOW, data=sequence(1, 7))
        self.assertEqual(out, shown(b"1\n4\n7\n", b"2\n5\n", b"3\n6\n"))

    def test_every_byte_comes_through(self):
        data = random.Random(1).randbytes(5 << 20)
        for launcher in ((), mpirun(3)):
            out = self.sweep("--pipe", "-k", "--block", "300k", "cat", data=data, launcher=launcher)
            self.assertEqual(out, data)

    def test_tasks_start_while_the_stream_goes_on(self):
        process = self.start("sweep", "--pipe", "--line-buffer", "-N1", "cat", stdin=subprocess.PIPE)
        process.stdin.write(b"first\nsecond")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"first\n")
        out, err = process.communicate(b" is longer\n", timeout=60)
        self.assertEqual(out, b"second is longer\n", err)
        self.assertEqual(process.returncode, 0, err)

    def test_a_task_that_fails_is_given_its_block_again(self):
        out = self.sweep("--pipe", "-k", "-N2", "--retries", "2",
                         "cat > got.{#}; [ -e again.{#} ] || { touch again.{#}; exit 1; }; cat got.{#}",
                         data=sequence(1, 4))
        self.assertEqual(out, sequence(1, 4))

    def test_a_task_need_not_read_its_block(self):
        data = b"x" * 99 + b"\n"
        out = self.sweep("--pipe", "-k", "--block", "400k", "head -c 5", data=data * 12_000)
        self.assertEqual(out, b"xxxxx" * 3)

    def test_parts_of_a_file(self):
        self.write("data", sequence(1, 20))
        for launcher in ((), mpirun(3)):
            out = self.sweep("--pipepart", "-a", "data", "-k", "--block", "10", SHOW, launcher=launcher)
            self.assertEqual(out, shown(sequence(1, 6), sequence(7, 11), sequence(12, 15), sequence(16, 19), b"20\n"))

    def test_parts_of_several_files(self):
        self.write("a", sequence(1, 20))
        self.write("b", FASTA)
        out = self.sweep("--pipepart", "-a", "a", "-a", "b", "-k", "--block", "20", SHOW)
        self.assertEqual(out, shown(sequence(1, 10), sequence(11, 17), sequence(18, 20), FASTA))

    def test_parts_with_a_header(self):
        self.write("data", sequence(1, 20))
        out = self.sweep("--pipepart", "-a", "data", "-k", "--header", ":", "--block", "10", SHOW)
        self.assertEqual(out, shown(sequence(1, 7), b"1\n" + sequence(8, 12), b"1\n" + sequence(13, 16),
                                    b"1\n" + sequence(17, 20)))

    def test_so_many_parts_for_each_slot(self):
        self.write("data", sequence(1, 20))
        out = self.sweep("--pipepart", "-a", "data", "-k", "-j2", "--block", "-1", SHOW)
        self.assertEqual(out, shown(sequence(1, 12), sequence(13, 20)))

    def test_a_large_file_in_parts(self):
        with open(self.path("data"), "wb") as file:
            for block in range(200):
                file.write(b"%099d\n" % block * 10_000)
        out = self.sweep("--pipepart", "-a", "data", "--block", "7M", "wc -c", launcher=mpirun(3))
        self.assertEqual(sum(map(int, out.split())), 200_000_000)

    def test_a_file_that_is_not_there(self):
        _, err = self.farm("sweep", "--pipepart", "-a", "missing", "touch ran", status=255)
        self.assertIn(b"missing", err)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_file_that_cannot_be_divided(self):
        os.mkfifo(self.path("fifo"))
        _, err = self.farm("sweep", "--pipepart", "-a", "fifo", "cat", status=255, timeout=20)
        self.assertIn(b"fifo", err)

    def test_nothing_is_left_of_a_stream(self):
        self.sweep("--pipe", "-N1", "true", data=sequence(1, 10), env={"TMPDIR": self.dir})
        self.assertEqual([name for name in os.listdir(self.dir) if name.startswith("farm-")], [])


@unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not installed")
class BesideParallel(PipeTestCase):
    def ask_parallel(self, words):
        with open(self.path("stdin"), "rb") as stdin:
            return subprocess.run(["parallel", "--will-cite", *words, SHOW], cwd=self.dir, stdin=stdin, capture_output=True,
                                  env=environment(PARALLEL_HOME=self.dir), timeout=60, check=True).stdout

    def test_expressions_and_separators(self):
        chance = random.Random(42)
        marks = [["--recend", "x+"], ["--recstart", ">[12]"], ["--recend", r"\n(?=>)"], ["--recstart", "^>"],
                 ["--recend", "[12]", "--recstart", "[x>]"]]
        for case in range(25):
            data = b"".join(chance.choice([b">", b"x", b"x", b"\n", b"1", b"2"]) for _ in range(chance.randrange(1, 400)))
            words = ["--pipe", "-k", "-j2", "--block", str(chance.randrange(8, 200))]
            if case % 2:
                words += ["--regexp", *chance.choice(marks)]
            else:
                words += ["--rrs", "--recend", chance.choice(["x", "1", r"\n"])]
            self.write("stdin", data)
            with self.subTest(words=" ".join(words), data=data):
                self.assertEqual(self.sweep(*words, SHOW, data=data), self.ask_parallel(words))

    def test_the_same_words_do_the_same(self):
        chance = random.Random(4711)
        marks = [[], [], ["--recend", r"\n"], ["--recend", "x"], ["--recstart", ">"], ["--recstart", ">", "--recend", r"\n"],
                 ["--recend", ""]]
        for case in range(25):
            data = b"".join(chance.choice([b">", b"x", b"x", b"\n", b"1", b"2"]) for _ in range(chance.randrange(400)))
            words = ["-k", "-j2", *chance.choice(marks), "--block", str(chance.randrange(8, 200))]
            is_part = case % 3 == 0
            if is_part:
                words = ["--pipepart", "-a", "stdin", *words]
            else:
                words = ["--pipe", *words, *chance.choice([[], [], ["-L", "2"]])]
            if not is_part and chance.random() < 0.25:
                # parallel -N takes an empty record and the next one for one: the records of these cases are not empty.
                words = ["--pipe", "-k", "-j2", "-N", str(chance.randrange(1, 5)), "--block", str(chance.randrange(8, 200))]
                data = b"".join(b"%d\n" % chance.randrange(10000) for _ in range(len(data) // 5))
            words += chance.choice([[], [], ["--header", ":"]])
            self.write("stdin", data)
            with open(self.path("stdin"), "rb") as stdin:
                expected = subprocess.run(["parallel", "--will-cite", *words, SHOW], cwd=self.dir, stdin=stdin,
                                          capture_output=True, env=environment(PARALLEL_HOME=self.dir), timeout=60,
                                          check=True)
            with self.subTest(words=" ".join(words), data=data):
                self.assertEqual(self.sweep(*words, SHOW, data=None if is_part else data), expected.stdout)


if __name__ == "__main__":
    main()
