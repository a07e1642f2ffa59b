"""farm simulate: how long a run would take, beside how long it does."""
import json
import os
import re

from farm_program import FarmTestCase, main, mpirun


class Simulate(FarmTestCase):
    def simulate(self, *arguments):
        out, _ = self.farm("simulate", *arguments, "--json")
        return json.loads(out)

    def makespan(self, *arguments):
        return self.simulate(*arguments)["runs"][0]["makespan"]

    def test_a_manifest_with_a_distribution(self):
        self.write("jobs.txt", "true\n" * 100)
        runs = self.simulate("jobs.txt", "--ranks", "2,11", "--durations", "const:1s", "--spawn", "0")["runs"]
        self.assertEqual([run["slots"] for run in runs], [1, 10])
        for run, least in zip(runs, (100, 10)):
            self.assertEqual(run["tasks"], 100)
            self.assertAlmostEqual(run["lower_bound"], least)
            self.assertGreaterEqual(run["makespan"], least)
            self.assertLess(run["makespan"], 1.01 * least)
        text = self.farm("simulate", "jobs.txt", "--ranks", "2", "--durations", "const:1s")[0].decode()
        self.assertIn("efficiency", text)
        self.assertIn("Assumed:", text)
        self.assertEqual(os.listdir(self.dir), ["jobs.txt"], "nothing ran and nothing was made")

    def test_the_table_keeps_its_columns_apart(self):
        self.write("jobs.txt", "true\n" * 10)
        out, _ = self.farm("simulate", "jobs.txt", "--ranks", "2,1000000", "--durations", "const:1s", "--latency", "1.5s")
        rows = [line.split() for line in out.decode().splitlines()[2:5]]
        self.assertEqual([row[:3] for row in rows[1:]], [["2", "2", "1"], ["1,000,000", "1,000,000", "999,999"]])
        self.assertEqual({len(row) for row in rows[1:]}, {12}, "numbers and their units")
        self.assertIn(b"a message 1.5 s on its way", out)

    def test_needs_and_dependencies_of_the_manifest(self):
        self.write("flow.toml", "".join(f'[[task]]\nname = "t{n}"\ncommand = "true"\ncost = "2s"\n' +
                                        (f'after = ["t{n - 1}"]\n' if n else "") for n in range(5)))
        self.assertAlmostEqual(self.makespan("flow.toml", "--ranks", "64", "--spawn", "0"), 10, delta=0.1)
        self.write("wide.txt", "#FARM default cpus=4\n" + "true\n" * 8)
        arguments = ("wide.txt", "--ranks", "3", "--durations", "const:1s", "--spawn", "0")
        self.assertAlmostEqual(self.makespan(*arguments, "--node-cpus", "4", "-j", "4"), 4, delta=0.1)
        _, err = self.farm("simulate", *arguments, status=2)
        self.assertIn(b"--node-cpus", err)

    def test_bad_input_is_refused_with_a_way_out(self):
        self.write("jobs.txt", "true\ntrue\n")
        self.write("times", "1s\n")
        self.write("words", "1s\nlong\n")
        self.write("empty", "# nothing\n")
        for arguments, said in ((["gone.txt"], b"gone.txt"), (["jobs.txt"], b"--durations exp:1s"),
                                (["jobs.txt", "--durations", "gauss:1s"], b"exp:1s"),
                                (["empty", "--durations", "exp:1s"], b"empty: there are no tasks"),
                                (["jobs.txt", "--durations", "gone"], b"gone"),
                                (["jobs.txt", "--durations", "times"], b"one for each"),
                                (["jobs.txt", "--durations", "words"], b"words:2")):
            _, err = self.farm("simulate", *arguments, "--ranks", "4", status=2)
            self.assertIn(said, err)

    # Tasks that sleep, so that few processors do for many ranks. Another load on the machine makes single runs longer:
    # one of several tries must be as it was said to be.
    def test_a_real_run_is_within_a_tenth_of_what_is_said(self):
        self.write("jobs.txt", "".join(f"sleep 0.{20 + n * 7 % 30}\n" for n in range(96)))
        self.farm("jobs.txt", "-j", "24", "--quiet")
        for ranks in (2, 3, 5, 9, 16):
            seen = []
            for _ in range(6):
                _, err = self.farm("jobs.txt", "--fresh", "--quiet", "-j", "16", launcher=mpirun(ranks))
                seconds = re.search(rb"; (?:([\d.]+) s|(\d+)m(\d+)s)", err)
                real = float(seconds[1]) if seconds[1] else 60 * int(seconds[2]) + int(seconds[3])
                said = self.makespan("jobs.farm", "--ranks", str(ranks), "--ranks-per-node", str(ranks), "-j", "16")
                seen.append((real, said))
                print(f"{ranks} ranks: {real} s, simulated {said:.3f} s", flush=True)
                if abs(real - said) <= 0.1 * said:
                    break
            else:
                self.fail(f"real and simulated seconds: {seen}")


if __name__ == "__main__":
    main()
