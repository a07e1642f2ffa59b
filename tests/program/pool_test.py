"""Programs that use the pool: alone and under mpirun, and what happens when functions take their ranks down."""
import os
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
        _, err = self.farm("count", env={"FARM_SLOTS": "many"}, status=255)
        self.assertIn(b"FARM_SLOTS must be a number from 1, not 'many'", err)

    def test_a_rank_that_dies_or_freezes_in_a_function_is_replaced_by_the_others(self):
        for deadly in (signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP):
            with self.subTest(signal=deadly):
                out, _ = self.farm("survive", f"mark{deadly}", str(int(deadly)), launcher=mpirun(3))
                self.assertEqual(out.decode().split(), ["sum", str(sum(i * i for i in range(1000)))])
                self.assert_nothing_left()

    def test_a_call_that_kills_ranks_is_given_up(self):
        out, _ = self.farm("poison", launcher=mpirun(4))
        first, second = out.decode().splitlines()
        self.assertRegex(first, r"deadly \(task 0\) was given up: it took down 2 ranks")
        self.assertEqual(second, "then 16")

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

    def test_ends_by_a_signal(self):
        process = self.start("wait_for_ever", "waits", launcher=mpirun(3))
        self.wait_for(lambda: os.path.exists(self.path("waits")), 60, "the call")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assert_nothing_left()


if __name__ == "__main__":
    main()
