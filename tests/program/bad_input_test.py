"""Whatever is wrong is said in one clear message with the place and a way out; nothing has run."""
import glob
import os
import shutil
import time
import unittest

from farm_program import FarmTestCase, fill, main, mpirun


class BadInput(FarmTestCase):
    def refused(self, *arguments, says, **more):
        _, err = self.farm(*arguments, status=2, **more)
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, err.decode())
        self.assertFalse(os.path.exists(self.path("ran")), "something was run")
        return err.decode()

    def test_the_manifest_is_not_there(self):
        self.refused("nothing.txt", says=["nothing.txt", "No such file"])

    def test_nobody_is_left_to_run_tasks(self):
        self.write("jobs.txt", "touch ran\n")
        for launcher in ((), mpirun(1)):
            self.refused("jobs.txt", "--rank0-slots", "0", says=["--rank0-slots 0", "mpirun -np 2"], launcher=launcher)

    def test_it_is_a_directory(self):
        os.mkdir(self.path("jobs.txt"))
        self.refused("jobs.txt", says="directory")

    def test_it_cannot_be_read(self):
        if os.geteuid() == 0:
            raise unittest.SkipTest("root reads everything")
        os.chmod(self.path(self.write("jobs.txt", "touch ran\n")), 0)
        self.refused("jobs.txt", says="Permission denied")

    def test_all_its_mistakes_at_once(self):
        self.write("jobs.txt", b"touch ran\necho a\0b\n" + b"x" * 140_000 + b"\n#FARM task tiemout=3\ntouch ran\n")
        text = self.refused("jobs.txt", says=["jobs.txt:2:7:", "NUL", "jobs.txt:3:", "131", "jobs.txt:4:12:", "timeout", "^"])
        self.assertLess(max(len(line) for line in text.split("\n")), 300, "a long line is not printed whole")

    def test_mistakes_of_all_kinds_at_once(self):
        self.write("jobs.txt", "#FARM default priorty=1\n#FARM task name=one\ntouch ran\n#FARM task name=one\ntouch ran\n"
                   "#FARM task name=x after=y\ntouch ran\n#FARM task name=y after=x\ntouch ran\n"
                   "#FARM task tokens=licence=1\ntouch ran\n#FARM task timeout=3y after=nobody\ntouch ran\n")
        says = ["jobs.txt:1:15: unknown key", "jobs.txt:4:17: the name 'one' is taken", "jobs.txt:6:25: these wait",
                "jobs.txt:10:19: there is no token", "jobs.txt:12:20: '3y'", "jobs.txt:12:29: no task is called 'nobody'"]
        for arguments in (["jobs.txt"], ["plan", "jobs.txt"], ["jobs.txt", "--dry-run"]):
            text = self.refused(*arguments, says=says)
            places = [text.index(each) for each in says]
            self.assertEqual(places, sorted(places), "in the order of their places")
        self.assertFalse(os.path.exists(self.path("jobs.farm")))

    def test_dependencies_that_cannot_be(self):
        self.write("jobs.txt", "#FARM task name=a after=b\ntouch ran\n#FARM task name=b after='a nobody'\ntouch ran\n")
        says = ["jobs.txt:1:25: these wait for one another: a -> b -> a", "jobs.txt:3:28: no task is called 'nobody'"]
        self.refused("jobs.txt", says=says)
        self.refused("plan", "jobs.txt", says=says)
        self.assertFalse(os.path.exists(self.path("jobs.farm")))

    def test_needs_that_cannot_be(self):
        keys = {"mem=12q": "'12q' is not an amount of memory", "mem=-1G": "'-1G' is not", "mem=1": "cannot be meant",
                "mem=2000000T": "memory", "cpus=0": "'0' is not a number of cores", "cpus=-1": "'-1' is not",
                "cpus=70000": "from 1 to 65,536", "gpus=x": "'x' is not a number of GPUs", "timeout=5y": "'5y' is not a duration",
                "cost=-1": "'-1' is not a duration", "tokens=db": "expected NAME=COUNT", "tokens=db=0": "'0' is not a number",
                "retry_on=exit:0": "exit status '0'", "retry_on=oom": "unknown end 'oom'", "retries=-1": "'-1'",
                "priority=high": "'high' is not a priority"}
        self.write("jobs.txt", "".join(f"#FARM task {key}\ntouch ran\n" for key in keys))
        column = {key: 13 + key.index("=") for key in keys}
        says = [f"jobs.txt:{2 * n + 1}:{column[key]}: " for n, key in enumerate(keys)]
        text = self.refused("jobs.txt", says=says + list(keys.values()))
        self.assertEqual(self.refused("jobs.txt", says=says, launcher=mpirun(2)), text)
        self.write("jobs.toml", '[[task]]\ncommand = "touch ran"\nmem = "-1G"\n[[task]]\ncommand = "touch ran"\ncpus = -1\n')
        self.refused("jobs.toml", says=["jobs.toml:3:7: ", "jobs.toml:6:8: "])
        self.assertFalse(os.path.exists(self.path("jobs.farm")))

    def test_tokens_that_nobody_declared(self):
        self.write("jobs.txt", "#FARM default tokens=db=1\ntouch ran\ntouch ran\n#FARM task tokens=db=1,key=3\ntouch ran\n")
        for launcher in ((), mpirun(3)):
            text = self.refused("jobs.txt", launcher=launcher, says=[
                "jobs.txt:1:22: there is no token 'db'", "--token db=N", "jobs.txt:4:24: there is no token 'key'"])
            self.assertEqual(text.count("jobs.txt:1:22"), 1)
            self.refused("jobs.txt", "--token", "db=1,key=2", launcher=launcher,
                         says="jobs.txt:4:24: this task needs 3 of the token 'key', and there are 2")
        self.refused("jobs.txt", "--token", "dp=1,key=3", says="did you mean 'dp'?")
        self.write("jobs.toml", '[[sweep]]\ncommand = "touch ran"\ntokens = { db = "{n}" }\nparameters = { n = [1, 2, 3] }\n')
        self.refused("jobs.toml", "--token", "db=2", says="jobs.toml:3:10: this task needs 3 of the token 'db'")
        self.write("jobs.jsonl", '{"command": "touch ran", "tokens": {"db": 1}}\n')
        self.refused("jobs.jsonl", says="jobs.jsonl:1:36: there is no token 'db'")
        self.assertFalse(os.path.exists(self.path("jobs.farm")))
        self.farm("jobs.jsonl", "--token", "db=1")

    def test_what_fits_no_node_has_a_place_and_leaves_nothing(self):
        self.write("jobs.txt", "#FARM task name=big cpus=9999\ntouch ran\n")
        for launcher in ((), mpirun(3)):
            self.refused("jobs.txt", launcher=launcher, says=["jobs.txt:1:26: big needs 9999 cpus", "nothing was run"])
            self.assertEqual(os.listdir(self.dir), ["jobs.txt"])
        self.write("jobs.toml", '[defaults]\nmem = "900TiB"\n[[task]]\ncommand = "touch ran"\n')
        self.refused("jobs.toml", "--node-mem", "1G", says="jobs.toml:2:7: task 1 needs")
        self.write("jobs.jsonl", '{"command": "touch ran", "gpus": 77}\n')
        self.refused("jobs.jsonl", says="jobs.jsonl:1:34: task 1 needs 77 gpus")
        with open(self.path("jobs.txt"), "rb") as stream:
            self.refused("-", says="standard input:1:26: big needs", stdin=stream)

    def test_a_refused_run_sets_nothing_aside(self):
        self.write("jobs.txt", "echo one\n")
        self.farm("jobs.txt")
        self.write("jobs.txt", "echo one\n#FARM task cpus=9999\ntouch ran\n")
        for launcher in ((), mpirun(3)):
            self.refused("jobs.txt", "--fresh", launcher=launcher, says=["nothing was run", "the earlier run is in jobs.farm again"])
            self.assertEqual(sorted(os.listdir(self.dir)), ["jobs.farm", "jobs.txt"])
        self.write("jobs.txt", "echo one\n")
        self.assertEqual(self.farm("jobs.txt")[0], b"", "it had succeeded")

    def test_options_that_come_to_nothing(self):
        self.write("jobs.txt", "true\n")
        for options, says in ((["--grace", "5s"], "--grace has no effect"), (["--speculate"], "--speculate has no effect"),
                              (["--grace-signal", "USR1"], "--grace-signal has no effect")):
            self.assertIn(says, self.farm("jobs.txt", "--fresh", *options)[1].decode())
        _, err = self.farm("jobs.txt", "--fresh", "--grace", "5s", "--walltime", "1h", "--speculate", launcher=mpirun(3))
        self.assertNotIn("no effect", err.decode())

    def test_times_and_options_that_contradict(self):
        self.write("jobs.txt", "touch ran\n")
        for options, says in (
                (["--walltime", "2001-01-01T00:00"], "in the past"), (["--walltime", "-5"], "--walltime -5"),
                (["--walltime", "1h", "--grace", "2h"], "--grace"), (["--grace", "-1"], "--grace -1"),
                (["--grace-signal", "FOO"], "FOO"), (["--retry-on", "exit:300"], "exit:300"),
                (["--retry-delay", "1x"], "--retry-delay 1x"), (["--token", "db"], "NAME=COUNT"),
                (["--token", "db=0"], "db=0"), (["--token", "db=1", "--token", "db=2"], "given before"),
                (["--fresh", "--salvage"], "--salvage"), (["--by-mtime=3"], "--by-mtime"), (["--resume"], "--resume needs --joblog"),
                (["--retry-failed", "--joblog", "log"], "--retry-failed")):
            self.refused("jobs.txt", *options, says=says)
        self.assertFalse(os.path.exists(self.path("jobs.farm")))

    def test_under_mpirun_it_is_said_once(self):
        self.write("jobs.txt", b"touch ran\0\n")
        text = self.refused("jobs.txt", says="NUL", launcher=mpirun(3))
        self.assertEqual(text.count("jobs.txt:1:"), 1)
        self.refused("jobs.txt", "--retrys", "3", says="--retries", launcher=mpirun(3))

    def test_options(self):
        self.write("jobs.txt", "touch ran\n")
        self.refused("jobs.txt", "--retrys", "3", says=["--retrys", "--retries"])
        self.refused("jobs.txt", "-j", "0", says=["-j", "0"])
        self.refused("jobs.txt", "-j", "many", says=["-j", "many"])
        self.refused("jobs.txt", "--timeout", "soon", says=["--timeout", "soon"])
        self.refused("jobs.txt", "--halt", "perhaps", says=["--halt", "perhaps"])
        self.refused("jobs.txt", "--delay", "-1", says="--delay")
        self.refused("jobs.txt", "--durability", "high", says="--durability")
        self.refused(says="no manifest was given")

    def test_several_mistakes_in_one_option(self):
        self.write("jobs.txt", "touch ran\n")
        self.refused("jobs.txt", "--retry-on", "exit:300,signal:FOO", says=["exit:300,signal:FOO", "'300'", "'FOO'"])
        self.refused("jobs.txt", "--token", "a=0,b=x", says=["a=0,b=x", "'0'", "'x'"])
        self.refused("jobs.txt", "--delay", "auto", says="--delay auto: ")
        self.refused("simulate", "jobs.txt", "--ranks", "4,,8", says="--ranks '4,,8': ")

    def test_a_shell_that_is_not_there(self):
        self.write("jobs.txt", "touch ran\n")
        os.mkdir(self.path("directory"))
        for shell in ("/nonexistent", "nosuchshell", self.path("jobs.txt"), self.path("directory")):
            for launcher in ((), mpirun(2)):
                self.refused("jobs.txt", "--shell", shell, launcher=launcher, says=f"--shell {shell}: there is no such program")
        self.assertFalse(os.path.exists(self.path("jobs.farm")))
        self.refused("plan", "jobs.txt", "--shell", "/nonexistent", says="--shell /nonexistent")
        self.farm("jobs.txt", "--shell", "bash")

    def test_the_run_directory_is_somebody_elses_or_no_directory(self):
        self.write("jobs.txt", "touch ran\n")
        self.write("jobs.farm", "a file")
        self.refused("jobs.txt", says="jobs.farm")
        os.remove(self.path("jobs.farm"))
        os.mkdir(self.path("jobs.farm"))
        self.write("jobs.farm/precious", "mine")
        self.refused("jobs.txt", says="jobs.farm")
        self.assertEqual(os.listdir(self.path("jobs.farm")), ["precious"])

    def test_two_at_once(self):
        self.write("jobs.txt", "touch started; sleep 30\n")
        first = self.start("jobs.txt")
        self.wait_for(lambda: os.path.exists(self.path("started")))
        self.refused("jobs.txt", says=[str(self.rank_of(first)), "jobs.farm"])
        first.terminate()
        first.communicate(timeout=20)

    def rank_of(self, process):
        """The pid that holds the lock: the child of the shepherd, which is the process that was started."""
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            return file.read().split()[0]

    def test_a_damaged_journal(self):
        self.write("jobs.txt", "echo 1\necho 2\necho 3\n")
        self.farm("jobs.txt")
        path = self.path("jobs.farm/journal-0001.jsonl")
        with open(path, "r+b") as file:
            text = file.read()
            file.seek(text.index(b'"task":1') + 7)
            file.write(b"9")
        self.write("jobs.txt", "touch ran\n")
        self.refused("jobs.txt", says=["journal-0001.jsonl", "--salvage"])
        self.farm("jobs.txt", "--salvage")

    def test_half_a_line_at_the_end_of_a_journal_is_passed_over(self):
        self.write("jobs.txt", "".join(f"echo {n} >> did\n" for n in range(3)))
        self.farm("jobs.txt")
        path = self.path("jobs.farm/journal-0001.jsonl")
        with open(path, "r+b") as file:
            text = file.read()
            file.truncate(text.rindex(b'"e":"stop"') + 3)
        _, err = self.farm("jobs.txt")
        self.assertIn(b"nothing to do", err)
        self.assertEqual(len(self.read("did").split()), 3)

    def test_a_journal_that_is_none(self):
        self.write("jobs.txt", "touch ran\n")
        for text in (b"\x7fELF\1\2\xff\n" * 100, b"just a line\n" * 5, b'{"e":"start","v":1}\n' * 2):
            os.mkdir(self.path("jobs.farm"), 0o700)
            self.write("jobs.farm/journal-0001.jsonl", text)
            self.refused("jobs.txt", says="journal-0001.jsonl")
            self.assertEqual(self.read("jobs.farm/journal-0001.jsonl"), text)
            shutil.rmtree(self.path("jobs.farm"))

    def test_output_that_is_damaged_or_cut_off_is_said_to_be_and_not_shown(self):
        self.write("jobs.txt", "seq 100000\necho whole\n")
        self.farm("jobs.txt", "--quiet", "-j1")
        path = max(glob.glob(self.path("jobs.farm/output/*")), key=os.path.getsize)
        with open(path, "rb") as file:
            good = file.read()
        expected = "".join(f"{n}\n" for n in range(1, 100001)).encode()
        flipped = bytearray(good)
        flipped[len(good) // 3] ^= 4
        for bad in (bytes(flipped), good[:len(good) // 2], b"", b"something else\n" * 1000):
            with open(path, "wb") as file:
                file.write(bad)
            out, err = self.farm("output", "jobs.farm", "1", status=255)
            self.assertIn(b"output incomplete", err)
            self.assertTrue(expected.startswith(out), "no wrong byte")
        with open(path, "wb") as file:
            file.write(bytes(flipped))
        out, _ = self.farm("output", "jobs.farm", "2")
        self.assertEqual(out, b"whole\n", "the others are not touched by it")
        self.assertIn(b"nothing to do", self.farm("jobs.txt")[1])

    def test_a_journal_of_a_newer_farm(self):
        self.write("jobs.txt", "touch ran\n")
        os.mkdir(self.path("jobs.farm"), 0o700)
        corpus = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fuzz/corpus/journal/newer")
        with open(corpus, "rb") as file:
            self.write("jobs.farm/journal-0001.jsonl", file.read().rstrip(b"\n") + b"\n")
        self.refused("jobs.txt", says="newer")

    def test_a_manifest_that_changes_while_it_is_read(self):
        # Larger than what is read at a time, so that the end is still to be read when the beginning runs.
        self.write("jobs.txt", "touch started; sleep 0.05\n" + ("true #" + "x" * 1000 + "\n") * 6000)
        process = self.start("jobs.txt", "-j2")
        self.wait_for(lambda: os.path.exists(self.path("started")))
        with open(self.path("jobs.txt"), "a") as file:
            file.write("touch ran\n")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 255, err[-1000:])
        self.assertIn("changed", err.decode())
        ends = [record for record in self.journal() if record["e"] == "end"]
        self.assertGreater(len(ends), 0)

    def test_a_start_that_comes_to_nothing_leaves_the_earlier_run(self):
        self.write("jobs.txt", "echo hi\n")
        self.farm("jobs.txt")
        self.refused("jobs.txt", "--fresh", "--joblog", "no/such/log", says=["--joblog", "the earlier run is in"])
        self.assertEqual(len(self.successes()), 1)
        self.assertEqual([name for name in os.listdir(self.dir) if name.startswith("jobs.farm")], ["jobs.farm"])
        self.refused("jobs.txt", "--joblog", "no/such/log", says="--joblog")
        self.assertEqual(len(self.successes()), 1, "what was there is not undone")

    def test_a_mistake_in_what_streams_in(self):
        self.write("list", "#FARM task foo=2\ntouch ran\n")
        with open(self.path("list"), "rb") as stream:
            text = self.refused("-", says="standard input:1:12: unknown key 'foo'", stdin=stream)
        self.assertNotIn("\\n", text, "lines are lines")

    def test_everything_that_fits_no_node(self):
        self.write("jobs.txt", "".join(f"#FARM task {needs} name={name}\ntouch ran\n" for name, needs in (
            ("a", "cpus=9999"), ("b", "mem=900TiB"), ("c", "gpus=77"))) + "touch ran\n")
        text = self.refused("jobs.txt", says=["a needs 9999 cpus", "b needs", "c needs 77 gpus", "nothing was run", "--node-gpus"])
        self.assertNotIn("carry on", text)

    def test_a_full_disk(self):
        disk = self.mount("disk", "256k")
        fill(disk + "/fill")
        self.write("jobs.txt", "touch ran\n")
        self.refused("jobs.txt", "--run", disk + "/run", says="No space left")
        # Full in the middle of the run: it waits, and goes on when there is room.
        os.truncate(disk + "/fill", 256 * 1024 - 48 * 1024)
        self.write("jobs.txt", "".join(f"head -c 3000 /dev/zero; echo {n} >> did\n" for n in range(40)))
        process = self.start("jobs.txt", "--run", disk + "/run")
        self.wait_for(lambda: os.path.exists(self.path("did")))
        time.sleep(1)
        self.assertIsNone(process.poll(), "it does not give up")
        os.remove(disk + "/fill")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("No space left", err.decode())
        self.assertEqual(sorted(int(n) for n in self.read("did").split()), list(range(40)))
        self.farm("jobs.txt", "--run", disk + "/run")
        self.assertEqual(len(self.read("did").split()), 40, "all of it had been recorded")


if __name__ == "__main__":
    main()
