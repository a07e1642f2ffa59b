"""What a manifest, a name, a neighbour on the same machine or a task's output must not be able to do."""
import csv
import os
import random
import re
import stat

from farm_program import FARM, FarmTestCase, main, mpirun

ESCAPE = "\x1b]0;evil\x07\x1b[2J"
NOBODY = 65534
LONGEST_ARGUMENT = 131071  # bytes: what Linux takes as one


def tree(top):
    return [os.path.join(where, name) for where, below, files in os.walk(top) for name in below + files] + [top]


class RunDirectory(FarmTestCase):
    def test_nobody_else_can_look_into_it_whatever_the_mask(self):
        self.write("jobs.txt", "seq 5000\necho x\nfalse\n")
        for run, launcher in (("one", ()), ("three", mpirun(3))):
            self.farm("jobs.txt", "--run", run, status=1, launcher=launcher, preexec_fn=lambda: os.umask(0))
            for path in tree(self.path(run)):
                mode = os.lstat(path).st_mode
                self.assertEqual(stat.S_IMODE(mode), 0o700 if stat.S_ISDIR(mode) else 0o600, path)

    def test_tasks_keep_the_users_mask(self):
        self.write("jobs.txt", "umask; touch made\n")
        out, _ = self.farm("jobs.txt", preexec_fn=lambda: os.umask(0o027))
        self.assertEqual(out, b"0027\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("made")).st_mode), 0o640)

    def test_links_that_were_planted_are_not_followed(self):
        self.write("victim", "precious")
        self.write("jobs.txt", "seq 5000\n")
        for plant in ("lock", "journal-0001.jsonl", "output", "output/seg-00001"):
            with self.subTest(plant=plant):
                run = "run-" + plant.replace("/", "-")
                os.makedirs(self.path(run), 0o700)
                self.write(run + "/journal-0002.jsonl", "")
                if "/" in plant:
                    os.mkdir(self.path(run + "/output"), 0o700)
                os.symlink(self.path("victim" if plant != "output" else "."), self.path(f"{run}/{plant}"))
                before = sorted(os.listdir(self.dir))
                for launcher in ((), mpirun(3)):
                    self.farm("jobs.txt", "--run", run, status=None, launcher=launcher)
                self.assertEqual(self.read("victim"), b"precious")
                self.assertEqual(sorted(os.listdir(self.dir)), before, "nothing is made where the link leads")

    def test_one_that_somebody_else_can_write_to_or_owns_is_refused(self):
        self.write("jobs.txt", "touch ran\n")
        os.mkdir(self.path("open"))
        os.chmod(self.path("open"), 0o777)
        places = ["open"]
        if os.geteuid() == 0:
            os.mkdir(self.path("theirs"), 0o700)
            os.chown(self.path("theirs"), NOBODY, NOBODY)
            places.append("theirs")
        os.mkdir(self.path("real"), 0o700)
        os.symlink("real", self.path("link"))
        places.append("link")
        for place in places:
            for launcher in ((), mpirun(2)):
                _, err = self.farm("jobs.txt", "--run", place, status=2, launcher=launcher)
                self.assertIn(b"cannot use the run directory", err)
            self.assertEqual(os.listdir(self.path(place)), [])
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_ephemeral_ones_have_names_nobody_can_guess(self):
        os.mkdir(self.path("tmp"))
        names = set()
        for _ in range(3):
            self.farm("sweep", "false", ":::", "1", status=1, env={"TMPDIR": self.path("tmp")})
        for name in os.listdir(self.path("tmp")):
            self.assertRegex(name, "^farm-[A-Za-z0-9]{6}$")
            self.assertEqual(stat.S_IMODE(os.stat(self.path("tmp/" + name)).st_mode), 0o700)
            names.add(name)
        self.assertEqual(len(names), 3)

    def test_the_environment_is_not_stored(self):
        secret = "s3cret-0f-the-env1ronment"
        self.write("jobs.txt", "test -n \"$TOKEN\" && seq 5000\nfalse\n")
        for run, launcher in (("one", ()), ("three", mpirun(3))):
            self.farm("jobs.txt", "--run", run, status=1, launcher=launcher, env={"TOKEN": secret})
            for path in tree(self.path(run)):
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        self.assertNotIn(secret.encode(), file.read(), path)


class Redact(FarmTestCase):
    """With --redact no secret of a command is anywhere but in the list of tasks, and in what is run."""

    # Each notes what it was given.
    LIST = """sh -c 'printf %s "$1" > got-A; false' - --token=h0neyA
#FARM task tag='--secret=h0neyD'
PASSWORD='h0ney C' sh -c 'printf %s "$PASSWORD" > got-C; false'
sh -c 'echo "$0" | md5sum; exit 3' 'Authorization: Bearer h0neyE'
"""

    def assert_clean(self, *texts, given=()):
        texts = list(texts)
        for path in tree(self.dir):
            texts.append(os.path.relpath(path, self.dir).encode())
            if os.path.isfile(path) and os.path.basename(path) not in given and not os.path.basename(path).startswith("got-"):
                with open(path, "rb") as file:
                    texts.append(file.read())
        for text in texts:
            self.assertNotIn(b"h0ney", text)

    def test_a_list(self):
        self.write("jobs.txt", self.LIST)
        for launcher in ((), mpirun(3)):
            for more in (["--tag", "-v"], ["-t", "--lb"], ["--results", "res"], ["--results", "table.csv"], ["--results", "t.json"]):
                out, err = self.farm("jobs.txt", "--fresh", "--redact", "--joblog", "log", *more, status=1, launcher=launcher)
                self.assert_clean(out, err, given=["jobs.txt"])
                self.assertEqual(self.read("got-A"), b"--token=h0neyA", "what runs has it")
                self.assertEqual(self.read("got-C"), b"h0ney C")
        for words in (["--dry-run"], ["--dry-run", "--tag"]):
            self.assert_clean(*self.farm("jobs.txt", "--redact", *words), given=["jobs.txt"])
        self.assert_clean(*self.farm("plan", "--redact", "jobs.txt"), given=["jobs.txt"])

    def test_without_it_everything_is_kept(self):
        self.write("jobs.txt", self.LIST)
        self.farm("jobs.txt", "--joblog", "log", status=1)
        for name in ("log", "jobs.farm/journal-0001.jsonl"):
            self.assertEqual(self.read(name).count(b"h0ney"), 3)

    def test_values_of_a_sweep(self):
        given = ["sweep", "--run", "run", "--fresh", "--redact", "--joblog", "log", "-v", "--tag", "--header=:"]
        sources = [":::", "t", "h0neyA", "h0ney/B=", ":::", "n", "1"]
        for launcher in ((), mpirun(3)):
            for more in ([], ["--results", "res"], ["--results", "out/{t}/{n}.txt"], ["--results", "table.tsv"]):
                command = "printf %s {n}--token={t} > got-$(echo {#}); false"
                out, err = self.farm(*given, *more, command, *sources, status=1, launcher=launcher)
                self.assert_clean(out, err)
                self.assertEqual([self.read("got-1"), self.read("got-2")], [b"1--token=h0neyA", b"1--token=h0ney/B="])

    def test_a_run_carries_on(self):
        """What tells tasks apart is a fingerprint of all of them, so that another secret is another task."""
        self.write("jobs.txt", "".join(f": --token=h0ney{n}; test -e go && echo {n} >> did\n" for n in range(4)))
        self.farm("jobs.txt", "--redact", status=1)
        self.write("go", "")
        self.farm("jobs.txt", "--redact", launcher=mpirun(3))
        self.assertEqual(sorted(self.read("did").split()), [b"0", b"1", b"2", b"3"])
        _, err = self.farm("jobs.txt", "--redact")
        self.assertIn(b"nothing to do", err)
        self.farm("jobs.txt", "--redact", "--fresh", "--results", "res")
        self.assertEqual(len([path for path in tree(self.path("res")) if path.endswith("/stdout")]), 4, "none in another's place")
        self.write("did", "")
        self.farm("jobs.txt", "--redact", "--fresh", "--resume", "--results", "res")
        self.assertEqual(self.read("did"), b"")

    def test_results_of_another_secret_are_not_those_of_this_one(self):
        for place in ("res", "out/{}.txt"):
            self.write("did", "")
            for value in ("h0neyA", "h0neyB", "h0neyA"):
                self.farm("sweep", "--redact", "--resume", "--results", place, "echo ran >> did # --token={}", ":::", value)
            self.assertEqual(self.read("did"), b"ran\nran\n", place)
        self.write("did", "")
        self.write("jobs.txt", "echo ran >> did # --token=h0neyA\n")
        self.farm("jobs.txt", "--run", "a", "--redact", "--resume", "--results", "list")
        self.write("jobs.txt", "echo ran >> did # --token=h0neyB\necho ran >> did # --token=h0neyA\n")
        self.farm("jobs.txt", "--run", "b", "--redact", "--resume", "--results", "list")
        self.assertEqual(self.read("did"), b"ran\nran\n", "A is known wherever in the list it is, and B is not")
        found = [path for path in tree(self.dir) if path.endswith(("/stdout", ".txt")) or re.search(r"\.txt-\w+$", path)]
        self.assertEqual(len([path for path in found if "/res/" in path]), 2, found)
        self.assertEqual(len([path for path in found if "/out/" in path]), 2, found)
        self.assert_clean(given=["jobs.txt"])

    def test_results_with_long_names_stay_apart(self):
        long = "x" * 300
        self.write("jobs.txt", "".join(f": --token=h0ney{n} {long}\n" for n in range(3)))
        self.farm("jobs.txt", "--redact", "--results", "res")
        self.assertEqual(len([path for path in tree(self.path("res")) if path.endswith("/stdout")]), 3)
        self.farm("sweep", "--redact", "--results", "out/{}" + long, ": --token={}", ":::", "h0neyA", "h0neyB")
        names = os.listdir(self.path("out"))
        self.assertEqual(len(names), 6, "output, errors and number of two")
        self.assertEqual(max(len(name) for name in names), 255)
        self.assert_clean(given=["jobs.txt"])

    def test_what_is_a_secret_once_is_one_wherever_it_stands(self):
        command = ["sweep", "--run", "run", "--fresh", "--redact", "--joblog", "log", "true --token={} -o {}.json", ":::", "h0neyA"]
        for more in ([], ["--results", "res"]):
            self.assert_clean(*self.farm(*command[:3], *more, *command[3:]))
        self.assertIn(b"true --token=*** -o ***.json", self.read("log"))

    def test_names_of_tasks(self):
        self.write("jobs.toml", """[[task]]
name = "a --token=h0neyA"
command = "echo x; false"
[[task]]
name = "b --token=h0neyB"
after = ["a --token=h0neyA"]
command = "true"
""")
        for more in ([], ["--tag", "--lb"]):
            out, err = self.farm("jobs.toml", "--fresh", "--redact", *more, status=1)
            self.assert_clean(out, err, given=["jobs.toml"])
            self.assertIn(b"a --token=***", err)
        self.assertEqual(out, b"a --token=***\tx\n")
        self.write("jobs.toml", '[[task]]\nname = "a --token=h0neyA"\ncommand = "true"\ncpus = 60000\n')
        _, err = self.farm("jobs.toml", "--fresh", "--redact", status=2)
        self.assertIn(b"a --token=*** needs", err)
        self.assert_clean(err, given=["jobs.toml"])

    def test_mistakes_in_a_stream_are_told_without(self):
        self.write("stream", "true\n#FARM task what=1 env.TOKEN=h0ney\ntrue\n")
        self.write("long.txt", "#FARM task env.TOKEN=h0ney" + "h0ney" * 12 + " what=1\ntrue\n")
        with open(self.path("stream")) as stream:
            _, err = self.farm("-", "--redact", stdin=stream, status=None)
        self.assertIn(b":2:12", err)
        self.assert_clean(err, given=["stream", "long.txt"])
        _, err = self.farm("long.txt", "--redact", status=2)
        self.assertIn(b"long.txt:1:", err)
        self.assert_clean(err, given=["stream", "long.txt"])

    def test_a_job_log_without_secrets_is_not_run(self):
        self.write("jobs.txt", "touch ran-{0}; false # --token=h0ney\n")
        self.farm("jobs.txt", "--redact", "--joblog", "log", status=1)
        _, err = self.farm("--retry-failed", "--joblog", "log", status=2)
        self.assertIn(b"--resume-failed", err)
        self.farm("--retry-failed", "--redact", "--joblog", "log", status=2)
        self.farm("jobs.txt", "--fresh", "--resume-failed", "--redact", "--joblog", "log", status=1)

    def test_mistakes_are_told_without(self):
        self.write("jobs.txt", "#FARM task what=1 env.TOKEN=h0ney\ntrue\n")
        for words in (["jobs.txt"], ["plan", "jobs.txt"], ["jobs.txt", "--dry-run"]):
            _, err = self.farm(*words, "--redact", status=2)
            self.assertIn(b"jobs.txt:1:12", err)
            self.assert_clean(err, given=["jobs.txt"])


class Terminal(FarmTestCase):
    """What farm says itself never moves a cursor or sets a title, whatever it quotes."""

    def harmless(self, *arguments, status=None, **more):
        out, err = self.farm(*arguments, status=status, **more)
        for text in (out, err):
            bad = re.search(rb"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]", text)
            self.assertIsNone(bad, text)
        return out + err

    def test_names_of_files_and_directories(self):
        name = f"jobs{ESCAPE}.txt"
        self.write(name, "false\ntrue\n")
        self.harmless(name, "--what" + ESCAPE, status=2)
        self.assertIn(b"no\\x1b", self.harmless("no" + ESCAPE, status=2))
        self.harmless(name, status=1)
        self.harmless(name, "--run", "run" + ESCAPE, status=1)
        self.harmless("plan", name)
        self.write(f"bad{ESCAPE}.txt", "#FARM what\n")
        self.harmless(f"bad{ESCAPE}.txt", status=2)
        self.write("x.txt", "true\n")
        for run in ("no/" + ESCAPE, "x.txt/" + ESCAPE):
            self.harmless("x.txt", "--run", run, status=2)
        self.harmless("output", "no" + ESCAPE, "1", status=2)
        os.mkdir(self.path("full"), 0o700)
        self.write(f"full/{ESCAPE}", "mine")
        self.harmless("x.txt", "--run", "full", status=2)

    def test_commands_values_and_names_of_tasks(self):
        self.write("jobs.txt", f"#FARM what{ESCAPE}\n#FARM task nice{ESCAPE}=1\ntrue\n")
        self.harmless("jobs.txt", status=2)
        self.write("after.toml", f'[[task]]\nname = "a"\ncommand = "false"\n[[task]]\nname="b"\nafter=["a"]\ncommand = "true"\n')
        self.assertIn(b"not started because a failed", self.harmless("after.toml", status=1))
        self.write("after.txt", f"false '{ESCAPE}'\n")
        self.harmless("after.txt", status=1)
        self.harmless("sweep", "--nope" + ESCAPE, ":::", "1")
        self.harmless("sweep", "echo {= bad(" + ESCAPE + " =}", ":::", "1")
        self.harmless("sweep", "-a", "no" + ESCAPE, "echo")

    def test_a_task_says_what_it_says(self):
        """Only farm's own words are made harmless: output is the user's, byte by byte."""
        self.write("jobs.txt", "printf '\\033[1mbold'\n")
        out, _ = self.farm("jobs.txt")
        self.assertEqual(out, b"\x1b[1mbold")


class Paths(FarmTestCase):
    def test_values_do_not_lead_out_of_the_results(self):
        os.mkdir(self.path("inner"))
        for value in ("../../evil", "..", ".", "/etc/evil", "a/../../evil", "", "\\..", "../"):
            self.farm("sweep", "--results", "inner/out", "echo {}", ":::", value)
        self.assertEqual(sorted(os.listdir(self.dir)), ["inner"])
        self.assertEqual(os.listdir(self.path("inner")), ["out"])
        for path in tree(self.path("inner/out")):
            self.assertTrue(os.path.realpath(path).startswith(os.path.realpath(self.path("inner/out"))), path)

    def test_nor_out_of_what_was_typed_before_them(self):
        os.mkdir(self.path("inner"))
        self.write("inner/deck", "{}")
        self.write("inner/values.csv", "a\ngood\n../../evil\n")
        key = "[[sweep]]\ncommand = 'touch ran; echo {a}'\ntable = 'values.csv'\n"
        self.write("inner/out.toml", key + "stdout = 'out/{a}'\n")
        self.write("inner/made.toml", key + "outputs = ['{a}.txt']\n")
        sweep = ["touch ran; mkdir -p out/evil; echo {}", ":::", "good", "../../evil"]
        cases = {"inner/out.toml:4:10: ": ["inner/out.toml"], "inner/made.toml:4:12: ": ["inner/made.toml"],
                 "--results of task 2: ": ["sweep", "--results", "inner/{}/x", *sweep],
                 "--tmpl of task 2: ": ["sweep", "--tmpl", "inner/deck=inner/{}", *sweep]}
        for place, words in cases.items():
            for launcher in ((), mpirun(2)):
                # As parallel has it, 255 is a sweep's word for what could not begin.
                _, err = self.farm(*words, status=255 if words[0] == "sweep" else 2, launcher=launcher)
                self.assertIn(place, err.decode())
                self.assertIn(b"--allow-outside", err)
        self.farm("sweep", "--run", "run", "--results", "inner/{}/x", *sweep, status=2)
        self.assertEqual(sorted(os.listdir(self.dir)), ["inner"], "nothing ran")
        self.assertEqual(sorted(os.listdir(self.path("inner"))), ["deck", "made.toml", "out.toml", "values.csv"])
        self.farm("sweep", "--allow-outside", "--results", "inner/{}/x", "echo {}", ":::", "../../" + self.mark + "/evil")
        self.assertEqual(self.read("evil/x"), b"../../" + self.mark.encode() + b"/evil\n")

    def test_names_of_which_a_heading_tells_the_columns_are_tried_before_anything_runs(self):
        self.write("values.csv", "f\n" + "good\n" * 3000 + "../evil\n")
        _, err = self.farm("sweep", "--header=:", "--results", "out/{f}/x", "touch ran; echo {f}", "::::", "values.csv",
                           status=255)
        self.assertIn(b"--results of task 3001: ", err)
        self.assertEqual(os.listdir(self.dir), ["values.csv"])

    def test_what_can_be_read_only_once_is_read_once(self):
        cases = {"second": (["--results", "o/{1}-{2}", "echo {}", ":::", "a", "b", "::::", "-"], 6),
                 "shuffled": (["--shuf", "--results", "o/{}", "echo {}"], 3),
                 "linked": (["--link", "--results", "o/{1}{2}", "echo {}", "::::", "-", ":::", "x", "y", "z"], 3),
                 "template": (["--shuf", "--tmpl", "deck={}.in", "cat {}.in"], 3)}
        self.write("deck", "{}")
        for name, (words, tasks) in cases.items():
            with self.subTest(name), open(self.path(self.write("values", "1\n2\n3\n"))) as file:
                # Through a pipe: a file could be read again.
                _, err = self.farm("-c", f"cat | '{FARM}' sweep " + " ".join(f"'{word}'" for word in words),
                                   program="/bin/sh", stdin=file)
                self.assertIn(f"{tasks} tasks".encode(), err)

    def test_a_stream_of_values_ends_at_the_first_that_leads_out(self):
        with open(self.path(self.write("values", "good\n../evil\n"))) as values:
            _, err = self.farm("sweep", "--results", "{}/x", "echo {}", stdin=values, status=None)
        self.assertIn(b"--allow-outside", err)
        self.assertFalse(os.path.exists(self.path("../evil")))

    def test_results_are_not_written_through_links_in_their_place(self):
        """What a neighbour has put where a result goes is replaced, not written into."""
        self.write("victim", "precious")
        os.makedirs(self.path("out/1/a"))
        for name in ("stdout", "stderr", "seq"):
            os.symlink(self.path("victim"), self.path(f"out/1/a/{name}"))
        self.farm("sweep", "--results", "out", "echo evil {}", ":::", "a")
        self.assertEqual(self.read("victim"), b"precious")


class Values(FarmTestCase):
    """What is data stays data on its way through templates and shells."""

    def setUp(self):
        super().setUp()
        draw = random.Random(1)
        self.values = [bytes(range(1, 256)), b"-rf", b"--", b"$(touch evil)", b"`touch evil`", b"'; touch evil; '", b"\n", b"\r\n", b"\\"]
        self.values += [bytes(draw.randrange(1, 256) for _ in range(draw.randrange(1, 60))) for _ in range(300)]
        self.write("values", b"".join(value + b"\0" for value in self.values))
        self.expected = b"".join(b"<" + value + b">\0" for value in self.values)

    def test_any_bytes_reach_the_program_as_they_are(self):
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("sweep", "-k", "-0", "-a", "values", "printf '<%s>\\0'", launcher=launcher)
            self.assertTrue(out == self.expected, "they come as they are")
            out, _ = self.farm("sweep", "-k", "-0", "-a", "values", "sh -c 'printf \"<%s>\\0\" \"$1\"' - {}", launcher=launcher)
            self.assertTrue(out == self.expected)
        self.assertEqual(sorted(os.listdir(self.dir)), ["values"])

    def test_also_from_a_table_in_a_manifest(self):
        values = [value.decode("latin-1") for value in self.values if b"\r" not in value and b"\n" not in value]
        with open(self.path("values.csv"), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["a"], *([value] for value in values)])
        tail = 'table = "values.csv"\n'
        self.write("line.toml", '[[sweep]]\ncommand = "printf \'<%s>\\\\0\' {a}"\n' + tail)
        self.write("argv.toml", '[[sweep]]\ncommand = ["printf", "<%s>\\\\0", "{a}"]\n' + tail)
        self.write("env.toml", '[[sweep]]\ncommand = "printf \'<%s>\\\\0\' \\"$A\\""\nenv.A = "{a}"\n' + tail)
        for manifest in ("line.toml", "argv.toml", "env.toml"):
            out, _ = self.farm(manifest, "-k", "--run", manifest + ".run")
            self.assertEqual(out.decode(), "".join(f"<{value}>\0" for value in values))
        self.assertFalse(os.path.exists(self.path("evil")))


