"""farm over several hosts without a batch system."""
import collections
import subprocess
import unittest

from cluster import FarmTestCase, Hosts, main
from farm_program import MPIRUN

hosts = None


def setUpModule():
    global hosts
    hosts = Hosts()
    unittest.addModuleCleanup(hosts.down)


class ThreeHosts(FarmTestCase):
    def mpirun(self, *names):
        """A worker on each of them; rank 0 is on this host."""
        places = ",".join(f"{name}:1" for name in names)
        keep = [word for name in ("FARM_TEST_MARK", "SHELL") for word in ("-x", name)]
        return [MPIRUN, "--bind-to", "none", "--host", f"{self.here()}:1,{places}", "-np", str(1 + len(names)), *keep,
                "--wdir", self.dir]

    def here(self):
        return subprocess.run(["hostname", "-s"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()

    def variables(self):
        soon = {"OMPI_MCA_oob_tcp_keepalive_time": "3", "OMPI_MCA_oob_tcp_keepalive_intvl": "1",
                "OMPI_MCA_oob_tcp_keepalive_probes": "3"}
        return {**hosts.variables(), **soon}

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

    def test_the_same_command_without_a_lost_host_carries_on(self):
        self.write("jobs.txt", "".join(f"sleep 0.3; echo {i}\n" for i in range(40)))
        process = self.start("jobs.txt", "-j2", launcher=self.mpirun("a", "b", "c"), env=self.variables())
        self.wait_for(lambda: sum(r["e"] == "end" for r in self.journal()) >= 6, 30, "a part of the work being done")
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


if __name__ == "__main__":
    main()
