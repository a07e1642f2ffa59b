"""Programs that use the pool: alone and under mpirun, and what happens when functions take their ranks down."""
import os
import shutil
import signal

from farm_program import FarmTestCase, main, mpirun

SUM = sum(i * i for i in range(100_000))


class Pools(FarmTestCase):
    def test_calls_alone_and_on_other_ranks(self):
        for ranks in (0, 1, 2, 3, 5):
            with self.subTest(ranks=ranks):
                out, _ = self.farm("count", launcher=mpirun(ranks) if ranks else ())
                lines = out.decode().splitlines()
                self.assertEqual(lines[:2], [f"sum {SUM}", "big 500000 1.5"])
                workers = ["rank 0"] if ranks < 2 else [f"rank {n}" for n in range(1, ranks)]
                self.assertEqual(lines[2:], workers)

    def test_slots_of_one_process(self):
        out, _ = self.farm("count", env={"FARM_SLOTS": "3"})
        self.assertIn(f"sum {SUM}".encode(), out)
        for wrong in ("many", "3x", "", "-1", "99999999999"):
            with self.subTest(slots=wrong):
                _, err = self.farm("count", env={"FARM_SLOTS": wrong}, status=255)
                self.assertIn(f"FARM_SLOTS must be a number from 1, not '{wrong}'".encode(), err)

    def test_a_rank_that_dies_or_freezes_in_a_function_is_replaced_by_the_others(self):
        for deadly in (signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP):
            with self.subTest(signal=deadly):
                out, _ = self.farm("survive", f"mark{deadly}", str(int(deadly)), launcher=mpirun(3))
                self.assertEqual(out.decode().split(), ["sum", str(sum(i * i for i in range(1000)))])
                self.assert_nothing_left()

    def test_large_values_stay_on_their_ranks_until_they_are_used(self):
        for ranks in (0, 1, 2, 3, 5):
            with self.subTest(ranks=ranks):
                out, _ = self.farm("values", launcher=mpirun(ranks) if ranks else ())
                self.assertEqual(out.decode().splitlines(), ["parts 5050", "sum 78", "twice 156 of 300000"])

    def test_and_are_made_again_when_their_rank_is_lost(self):
        for deadly in (signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP):
            for ranks in (3, 5):
                with self.subTest(signal=deadly, ranks=ranks):
                    self.write("mark", "")
                    out, _ = self.farm("values", str(int(deadly)), launcher=mpirun(ranks))
                    self.assertEqual(out.decode().splitlines(), ["parts 5050", "sum 78", "twice 156 of 300000"])
                    self.assertFalse(os.path.exists(self.path("mark")))
                    self.assert_nothing_left()

    def test_a_call_that_kills_ranks_is_given_up(self):
        out, _ = self.farm("poison", launcher=mpirun(4))
        first, second = out.decode().splitlines()
        self.assertRegex(first, r"deadly \(task 0\) was given up: it took down 2 ranks")
        self.assertEqual(second, "then 16")

    def test_ranks_of_another_program_are_refused(self):
        other = self.path("other")
        shutil.copy(os.environ["ANOTHER_POOL"], other)
        _, err = self.farm("count", ":", "-np", "1", other, launcher=mpirun(2), status=255)
        self.assertIn(b"rank 2 runs another program than rank 0: their functions differ. Is the same binary", err)
        self.assert_nothing_left()

    def test_what_the_program_returns_and_throws(self):
        for launcher in ((), mpirun(3)):
            self.farm("nothing", launcher=launcher, status=7)
            _, err = self.farm("throw", launcher=launcher, status=1)
            self.assertIn(b"farm: the program has had enough", err)
            _, err = self.farm("wrong", launcher=launcher, status=1)
            self.assertRegex(err.decode(), r"task 0 on rank \d\) threw std::out_of_range: far out")

    def test_a_function_that_does_not_end_does_not_keep_the_program(self):
        for launcher in ((), mpirun(3)):
            self.farm("leave_behind", f"here{len(launcher)}", launcher=launcher, status=3, timeout=60)
            self.assert_nothing_left()

    def test_who_waits_for_a_function_at_the_end_is_not_taken_for_frozen(self):
        # Silence for 0.6 s is taken for that; the function has a second, which a busy machine may well spend elsewhere.
        for mark in map(str, range(5)):
            self.farm("leave_untidy", mark, launcher=mpirun(2), env={"HEARTBEAT": "1"})
            if os.path.exists(self.path(f"{mark}.tidy")):
                break
        else:
            self.fail("the function was never let end")
        self.assert_nothing_left()

    def test_commands(self):
        size = sum(len(f"{i}\n") for i in range(1, 1_000_001))
        os.mkdir(self.path("etc"))
        self.write("etc/in", "in")
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("commands", launcher=launcher)
            found = out.decode().replace("1\n2\n3\n4\n5\n6\n7\n8\n9\n10", "1 to 10").splitlines()
            self.assertEqual(found, [
                "hello: exited 0, out 5 hello, err 0",
                "again: exited 0, out 11 hello again, err 0",
                "code: exited 3, out 0 , err 3",
                "signal: signaled 9, out 0 , err 0",
                found[4],
                "late: timed_out 15, out 0 , err 0",
                f"big: exited 0, out {size} 1 to 10, err {size}",
                "too big: exited 0, out 1000 1 to 10, err 0, cut",
                "there: exited 0, out 3 / y, err 0",
                "attempt: exited 0, out 3 1in, err 0",
                "many: 100 failed"])
            self.assertRegex(found[4], r"missing: not_started 2, ")
            self.assert_nothing_left()

    def test_commands_that_are_not_wanted_any_more_are_ended(self):
        for launcher in ((), mpirun(2)):
            out, _ = self.farm("cancel_commands", f"pid{len(launcher)}", launcher=launcher, timeout=60)
            self.assertEqual(out.split(), [b"42"])
            self.assert_nothing_left()

    def test_files_made_of_files(self):
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("make_files", launcher=launcher)
            self.assertEqual(out.decode().splitlines(), [
                self.path("both"),
                f"bad: {self.path('bad')} was not made: exit status 4: why", "",
                f"worse: {self.path('bad')} was not made: exit status 4: why", "",
                "third: there is no input {3} for: cat {3}",
                "there is no file nowhere"])
            self.assertEqual(self.read("both").decode(), f"2\n1\n{self.path('one')} {self.path('two')}\n")
            self.assertEqual(sorted(os.listdir(self.dir)), ["both", "one", "two"])

    def test_a_command_goes_with_its_rank_and_is_run_elsewhere(self):
        process = self.start("one_command", launcher=mpirun(3))
        self.wait_for(lambda: os.path.exists(self.path("rank")), 60, "the command")
        rank = int(self.read("rank"))
        os.kill(self.rank(rank, "pool_calls"), signal.SIGKILL)
        self.wait_for(lambda: int(self.read("rank")) != rank, 60, "another rank having it")
        self.assertEqual(self.read("attempt"), b"2\n")
        self.write("go", "")
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (0, b"gone on\n"), err)
        self.assert_nothing_left()

    def test_ends_by_a_signal(self):
        for launcher in ((), mpirun(3)):
            for what in ("wait_for_ever", "wait_for_command"):
                with self.subTest(what=what, launcher=launcher):
                    mark = f"{what}{len(launcher)}"
                    process = self.start(what, mark, launcher=launcher)
                    self.wait_for(lambda: os.path.exists(self.path(mark)), 60, "the call")
                    process.send_signal(signal.SIGTERM)
                    process.communicate(timeout=60)
                    self.assertNotEqual(process.returncode, 0)
                    self.assert_nothing_left()

    def test_ends_by_a_signal_while_the_program_waits_for_its_input(self):
        process = self.start("wait_for_input", "waits")
        self.wait_for(lambda: os.path.exists(self.path("waits")), 60, "the program")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(out, b"buffered\n")
        self.assert_nothing_left()


if __name__ == "__main__":
    main()
