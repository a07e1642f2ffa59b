"""Several farms divide one manifest."""
import os

from farm_program import FarmTestCase, main


class Shards(FarmTestCase):
    def test_every_task_is_run_by_one_of_them(self):
        self.write("jobs.txt", "".join(f"echo $FARM_TASK_ID >> ran.{i}\n" for i in range(10)))
        for number in (1, 2, 3):
            _, err = self.farm("jobs.txt", "--shard", f"{number}/3")
            self.assertIn(b"succeeded", err)
        for i in range(10):
            self.assertEqual(self.read(f"ran.{i}"), b"%d\n" % (i + 1), "once, with its number in the whole list")
        self.assertEqual([len(self.successes(f"jobs.{number}of3.farm")) for number in (1, 2, 3)], [4, 3, 3])
        self.assertFalse(os.path.exists(self.path("jobs.farm")))

    def test_they_run_at_the_same_time_and_carry_on(self):
        self.write("jobs.txt", "".join(f"test -e ok || [ {i} -lt 4 ] && echo {i} >> ran\n" for i in range(8)))
        both = [self.start("jobs.txt", "--shard", f"{number}/2") for number in (1, 2)]
        for process in both:
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1)
        self.assertEqual(sorted(self.read("ran").split()), [b"0", b"1", b"2", b"3"])
        self.write("ok", "")
        for number in (1, 2):
            self.farm("jobs.txt", "--shard", f"{number}/2")
        self.assertEqual(sorted(self.read("ran").split()), [b"%d" % i for i in range(8)])

    def test_an_edited_list_runs_only_what_its_shard_has_not(self):
        self.write("jobs.txt", "echo same >> ran\n" * 4)
        self.farm("jobs.txt", "--shard", "2/2")
        self.assertEqual(self.read("ran"), b"same\n" * 2)
        self.write("jobs.txt", "echo same >> ran\n" * 4 + "echo other >> ran\necho new >> ran\n")
        self.farm("jobs.txt", "--shard", "2/2")
        self.assertEqual(self.read("ran"), b"same\n" * 2 + b"new\n")

    def test_dry_run_and_plan_show_the_shard(self):
        self.write("jobs.txt", "echo a\necho b\necho c\n")
        out, _ = self.farm("jobs.txt", "--shard", "1/2", "--dry-run")
        self.assertEqual(out, b"echo a\necho c\n")
        self.farm("jobs.txt", "--shard", "1/2")
        out, _ = self.farm("plan", "jobs.txt", "--shard", "1/2")
        self.assertIn(b"1 task left out", out)
        self.assertNotIn(b"echo b", out)

    def test_what_cannot_be_divided_is_refused(self):
        self.write("after.txt", "#FARM task name=a\ntrue\n#FARM task after=a\ntrue\n")
        _, err = self.farm("after.txt", "--shard", "1/2", status=2)
        self.assertIn(b"wait for others", err)
        self.write("barrier.txt", "true\n#FARM barrier\ntrue\n")
        _, err = self.farm("barrier.txt", "--shard", "1/2", status=2)
        self.assertIn(b"barrier.txt:3: this task waits behind a barrier", err)
        _, err = self.farm("-", "--shard", "1/2", status=2)
        self.assertIn(b"write it to a file first", err)
        _, err = self.farm("--retry-failed", "--joblog", "log", "--shard", "1/2", status=2)
        self.assertIn(b"--shard divides a manifest", err)


if __name__ == "__main__":
    main()
