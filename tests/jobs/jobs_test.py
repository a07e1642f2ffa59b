"""The examples in jobs/ run under mpirun and come to the right result; run again, they have nothing to do."""
import os
import re
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "program"))

from farm_program import FarmTestCase, main, mpirun  # noqa: E402

JOBS = os.path.join(ROOT, "jobs")


class Examples(FarmTestCase):
    def generate(self, example, *arguments):
        subprocess.run([os.path.join(JOBS, example, "generate"), self.dir, *arguments], check=True, timeout=60)

    def assert_nothing_to_do(self, manifest):
        _, err = self.farm(manifest, launcher=mpirun(3))
        self.assertIn(b"nothing to do", err)

    def test_hello(self):
        shutil.copy(os.path.join(JOBS, "hello.txt"), self.dir)
        out, err = self.farm("hello.txt", "-k", launcher=mpirun(3))
        lines = out.decode().splitlines()
        self.assertEqual(lines[0], "one task")
        self.assertRegex(lines[1], "^task 2 of this list, run by rank [12] in slot [0-9]+$")
        self.assertEqual(lines[2:], ["the", "lines", "of", "one", "task", "stay", "together", "1 + 2 + ... + 1000 = 500500",
                                     "fine on try 2", "half a second later", "good bye, after everything else"])
        self.assertIn(b"7 tasks succeeded, 1 tried again", err)
        self.assert_nothing_to_do("hello.txt")

    def test_flow(self):
        shutil.copy(os.path.join(JOBS, "flow.toml"), self.dir)
        out, _ = self.farm("flow.toml", "-k", launcher=mpirun(3))
        lines = out.decode().splitlines()
        self.assertEqual(lines[:7], ["r x0 x", "1.5 0.1 0.3333", "1.5 0.4 0.3333", "2 0.1 0.5000", "2 0.4 0.5000",
                                     "2.5 0.1 0.6000", "2.5 0.4 0.6000"])
        self.assertEqual(len(lines), 8, "r = 3 from 0.1 is excluded")
        self.assertRegex(lines[7], "^3 0.4 0[.]6[0-9]+$")
        self.assert_nothing_to_do("flow.toml")

    def test_diamond(self):
        shutil.copy(os.path.join(JOBS, "diamond.toml"), self.dir)
        out, _ = self.farm("diamond.toml", "-j", "1", launcher=mpirun(2))
        self.assertEqual(out, b"5050 338350\n")
        self.assert_nothing_to_do("diamond.toml")

    def test_monte_carlo(self):
        self.generate("monte-carlo", "16", "20000")
        out, _ = self.farm("monte-carlo.txt", launcher=mpirun(3))
        *estimates, mean = out.decode().splitlines()
        self.assertEqual(len(set(estimates)), 16, "each task has a seed of its own")
        found = re.fullmatch(r"mean of 16 estimates: ([0-9.]+) \+- ([0-9.]+)", mean)
        self.assertIsNotNone(found, f"the mean comes last: {mean}")
        self.assertAlmostEqual(float(found[1]), 0.36358, delta=0.002)
        self.assert_nothing_to_do("monte-carlo.txt")

    @unittest.skipIf(shutil.which("needle") is None, "needs EMBOSS's needle (Debian: emboss)")
    def test_alignments(self):
        self.generate("alignments", "40")
        out, _ = self.farm("alignments.txt", "--quiet", launcher=mpirun(3))
        self.assertEqual(out, b"")
        self.assertIn("40 alignments, mean score 49.9", self.summary())
        # One more sequence: one more task.
        self.generate("alignments", "41")
        _, err = self.farm("alignments.txt", "--quiet", launcher=mpirun(3))
        self.assertIn(b"1 task succeeded, 40 had succeeded before", err)
        self.assertIn("41 alignments", self.summary())
        self.assert_nothing_to_do("alignments.txt")

    def summary(self):
        printed, _ = self.farm("output", "alignments.txt", "--all")
        self.write("printed", printed)
        with open(self.path("printed"), "rb") as file:
            done = subprocess.run([os.path.join(JOBS, "alignments", "summarize")], stdin=file, stdout=subprocess.PIPE, check=True,
                                  timeout=60)
        return done.stdout.decode()

    def test_generated_files_are_the_same_everywhere(self):
        """The sequences must not depend on which awk there is."""
        self.generate("alignments", "2")
        self.assertEqual(self.read("sequences.fa").split()[:2],
                         [b">s0001", b"ACGTACACCTTAGAAACATATCATGAACTCTGGACGCGTGCTCGCACTGTGTCGGCTTTATAAG"])


if __name__ == "__main__":
    main()
