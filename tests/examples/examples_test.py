"""The programs in jobs/functions come to the right result, alone and on any number of ranks."""
import os
import re
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

    def test_naps_at_a_time(self):
        for launcher, env in (((), {"FARM_SLOTS": "8"}), (mpirun(9), {})):
            line, = self.run_example("naps", launcher=launcher, **env)
            naps, seconds = re.fullmatch(r"(\d+) naps in ([\d.]+) s", line).groups()
            self.assertEqual(naps, "24")
            self.assertLess(float(seconds), 2.4 / 2, "one after the other would take 2.4 s")

    def test_integral(self):
        for ranks in (0, 2, 4):
            self.assertEqual(self.run_example("integral", launcher=mpirun(ranks) if ranks else ()), ["0.36358"])

    def test_two_models(self):
        self.assertEqual(self.run_example("two_models", launcher=mpirun(5)), ["200 small models, 1280 MiB of large ones"])


if __name__ == "__main__":
    main()