class TooLong(FarmTestCase):
    def test_a_command_of_the_kernels_limit_runs_and_one_byte_more_is_refused_by_name(self):
        for size in (LONGEST_ARGUMENT, LONGEST_ARGUMENT + 1):
            command = ": " + "x" * (size - 2)
            self.write("jobs.txt", "echo first\n" + command + "\n")
            for launcher in ((), mpirun(2)):
                if size == LONGEST_ARGUMENT:
                    self.farm("jobs.txt", "--fresh", launcher=launcher)
                else:
                    _, err = self.farm("jobs.txt", "--fresh", status=None, launcher=launcher)
                    self.assertIn(b"jobs.txt:2:", err)
                    self.assertLess(len(err), 3000)

    def test_an_environment_that_is_more_than_the_kernel_takes_fails_its_task_alone(self):
        variables = ", ".join(f'V{i} = "{"x" * 120_000}"' for i in range(60))
        self.write("jobs.toml", f'[[task]]\ncommand = ["true"]\nenv = {{ {variables} }}\n[[task]]\ncommand = "echo fine"\n')
        for launcher in ((), mpirun(2)):
            out, err = self.farm("jobs.toml", "--fresh", "--retry-delay", "0", status=1, launcher=launcher)
            self.assertEqual(out, b"fine\n")
            self.assertIn(b"cannot run 'true': Argument list too long", err)

    def test_everything_else_that_is_too_long(self):
        long = "x" * 300_000
        self.write("jobs.txt", "true\n")
        self.write("name.txt", f"#FARM task name={long}\ntrue\n")
        self.write("directive.txt", f"#FARM {long}\ntrue\n")
        self.write("deep.toml", "a = " + "[" * 100_000 + "]" * 100_000 + "\n")
        self.write("deep.jsonl", "[" * 100_000 + "\n")
        self.write("key.toml", f'[[task]]\n{long} = 1\ncommand = "true"\n')
        self.write("cwd.txt", f"#FARM task cwd={long}\ntrue\n")
        self.write("out.txt", f"#FARM task stdout={long}\necho x\n")
        self.write("env.txt", f"#FARM task env.A={long}\necho x\n")
        cases = [["name.txt"], ["directive.txt"], ["deep.toml"], ["deep.jsonl"], ["key.toml"], ["cwd.txt"], ["out.txt"],
                 ["env.txt"], ["x" * 5000], ["jobs.txt", "--run", "y" * 5000], ["jobs.txt", "--tag-of-" + "z" * 5000],
                 ["jobs.txt", "--joblog", "w" * 5000], ["jobs.txt", "--halt", "v" * 100_000]]
        for case in cases:
            with self.subTest(case=[word[:20] for word in case]):
                _, err = self.farm(*case, status=None, timeout=30)
                self.assertRegex(err[:20_000], b"farm: ")
                self.assertLess(len(err), 20_000)

    def test_a_name_that_is_longer_than_file_systems_take(self):
        self.farm("sweep", "--results", "out", "echo {}", ":::", "x" * 3000)
        found = [path for path in tree(self.path("out")) if path.endswith("/stdout")]
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    main()
