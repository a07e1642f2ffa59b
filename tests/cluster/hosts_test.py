"""farm over several hosts without a batch system."""
import collections
import os
import signal
import subprocess
import unittest

from cluster import FARM, HERE, FarmTestCase, Hosts, main
from farm_program import MPIRUN

import lost_ranks_test

hosts = None


def setUpModule():
    global hosts
    hosts = Hosts()
    unittest.addModuleCleanup(hosts.down)


class HostsTestCase(FarmTestCase):
    def mpirun(self, *names):
        return hosts.mpirun(names, self.dir)

    def variables(self):
        return hosts.variables()

    def begin(self, ended, *options, names=("a", "b", "c")):
        """A run of 60 tasks of which so many have ended."""
        process = self.start("jobs.txt", "-j2", *options, launcher=self.mpirun(*names), env=self.variables())
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= ended, 30, "a part of the work being done")
        return process

    def end(self, process, status=0):
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail(f"farm hangs: {process.communicate()}")
        self.assertEqual(process.returncode, status, err)
        self.assert_nothing_left()
        return out, err.decode()


class ThreeHosts(HostsTestCase):
    def test_all_of_them_work(self):
        self.write("jobs.txt", "".join(f"sleep 0.1; echo {i} $(hostname)\n" for i in range(30)))
        out, _ = self.farm("jobs.txt", "-j2", launcher=self.mpirun("a", "b", "c"), env=self.variables())
        printed = [line.split() for line in out.decode().splitlines()]
        self.assertEqual(sorted(int(number) for number, _ in printed), list(range(30)))
        self.assertEqual({host for _, host in printed}, {"a", "b", "c"})

    def test_what_they_print_comes_back_whole(self):
        """More than travels with a result: 20 tasks of 300 kB each."""
        self.write("jobs.txt", "".join(f"seq -f '{i}-%.0f' 30000\n" for i in range(20)))
        out, _ = self.farm("jobs.txt", "-k", launcher=self.mpirun("a", "b", "c"), env=self.variables())
        expected = "".join(f"{i}-{k}\n" for i in range(20) for k in range(1, 30001))
        self.assertTrue(out == expected.encode(), f"{len(out)} bytes of {len(expected)}")

    def test_a_second_farm_on_another_host_is_refused(self):
        self.write("jobs.txt", "sleep 0.1\n" * 60)
        process = self.begin(1)
        for host in ("a", "c"):
            second = subprocess.run([os.path.join(HERE, "hosts"), "exec", hosts.state, host, FARM, self.path("jobs.txt")],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual((second.returncode, second.stdout), (2, b""))
            here = subprocess.run(["hostname"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
            self.assertRegex(second.stderr.decode(), rf"another farm is running there \(.*{here}.*\); wait for it or stop it")
        self.end(process)
        self.assertEqual(sum(record["e"] == "end" for record in self.journal()), 60)

    def test_the_same_command_without_a_lost_host_carries_on(self):
        self.write("jobs.txt", "".join(f"sleep 0.3; echo {i}\n" for i in range(40)))
        process = self.begin(6)
        hosts.off("b")
        self.addCleanup(hosts.on, "b")
        try:
            process.communicate(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()  # mpirun does not always find its own end
            process.communicate()
        self.assertNotEqual(process.returncode, 0)
        self.assert_nothing_left(10)
        self.farm("jobs.txt", "-j2", launcher=self.mpirun("a", "c"), env=self.variables())
        successes = self.successes()
        self.assertEqual((len(successes), set(successes.values())), (40, {1}))
        joined = collections.Counter(r["host"] for r in self.journal() if r["e"] == "joined")
        self.assertEqual(joined, {"a": 2, "b": 1, "c": 2})


class LostRanks(HostsTestCase):
    """On other hosts than rank 0's."""

    def send_in_the_middle(self, sent, *numbers, options=("--heartbeat", "3s"), status=0):
        process = self.begin(9, *options)
        for number in numbers:
            os.kill(self.rank(number), sent)
        out, err = self.end(process, status)
        lost = sorted(r["w"] for r in self.journal() if r["e"] == "lost")
        self.assertEqual(lost, sorted(numbers), err)
        return out, err

    def write_jobs(self, count=60):
        self.write("jobs.txt", "".join(f"sleep 0.3; echo {i}\n" for i in range(count)))

    def assert_all_done(self, count=60):
        successes = self.successes()
        self.assertEqual((len(successes), set(successes.values())), (count, {1}))

    def test_a_killed_one_is_missed(self):
        self.write_jobs()
        out, err = self.send_in_the_middle(signal.SIGKILL, 2)
        self.assertEqual(sorted(map(int, out.split())), list(range(60)))
        self.assertIn("worker rank 2 on b is lost", err)
        self.assert_all_done()

    def test_a_crashed_one_is_missed(self):
        self.write_jobs()
        self.send_in_the_middle(signal.SIGSEGV, 1, 3)
        self.assert_all_done()

    def test_a_frozen_one_is_ended(self):
        self.write_jobs()
        _, err = self.send_in_the_middle(signal.SIGSTOP, 2)
        self.assertIn("farm: worker rank 2 was killed: it had not moved for", err)
        self.assert_all_done()

    def test_the_status_is_that_of_the_tasks(self):
        self.write("jobs.txt", "".join(f"sleep 0.3; exit {i % 60 // 59}\n" for i in range(60)))
        self.send_in_the_middle(signal.SIGKILL, 1, status=1)

    def test_without_any_the_run_stops(self):
        self.write_jobs()
        _, err = self.send_in_the_middle(signal.SIGKILL, 1, 2, 3, status=75)
        self.assertIn("all workers are gone", err)
        self.farm("jobs.txt", "-j2", launcher=self.mpirun("a"), env=self.variables())
        self.assert_all_done()


class TwoOfThree(lost_ranks_test.TwoOfFour):
    """Each on a host of its own."""

    workers = 3
    rounds = int(os.environ.get("FARM_TEST_KILLS", "2"))

    def begin(self):
        return self.start("jobs.txt", "-j3", "--heartbeat", "3s", launcher=hosts.mpirun(("a", "b", "c"), self.dir),
                          env=hosts.variables())


@unittest.skipUnless("POOL_CALLS" in os.environ, "needs a program that uses the C++ library")
class LostRanksOfAPool(HostsTestCase):
    def test_calls_of_those_on_other_hosts_that_are_killed_or_frozen_are_made_elsewhere(self):
        for deadly in (signal.SIGKILL, signal.SIGSTOP):
            with self.subTest(signal=deadly):
                out, err = self.farm("survive", f"mark{deadly}", str(int(deadly)), program=os.environ["POOL_CALLS"],
                                     launcher=self.mpirun("a", "b", "c"), env=self.variables(), timeout=60)
                self.assertEqual(out.decode().split(), ["sum", str(sum(i * i for i in range(1000)))], err)
                self.assert_nothing_left()

    def test_values_go_from_host_to_host(self):
        for deadly in (None, signal.SIGKILL, signal.SIGSTOP):
            for names in (("a", "b", "c"), ("a", "a", "b", "b", "c", "c")):
                with self.subTest(signal=deadly, names=names):
                    self.write("mark", "")
                    out, err = self.farm("values", *([str(int(deadly))] if deadly else []),
                                         program=os.environ["POOL_CALLS"], launcher=self.mpirun(*names),
                                         env=self.variables(), timeout=100)
                    self.assertEqual(out.decode().splitlines(), ["parts 5050", "sum 78", "twice 156 of 300000"], err)
                    self.assert_nothing_left()


if __name__ == "__main__":
    main()
