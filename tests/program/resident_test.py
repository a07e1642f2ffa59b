"""Resident programs: one process per slot that gets a task per line and answers a line."""
import json
import os
import signal
import sys

from farm_program import FarmTestCase, main, mpirun

SQUARES = """import json, os, sys
open(f"started-{os.getpid()}", "w").close()
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"out": f"{float(task['args'][0]) ** 2:g}\\n", "task": task["task"]}), flush=True)
"""
SUMS = 'while read -r a b; do echo "$a+$b=$((a+b))"; done'


class Resident(FarmTestCase):
    def starts(self):
        return len([name for name in os.listdir(self.dir) if name.startswith("started-")])

    def causes(self):
        return [(end["cause"], end.get("code")) for end in self.journal() if end["e"] == "end"]

    def test_lines_of_a_manifest(self):
        self.write("jobs.txt", "".join(f"{n} {n * n}\n" for n in range(50)))
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("jobs.txt", "-k", "-j2", "--fresh", "--resident", SUMS, launcher=launcher)
            self.assertEqual(out.decode(), "".join(f"{n}+{n * n}={n + n * n}\n" for n in range(50)))
            self.assert_nothing_left()

    def test_json_and_the_values_of_a_sweep(self):
        self.write("squares.py", SQUARES)
        out, _ = self.farm("sweep", "-k", "-j2", "--resident", f"{sys.executable} squares.py", "--resident-protocol", "json",
                           ":::", *map(str, range(100)))
        self.assertEqual(out.decode(), "".join(f"{n * n:g}\n" for n in range(100)))
        self.assertEqual(self.starts(), 2, "one process for each slot")

    def test_nothing_is_quoted_for_a_shell_that_is_not_there(self):
        out, _ = self.farm("sweep", "-k", "-j1", "--resident", "cat", "<{1}> & {2}", ":::", "a b", "it's", ":::", "$x")
        self.assertEqual(out, b"<a b> & $x\n<it's> & $x\n")

    def test_a_key_of_the_manifest(self):
        self.write("jobs.txt", "#FARM default resident=cat\nx\n#FARM task resident='sed -u s/a/c/'\nabc\n#FARM task resident='sed -u s/^/-/'\nz\n")
        self.assertEqual(self.farm("jobs.txt", "-k", "-j1")[0], b"x\ncbc\n-z\n")
        self.write("jobs.toml", '[defaults]\nresident = "cat"\n[[task]]\ncommand = "y"\n')
        self.assertEqual(self.farm("jobs.toml", "-k")[0], b"y\n")

    def test_what_is_recorded_and_carried_on(self):
        self.write("fail.sh", 'while read -r n; do [ "$n" != 3 ] || exit 4; echo "$n"; done')
        self.write("jobs.txt", "1\n2\n3\n4\n")
        out, err = self.farm("jobs.txt", "-k", "-j1", "--resident", "sh fail.sh", status=1)
        self.assertEqual(out, b"1\n2\n4\n")
        self.assertIn(b"the resident program ended with status 4 before it answered", err)
        self.assertEqual(sorted(self.causes()), [("exited", 0)] * 3 + [("exited", 4)])
        self.write("fail.sh", "cat")
        self.assertEqual(self.farm("jobs.txt", "-k", "-j1", "--resident", "sh fail.sh")[0], b"3\n")

    def test_a_crash_takes_one_task_along(self):
        self.write("jobs.txt", "a\nb\nc\nd\n")
        crash = 'while read -r n; do [ "$n" != b ] || kill -SEGV $$; echo "$n"; done'
        out, _ = self.farm("jobs.txt", "-k", "-j1", "--resident", crash, status=1)
        self.assertEqual(out, b"a\nc\nd\n")
        self.assertIn(("signaled", signal.SIGSEGV), self.causes())

    def test_a_hang_is_ended_by_the_timeout_and_the_start_does_not_count(self):
        self.write("jobs.txt", "a\nhang\nc\n")
        slow = 'sleep 2; echo ready; while read -r n; do [ "$n" != hang ] || sleep 60; echo "$n"; done'
        out, _ = self.farm("jobs.txt", "-k", "-j1", "--timeout", "3", "--resident", slow, status=1)
        self.assertEqual(out, b"a\nc\n")
        ends = {end["task"]: end for end in self.journal() if end["e"] == "end"}
        self.assertEqual(ends[1]["cause"], "timed_out")
        self.assertLess(ends[0]["wall_ns"], 1.5e9, "the two seconds of its start are not its time")
        self.assert_nothing_left()

    def test_garbage_is_no_result(self):
        self.write("jobs.txt", "a\nb\nc\n")
        for answer, said in (("nonsense", "is no JSON object"), ('{"task":77}', "is not about task"),
                             ('{"status":900}', "0 to 255"), ('{"status":4294967296}', "0 to 255"), ('{"out":7}', "texts"), ('{}\\n{}', "more than a line")):
            program = f"""while read -r line; do case $line in *'"b"'*) printf '%b\\n' '{answer}';; *) echo '{{"result":[1]}}';; esac; done"""
            out, err = self.farm("jobs.txt", "-k", "-j1", "--fresh", "--resident", program, "--resident-protocol", "json", status=1)
            self.assertEqual(out, b"[1]\n[1]\n")
            self.assertIn(said, err.decode())

    def test_a_process_is_replaced_after_so_many(self):
        self.write("squares.py", SQUARES)
        out, _ = self.farm("sweep", "-k", "-j1", "--resident", f"{sys.executable} squares.py", "--resident-protocol", "json",
                           "--resident-tasks", "10", ":::", *map(str, range(30)))
        self.assertEqual(len(out.split()), 30)
        self.assertEqual(self.starts(), 3)

    def test_long_lines_both_ways(self):
        self.write("jobs.txt", "".join(letter * 120_000 + "\n" for letter in "abc"))
        out, _ = self.farm("jobs.txt", "-k", "-j2", "--resident", "cat")
        self.assertEqual(out, self.read("jobs.txt"))

    def test_its_errors_are_the_tasks(self):
        self.write("jobs.txt", "a\nb\n")
        _, err = self.farm("jobs.txt", "-k", "-j1", "--resident", 'while read -r n; do echo "about $n" >&2; echo "$n"; done')
        self.assertIn(b"about a", err)

    def test_bad_options(self):
        self.write("jobs.txt", "a\n")
        self.assertIn(b"expected lines or json", self.farm("jobs.txt", "--resident-protocol", "xml", status=2)[1])
        self.assertIn(b"--resident ''", self.farm("jobs.txt", "--resident", "", status=2)[1])
        self.write("bad.txt", "#FARM task stdin=jobs.txt resident=cat\na\n")
        self.assertIn(b"standard input", self.farm("bad.txt", status=1)[1])
        self.write("bad.txt", "#FARM task outputs=x resident=cat\na\n")
        self.assertIn(b"outputs", self.farm("bad.txt", status=1)[1])


if __name__ == "__main__":
    main()
