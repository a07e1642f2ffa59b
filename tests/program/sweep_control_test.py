"""What farm sweep decides task by task while it runs: how often each is tried, and how many run at a time."""
import os

from farm_program import FarmTestCase, main, mpirun

# Says when it starts, in which slot, and when it ends; runs until it is told to end.
WAITER = ('echo "start {} $PARALLEL_JOBSLOT" >> log; while [ ! -e go.{} ]; do sleep 0.01; done; '
          'echo "end {} $PARALLEL_JOBSLOT" >> log')


class Retries(FarmTestCase):
    def tries(self, *arguments, status):
        """How often each value's task was begun."""
        self.write("tries", "")
        self.farm("sweep", *arguments, status=status)
        return sorted(self.read("tries").decode().split())

    def test_each_task_has_its_own(self):
        self.assertEqual(self.tries("--retries", "{2}", "echo {1} >> tries; false", ":::", "a", "b", ":::+", "3", "2abc", status=2),
                         ["a", "a", "a", "b", "b"])
        self.assertEqual(self.tries("--retries", "{#}", "echo {} >> tries; false", ":::", "x", "y", status=2), ["x", "y", "y"])
        self.assertEqual(self.tries("--retries", "{= $_ = length($_) =}", "echo {} >> tries; false", ":::", "xyz", status=1),
                         ["xyz"] * 3)

    def test_what_is_no_number_is_no_limit(self):
        for value in ("abc", "0", "-2", ""):
            command = 'echo x >> tries; [ "$(grep -c x tries)" -ge 5 ] #'
            self.assertEqual(self.tries("--retries", "{1}", command, ":::", value, status=0), ["x"] * 5, value)

    def test_by_the_name_of_a_column(self):
        self.write("table", "name,n\na,2\nb,1\n")
        self.assertEqual(self.tries("--header", ":", "--colsep", ",", "--retries", "{n}", "echo {name} >> tries; false", "::::",
                                    "table", status=2), ["a", "a", "b"])

    def test_a_plan_is_as_ever(self):
        arguments = ["--retries", "{1}", "echo", ":::", "3"]
        self.assertEqual(self.farm("sweep", "--dry-run", *arguments)[0], b"echo 3\n")
        self.assertIn(b"1 task", self.farm("plan", "sweep", *arguments)[0])

    def test_what_cannot_be_meant_is_refused(self):
        for tries, why in (("many", b"--retries many"), ("{%}", b"slot")):
            _, err = self.farm("sweep", "--retries", tries, "touch ran #", ":::", "a", status=255)
            self.assertIn(why, err)
            self.assertFalse(os.path.exists(self.path("ran")))


class SlotsFromAFile(FarmTestCase):
    """-j FILE: another number in it counts from the next end of a task on."""

    def setUp(self):
        super().setUp()
        self.write("log", "")

    def log(self):
        return [line.split() for line in self.read("log").decode().splitlines()]

    def started(self):
        return {line[1] for line in self.log() if line[0] == "start"}

    def go(self, *tasks):
        """Lets these end, and waits until farm has heard of it."""
        for task in tasks:
            self.write(f"go.{task}", "")
        self.wait_for(lambda: all(f"echo \"start {task} " in self.read("joblog").decode() for task in tasks), what="the job log")

    def wait_for_starts(self, count):
        self.wait_for(lambda: len(self.started()) == count, what=f"task {count} starting")

    def finish(self, process, count):
        for task in range(1, count + 1):
            self.write(f"go.{task}", "")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(len(self.started()), count)
        self.check_slots()

    def check_slots(self):
        """No two tasks that run at the same time have the same slot."""
        in_use = set()
        for what, _, slot in self.log():
            if what == "start":
                self.assertNotIn(slot, in_use)
                in_use.add(slot)
            else:
                in_use.remove(slot)

    def running(self):
        """How many ran after each line of the log."""
        counts, running = [], 0
        for what, *_ in self.log():
            running += 1 if what == "start" else -1
            counts.append(running)
        return counts

    def begin(self, count, launcher=()):
        return self.start("sweep", "-j", "slots", "--joblog", "joblog", WAITER, ":::", *map(str, range(1, count + 1)),
                          launcher=launcher)

    def test_more_and_then_fewer(self):
        for launcher in ((), mpirun(3)):
            with self.subTest(launcher=launcher):
                self.clean_up()
                os.mkdir(self.dir)
                self.write("log", "")
                self.write("slots", "1\n")
                process = self.begin(12, launcher)
                self.wait_for_starts(1)
                first = next(iter(self.started()))
                self.write("slots", "4\n")
                self.go(first)
                self.wait_for_starts(5)
                self.write("slots", "1\n")
                running = sorted(self.started() - {first})
                self.go(*running)
                self.wait_for_starts(6)
                self.finish(process, 12)
                self.assertEqual(max(self.running()), 4)
                last_end = max(at for at, line in enumerate(self.log()) if line[:2] in [["end", task] for task in running])
                self.assertEqual(max(self.running()[last_end:]), 1)

    def test_a_file_that_is_lost_changes_nothing(self):
        self.write("slots", "2\n")
        process = self.begin(5)
        self.wait_for_starts(2)
        self.write("slots", "")
        self.go("1")
        self.wait_for_starts(3)
        os.remove(self.path("slots"))
        self.go("2")
        self.wait_for_starts(4)
        self.finish(process, 5)
        self.assertEqual(max(self.running()), 2)

    def test_what_the_file_says_first_must_be_good(self):
        self.write("slots", "lots\n")
        _, err = self.farm("sweep", "-j", "slots", "touch ran #", ":::", "a", status=255)
        self.assertIn(b"-j slots", err)
        self.assertFalse(os.path.exists(self.path("ran")))


class RefusedOptions(FarmTestCase):
    def test_each_is_named_with_a_way_out(self):
        for option, value, advice in (("--memsuspend", "1G", b"--memfree"), ("--limit", "licence-free", b"until have-a-licence"),
                                      ("--shard", "1", b"a file of its own"), ("--bin", "1", b"a file of its own"),
                                      ("--group-by", "1", b"a file of its own")):
            _, err = self.farm("sweep", option, value, "touch ran #", ":::", "a", status=255)
            self.assertIn(option.encode(), err)
            self.assertIn(advice, err)
            self.assertFalse(os.path.exists(self.path("ran")))


if __name__ == "__main__":
    main()
