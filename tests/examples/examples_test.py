"""The programs in jobs/functions come to the right result, alone and on any number of ranks."""
import os
import re
import signal
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "program"))

from farm_program import FARM, FarmTestCase, environment, main, mpirun  # noqa: E402


class Examples(FarmTestCase):
    def run_example(self, name, *arguments, launcher=(), **env):
        program = os.path.join(os.path.dirname(FARM), name)
        done = subprocess.run([*launcher, program, *arguments], cwd=self.dir, capture_output=True, text=True, timeout=120,
                              env=environment(FARM_TEST_MARK=self.mark, **env), check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_alignments(self):
        found = set()
        for ranks in (0, 3):
            itself, best, *shares = self.run_example("alignments", launcher=mpirun(ranks) if ranks else ())
            self.assertEqual(itself, "reference with itself 320.0")  # 64 bases of 5 points
            found.add(best)
            done = dict(re.fullmatch(r"rank (\d+) aligned (\d+) records", share).groups() for share in shares)
            self.assertEqual(sum(map(int, done.values())), 1000)
            self.assertEqual(set(done), {"1", "2"} if ranks else {"0"})
        self.assertEqual(len(found), 1, "the same scores on any number of ranks")

    def test_file_sort(self):
        lines = [f"{i * 7919 % 100_003} it's line {i}\n" for i in range(20_000)]
        self.write("in put", "".join(lines))
        for ranks in (0, 3):
            made, = self.run_example("file_sort", "in put", f"sorted {ranks}", "5", launcher=mpirun(ranks) if ranks else ())
            self.assertEqual(made, self.path(f"sorted {ranks}"))
            self.assertEqual(self.read(f"sorted {ranks}").decode(), "".join(sorted(lines)))
        self.assertEqual(sorted(os.listdir(self.dir)), ["in put", "sorted 0", "sorted 3"], "no part is left")

    def test_naps_at_a_time(self):
        for launcher, env in (((), {"FARM_SLOTS": "8"}), (mpirun(9), {})):
            line, = self.run_example("naps", launcher=launcher, **env)
            naps, seconds = re.fullmatch(r"(\d+) naps in ([\d.]+) s", line).groups()
            self.assertEqual(naps, "24")
            self.assertLess(float(seconds), 2.4 / 2, "one after the other would take 2.4 s")

    def test_integral(self):
        for ranks in (0, 2, 4):
            self.assertEqual(self.run_example("integral", launcher=mpirun(ranks) if ranks else ()), ["0.36358"])

    def kept(self):
        """The fingerprints of what study.farm has, in the order in which they came."""
        try:
            bytes_ = self.read("study.farm/results")
        except FileNotFoundError:
            return []
        found, at = [], len(b"farm-results 1\n")
        while at + 32 <= len(bytes_):
            found.append(bytes_[at + 8:at + 24])
            at += 32 + int.from_bytes(bytes_[at + 24:at + 32], sys.byteorder)
        return found

    def test_study_is_carried_on(self):
        program = os.path.join(os.path.dirname(FARM), "study")
        study = ["200", "2000000"]
        # Twice it is cut off in the middle, as a terminal does and as a crash does, and goes on with other ranks.
        for sent, launcher, enough in ((signal.SIGINT, mpirun(3), 20), (signal.SIGKILL, (), 40)):
            process = self.start(*study, launcher=launcher, program=program)
            self.wait_for(lambda: len(self.kept()) >= enough, 60, "a part of the study being done")
            process.send_signal(sent)
            process.communicate(timeout=60)
            self.assertNotEqual(process.returncode, 0)
            self.assert_nothing_left()
        self.assertLess(len(self.kept()), 200)
        lines = self.run_example("study", *study, launcher=mpirun(4))
        kept = self.kept()
        self.assertEqual((len(kept), len(set(kept))), (200, 200), "nothing was computed twice")
        table = dict(map(str.split, lines))
        self.assertEqual(len(table), 200)
        self.assertLess(float(table["3.500000"]), 0)
        self.assertAlmostEqual(float(table["4.000000"]), 0.693147, 2)  # ln 2
        self.assertEqual(self.run_example("study", *study), lines, "and it is all there")
        self.run_example("study", "100", "2000000", launcher=mpirun(2))
        self.assertEqual(len(self.kept()), 200, "every second point of those")

    def test_two_models(self):
        self.assertEqual(self.run_example("two_models", launcher=mpirun(5)), ["200 small models, 1280 MiB of large ones"])


if __name__ == "__main__":
    main()
