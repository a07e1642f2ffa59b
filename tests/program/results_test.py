"""Where else output can go: files of each task, tables, names of files, command lines beside it."""
import csv
import io
import json
import os
import re
import resource

from farm_program import FarmTestCase, main, mpirun
from gnu_parallel import parallel, tree

COMMANDS = ["echo a/b; echo e >&2", "printf 'no newline'", "false", "echo 'back\\slash'", "echo 'tab\there'",
            "head -c 20000 /dev/zero | tr '\\0' 'z'; echo", "printf '\"q\" , x'; printf 'a,b' >&2", "true " + "x" * 300]


class Results(FarmTestCase):
    def setUp(self):
        super().setUp()
        self.write("jobs.txt", "".join(command + "\n" for command in COMMANDS))

    def both(self, *arguments):
        for launcher in ((), mpirun(3)):
            yield self.farm("jobs.txt", "--fresh", *arguments, status=1, launcher=launcher)

    def test_a_directory_has_what_parallel_leaves(self):
        self.assertEqual(parallel(self, "--results", "theirs", ":::", *COMMANDS, status=1), b"")
        theirs = tree(self.path("theirs"))
        self.assertEqual(len(theirs), 3 * len(COMMANDS))
        for n, (out, err) in enumerate(self.both("--results", f"ours")):
            self.assertEqual(out, b"")
            self.assertNotIn(b"\ne\n", err)
            self.assertEqual(tree(self.path("ours")), theirs)
            os.rename(self.path("ours"), self.path(f"ours{n}"))

    def test_what_is_there_is_left_out(self):
        commands = [f"echo {n} >> did" for n in range(6)]
        self.write("jobs.txt", "".join(command + "\n" for command in commands[:3]))
        parallel(self, "--results", "theirs", ":::", *commands[:3])
        self.farm("jobs.txt", "--results", "ours")
        self.write("did", "")
        parallel(self, "--resume", "--results", "theirs", ":::", *commands)
        theirs = sorted(self.read("did").split())
        self.assertEqual(theirs, [b"3", b"4", b"5"])
        self.write("jobs.txt", "".join(command + "\n" for command in commands))
        self.write("did", "")
        self.farm("jobs.txt", "--fresh", "--resume", "--results", "ours", launcher=mpirun(3))
        self.assertEqual(sorted(self.read("did").split()), theirs)
        self.assertEqual(sorted(tree(self.path("ours"))), sorted(tree(self.path("theirs"))))

    def rows(self, text, **how):
        """Without the two times, in the order of the tasks."""
        heading, *rows = csv.reader(io.StringIO(text.decode(), newline=""), **how)
        for row in rows:
            for column in (2, 3):
                self.assertRegex(row[column], r"^\d+\.\d{3}$")
                row[column] = ""
        return [heading, *sorted(rows, key=lambda row: int(row[0]))]

    def test_tables_are_what_parallel_writes(self):
        for ending, how in (("csv", {}), ("tsv", {"delimiter": "\t"})):
            parallel(self, "--results", f"theirs.{ending}", ":::", *COMMANDS, status=1)
            for out, _ in self.both("--results", f"ours.{ending}"):
                self.assertEqual(out, b"")
                self.assertEqual(self.rows(self.read(f"ours.{ending}"), **how), self.rows(self.read(f"theirs.{ending}"), **how))
            self.assertEqual(self.bytes_of_rows(f"ours.{ending}"), self.bytes_of_rows(f"theirs.{ending}"))

    def bytes_of_rows(self, name):
        """The whole file, to the byte, but for times and order."""
        text = re.sub(rb"(?m)^(\d+)([,\t]):[,\t]\d+\.\d{3}[,\t]\d+\.\d{3}", rb"\1\2:\2T\2T", self.read(name))
        return sorted(re.split(rb"(?m)^(?=\d+[,\t]:[,\t]T)", text))

    def test_spreadsheets_get_text_and_no_formulas(self):
        values = ["=HYPERLINK(A1)", "-5", "@x", "-x", "-1 2\n-inf", "-1+1"]
        for ending, how in (("csv", {}), ("tsv", {"delimiter": "\t"})):
            for launcher in ((), mpirun(3)):
                self.farm("sweep", "--results", f"t.{ending}", "printf %s {}; printf =%s {} >&2", ":::", *values, launcher=launcher)
                rows = self.rows(self.read(f"t.{ending}"), **how)[1:]
                self.assertEqual([row[9] for row in rows], ["'=HYPERLINK(A1)", "-5", "'@x", "'-x", "-1 2\n-inf", "'-1+1"])
                self.assertEqual([row[10] for row in rows], ["'=HYPERLINK(A1)", "-5", "'@x", "'-x", "-1 2\n-inf", "'-1+1"])
                self.assertEqual([row[11] for row in rows], ["'=" + value for value in values])

    def test_json(self):
        parallel(self, "--results", "theirs.json", ":::", *COMMANDS, status=1)
        def rows(name):
            rows = [json.loads(line) for line in self.read(name).splitlines()]
            for row in rows:
                self.assertEqual(list(row)[:3], ["Seq", "Host", "Starttime"])
                del row["Starttime"], row["JobRuntime"]
            return sorted(rows, key=lambda row: row["Seq"])
        for out, _ in self.both("--results", "ours.json"):
            self.assertEqual(out, b"")
            self.assertEqual(rows("ours.json"), rows("theirs.json"))

    def test_a_table_on_standard_output(self):
        theirs = self.rows(parallel(self, "--results", "-.csv", ":::", *COMMANDS, status=1))
        for out, _ in self.both("--results", "-.csv", "-k", "--tag"):
            self.assertEqual(self.rows(out), theirs)
            order = [row[0] for row in csv.reader(io.StringIO(out.decode(), newline=""))]
            self.assertEqual(order, ["Seq", *(str(n + 1) for n in range(len(COMMANDS)))])

    def test_more_than_memory_has(self):
        self.write("jobs.txt", "head -c 300000000 /dev/zero\n")
        bounded = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_DATA, (150 << 20, 150 << 20))}
        self.farm("jobs.txt", "--results", "ours", **bounded)
        self.assertEqual(os.path.getsize(self.path("ours/1/head -c 300000000 \\_dev\\_zero/stdout")), 300_000_000)
        self.farm("jobs.txt", "--fresh", "--results", "ours.csv", **bounded)
        self.assertGreater(os.path.getsize(self.path("ours.csv")), 300_000_000)

    def test_a_place_that_cannot_be_written(self):
        self.write("ours", "a file")
        out, err = self.farm("jobs.txt", "--results", "ours", status=1)
        self.assertEqual(err.count(b"cannot write"), 1, err)
        self.assertEqual(len([record for record in self.journal() if record["e"] == "end"]), len(COMMANDS))
        self.farm("jobs.txt", "--fresh", "--results", "no/table.csv", status=2, launcher=mpirun(3))

    def test_what_results_could_not_take_is_not_thrown_away(self):
        self.write("ours", "a file")
        self.write("list", "echo precious\n")
        with open(self.path("list")) as commands:
            _, err = self.farm("-", "--results", "ours", stdin=commands, env={"TMPDIR": self.dir})
        self.assertIn(b"cannot write", err)
        run = re.search(rb"farm output (\S+) TASK", err)
        self.assertTrue(run, err)
        self.assertEqual(self.farm("output", run.group(1).decode(), "1")[0], b"precious\n")

    def test_names_of_files(self):
        self.write("jobs.txt", "echo one\nhead -c 100000 /dev/zero\ntrue\n")
        os.mkdir(self.path("tmp"))
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("jobs.txt", "--fresh", "--files", "-k", launcher=launcher, env={"TMPDIR": self.path("tmp")})
            texts = []
            for name in out.split():
                self.assertTrue(name.startswith(os.fsencode(self.path("tmp"))))
                self.assertEqual(os.stat(name).st_mode & 0o777, 0o600)
                with open(name, "rb") as file:
                    texts.append(file.read())
            self.assertEqual(texts, [b"one\n", b"\0" * 100_000, b""])
        out, _ = self.farm("jobs.txt", "--fresh", "--files", "-k", "--results", "ours")
        self.assertEqual(out, b"ours/1/echo one/stdout\nours/1/head -c 100000 \\_dev\\_zero/stdout\nours/1/true/stdout\n")

    def test_command_lines_beside_the_output(self):
        commands = ["echo a; echo e >&2", "true", "echo b"]
        self.write("jobs.txt", "".join(command + "\n" for command in commands))
        for options in (["-v"], ["-v", "--tag"]):
            theirs = parallel(self, "-k", *options, ":::", *commands)
            for mode in ([], ["--lb"]):
                for launcher in ((), mpirun(3)):
                    out, _ = self.farm("jobs.txt", "--fresh", "-k", *options, *mode, launcher=launcher)
                    self.assertEqual(out, theirs)
        out, err = self.farm("jobs.txt", "--fresh", "-k", "-j1", "-t", "--tag", "--progress", "none")
        self.assertEqual(out, parallel(self, "-k", "-j1", "-t", "--tag", ":::", *commands))
        lines = [line for line in err.split(b"\n") if not line.startswith(b"farm: ")]
        self.assertEqual(lines, [b"echo a; echo e >&2", b"echo a; echo e >&2\te", b"true", b"echo b", b""])


if __name__ == "__main__":
    main()
