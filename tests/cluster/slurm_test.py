"""scripts/farm.sbatch on a real Slurm of three nodes: launchers, lost nodes, requeues, arrays.
FARM_TEST_LONG=1 adds what takes minutes in all: time limits of one minute, the loss of the job's first node, and others
that are like those that are here.
FARM_TEST_SLURM_CONF='RequeueExit=75' has lines for slurm.conf."""
import collections
import os
import signal
import time
import unittest

import cluster
from cluster import SlurmTestCase, descendants, main, start_slurm

SUBMIT = os.path.join(os.path.dirname(cluster.BATCH), "farm-submit")
LONG = os.environ.get("FARM_TEST_LONG") == "1"


def setUpModule():
    start_slurm(os.environ.get("FARM_TEST_SLURM_CONF", ""))


class Launchers(SlurmTestCase):
    def run_on_three_nodes(self, launcher):
        self.write("jobs.txt", "".join(f"sleep 0.02; echo {i} $(hostname)\n" for i in range(1000)))
        self.wait_for_job(self.submit("jobs.txt", "-j2", env={"FARM_LAUNCH": launcher}))
        self.assert_all_succeeded_once(1000)
        printed = [line.split() for line in self.log().splitlines() if line[:1].isdigit()]
        self.assertEqual(sorted(int(number) for number, _ in printed), list(range(1000)))
        self.assertEqual({host for _, host in printed}, {"n0", "n1", "n2"}, "all nodes work, that of rank 0 too")
        joined = [record["host"] for record in self.journal() if record["e"] == "joined"]
        self.assertEqual(sorted(joined), ["n0", "n1", "n2"], "one worker on each")

    def test_mpirun(self):
        self.run_on_three_nodes("mpirun")

    def test_srun(self):
        self.run_on_three_nodes("srun")

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_the_status_is_that_of_farm(self):
        self.write("jobs.txt", "true\nfalse\n")
        for launcher in ("mpirun", "srun"):
            with self.subTest(launcher=launcher):
                self.wait_for_job(self.submit("jobs.txt", env={"FARM_LAUNCH": launcher}), state="FAILED", status="1:0")
        self.write("bad.txt", "#FARM what\ntrue\n")
        self.wait_for_job(self.submit("bad.txt"), state="FAILED", status="2:0")
        self.assertIn("bad.txt:1:7", self.log())
        self.assertNotIn("starting again", self.log())

    def test_what_cannot_be_run_is_refused(self):
        self.write("jobs.txt", "true\n")
        for words, env, reason in ((("-j4", "jobs.txt"), {}, "the list of tasks comes first"),
                                   (("sweep", "echo", ":::", "1"), {}, "farm sweep needs --run DIR"),
                                   (("jobs.txt",), {"FARM_LAUNCH": "ssh"}, "expected mpirun or srun"),
                                   (("jobs.txt",), {"FARM": "/nowhere/farm"}, "no program farm")):
            with self.subTest(words=words, env=env):
                self.wait_for_job(self.submit(*words, options=("-N1",), env=env), state="FAILED", status="2:0")
                self.assertIn(reason, self.log())


class LostNodes(SlurmTestCase):
    def switch_off_n1(self, launcher, *options):
        self.write("jobs.txt", "".join(f"sleep 0.4; echo {i}\n" for i in range(60)))
        job = self.submit("jobs.txt", "-j2", *options, env={"FARM_LAUNCH": launcher})
        self.wait_for(lambda: self.ended() >= 12, 30, "a part of the work being done")
        cluster.slurm.off("n1")
        self.addCleanup(self.switch_on_n1)
        facts = self.wait_for_job(job, 120)
        self.assertEqual(facts["Restarts"], "0", "the same allocation")
        self.assert_all_succeeded_once(60)
        hosts = [record["host"] for record in self.journal() if record["e"] == "joined"]
        return collections.Counter(hosts)

    def switch_on_n1(self):
        cluster.slurm.on("n1")
        self.wait_for(lambda: self.command("sinfo", "-h", "-o", "%t %D") == "idle 3\n", 60, "the node being back")

    def test_with_mpirun(self):
        """farm goes on, and never starts again."""
        self.assertEqual(self.switch_off_n1("mpirun", "--heartbeat", "3s"), {"n0": 1, "n1": 1, "n2": 1}, self.log())
        self.assertIn("on n1 is lost", self.log())
        self.assertIn("mpirun does not end", self.log())

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_without_heartbeats(self):
        """Slurm notices, and the script starts again."""
        self.assertEqual(self.switch_off_n1("mpirun", "--heartbeat", "0"), {"n0": 2, "n1": 1, "n2": 2}, self.log())
        self.assertIn("starting again on n0 n2", self.log())

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_with_srun(self):
        self.switch_off_n1("srun", "--heartbeat", "3s")

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_the_first_node(self):
        """With it goes the script: the job starts again elsewhere."""
        self.write("jobs.txt", "".join(f"sleep 0.4; echo {i}\n" for i in range(60)))
        job = self.submit("jobs.txt", "-j2", options=("-N2",))
        self.wait_for(lambda: self.ended() >= 12, 30, "a part of the work being done")
        cluster.slurm.off("n0")
        self.addCleanup(self.switch_on, "n0")
        facts = self.wait_for_job(job, 180)
        self.assertEqual(facts["Restarts"], "1")
        self.assert_all_succeeded_once(60)

    def switch_on(self, node):
        cluster.slurm.on(node)


class LostProcesses(SlurmTestCase):
    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_a_shepherd_takes_mpirun_with_it(self):
        self.write("jobs.txt", "".join(f"sleep 0.3; echo {i}\n" for i in range(40)))
        job = self.submit("jobs.txt", "-j2")
        self.wait_for(lambda: self.ended() >= 8, 30, "a part of the work being done")
        os.kill(self.processes("farm-shepherd", "n1")[0], signal.SIGKILL)
        facts = self.wait_for_job(job)
        self.assertEqual(facts["Restarts"], "0")
        self.assertIn("starting again on n0 n1 n2", self.log())
        self.assert_all_succeeded_once(40)

    def processes(self, program, node):
        found = []
        for pid in descendants(self.mark):
            with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/environ", "rb") as environ:
                if comm.read() == program + "\n" and f"SLURMD_NODENAME={node}\0".encode() in environ.read():
                    found.append(pid)
        return found

    def signal_a_worker(self, launcher, sent):
        """On another node than rank 0's."""
        self.write("jobs.txt", "".join(f"sleep 0.5; echo {i}\n" for i in range(60)))
        job = self.submit("jobs.txt", "-j2", "--heartbeat", "3s", env={"FARM_LAUNCH": launcher})
        self.wait_for(lambda: self.ended() >= 12, 40, "a part of the work being done")
        os.kill(self.processes("farm", "n1")[0], sent)
        facts = self.wait_for_job(job)
        self.assertEqual(facts["Restarts"], "0")
        self.assertNotIn("starting again", self.log())
        self.assertEqual(sum(record["e"] == "lost" for record in self.journal()), 1)
        self.assert_all_succeeded_once(60)

    def test_a_worker_is_stopped(self):
        self.signal_a_worker("mpirun", signal.SIGSTOP)

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_a_worker_is_killed(self):
        self.signal_a_worker("srun", signal.SIGKILL)

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_an_mpirun_that_hangs_is_ended(self):
        """It does so now and then once its ranks are gone; here a stand-in does it always."""
        self.write("jobs.txt", "sleep 2; echo first >> ran\ntest -e killed || { touch killed; kill -KILL $FARM_KILL; }\necho last >> ran\n")
        os.mkdir(self.path("bin"))
        self.write("bin/mpirun", "#!/bin/sh\n"
                   "[ -e killed ] && exec \"$FARM\" jobs.txt -j1\n"
                   "sh -c 'export FARM_KILL=$$; exec \"$FARM\" jobs.txt -j1' &\n"
                   "wait\nexec sleep 1000\n")
        os.chmod(self.path("bin/mpirun"), 0o755)
        job = self.submit("jobs.txt", options=("-N1",), env={"PATH": self.path("bin") + ":" + os.environ["PATH"]})
        self.wait_for_job(job)
        self.assertIn("mpirun does not end although it has no ranks", self.log())
        self.assert_all_succeeded_once(3)
        self.assertEqual(self.read("ran"), b"first\nlast\n")
        self.assert_nothing_left()

    def test_a_run_that_is_always_cut_off_is_given_up(self):
        self.write("jobs.txt", "sleep 0.1\n" * 9)
        os.mkdir(self.path("bin"))
        self.write("bin/mpirun", "#!/bin/sh\nmkdir -p jobs.farm; n=$(ls jobs.farm | wc -l)\n"
                   "echo '{\"e\":\"start\"}' > jobs.farm/journal-000$n.jsonl\nexit 205\n")
        os.chmod(self.path("bin/mpirun"), 0o755)
        job = self.submit("jobs.txt", options=("-N1",), env={"PATH": self.path("bin") + ":" + os.environ["PATH"]})
        self.wait_for_job(job, state="FAILED", status="205:0")
        self.assertIn("given up", self.log())
        self.assertEqual(len(os.listdir(self.path("jobs.farm"))), 3)


class Requeues(SlurmTestCase):
    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_until_the_work_is_done(self):
        """A time limit of farm's own, of a few seconds: Slurm's are of minutes."""
        self.write("jobs.txt", "".join(f"sleep 0.5; echo {i} >> ran\n" for i in range(60)))
        job = self.submit("jobs.txt", "-j2", "--walltime", "6s", "--grace", "1s", "--fresh", "--joblog", "log.tsv")
        facts = self.wait_for_job(job, 180)
        self.assertIn(facts["Restarts"], ("1", "2", "3"), "--fresh holds for the first start only")
        self.assert_all_succeeded_once(60)
        self.assertEqual(len(self.read("ran").split()), 60)
        rows = self.read("log.tsv").decode().splitlines()
        self.assertTrue(rows[0].startswith("Seq"))
        self.assertEqual(sorted(int(row.split("\t")[0]) for row in rows[1:]), list(range(1, 61)))

    def test_usr1_drains(self):
        """As before the time limit (#SBATCH --signal) and when the job is to make room for others."""
        self.write("jobs.txt", "".join(f"sleep 0.5; echo {i}\n" for i in range(60)))
        job = self.submit("jobs.txt", "-j2", "--fresh")
        self.wait_for(lambda: self.ended() >= 6, 30, "a part of the work being done")
        self.command("scancel", "-b", "-s", "USR1", job)
        facts = self.wait_for_job(job, 120)
        self.assertEqual(facts["Restarts"], "1")
        self.assertIn("work is left: the job is requeued", self.log())
        self.assert_all_succeeded_once(60)
        stops = [record["why"] for record in self.journal() if record["e"] == "stop"]
        self.assertEqual(stops, ["SIGUSR1", "done"])
        self.assertEqual([r for r in self.journal() if r["e"] == "end" and r["cause"] != "exited"], [], "in peace")

    def test_a_cancelled_job_is_not_requeued(self):
        self.write("jobs.txt", "sleep 0.5\n" * 200)
        job = self.submit("jobs.txt", "-j2")
        self.wait_for(lambda: self.ended() >= 3, 30, "a part of the work being done")
        self.command("scancel", job)
        facts = self.wait_for_job(job, state="CANCELLED", status="143:0")
        self.assertEqual(facts["Restarts"], "0")
        self.assert_nothing_left()

    def test_what_never_fits_is_not_requeued(self):
        self.write("jobs.txt", "#FARM task cost=10m\nsleep 600\n")
        job = self.submit("jobs.txt", options=("-N1", "-t1"))
        self.wait_for_job(job, state="FAILED", status="1:0")
        self.assertIn("nothing could be started", self.log())

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_a_minute_at_a_time(self):
        """Four minutes of work; each job plans for Slurm's own limit."""
        self.write("jobs.txt", "".join(f"sleep 2; echo {i} >> ran\n" for i in range(3 * 2 * 110)))
        job = self.submit("jobs.txt", "-j2", options=("-N3", "-t1", "--signal=B:USR1@0"))
        facts = self.wait_for_job(job, 600)
        self.assertEqual(facts["Restarts"], "3", self.log())
        self.assert_all_succeeded_once(660)
        self.assertEqual(len(self.read("ran").split()), 660)

    @unittest.skipUnless(LONG, "FARM_TEST_LONG=1 runs it")
    def test_a_limit_that_farm_does_not_know(self):
        """TERM comes to all of them at once; the job is requeued all the same."""
        self.write("jobs.txt", "".join(f"sleep 1; echo {i}\n" for i in range(3 * 2 * 100)))
        job = self.submit("jobs.txt", "-j2", "--walltime", "1h", options=("-N3", "-t1", "--signal=B:USR1@0"))
        facts = self.wait_for_job(job, 400)
        self.assertNotEqual(facts["Restarts"], "0")
        self.assert_all_succeeded_once(600)


class Arrays(SlurmTestCase):
    def test_each_farm_has_its_part(self):
        self.write("jobs.txt", "".join(f"echo $FARM_TASK_ID >> ran.{i}\n" for i in range(20)))
        job = self.submit("jobs.txt", "--shard", "%a/3", options=("-N1", "--array=1-3"))
        for number in (1, 2, 3):
            self.wait_for_job(f"{job}_{number}")
        for i in range(20):
            self.assertEqual(self.read(f"ran.{i}"), b"%d\n" % (i + 1))
        self.assertEqual([len(self.successes(f"jobs.{number}of3.farm")) for number in (1, 2, 3)], [7, 7, 6])

    def test_farms_that_would_all_do_the_same_are_refused(self):
        self.write("jobs.txt", "echo x >> ran\n")
        job = self.submit("jobs.txt", "-j2", options=("-N1", "--array=1-2"))
        for number in (1, 2):
            self.wait_for_job(f"{job}_{number}", state="FAILED", status="2:0")
            self.assertIn(b"--shard %a/N", self.read(f"log.{number}"))
        self.assertFalse(os.path.exists(self.path("ran")))


class Submit(SlurmTestCase):
    def test_what_it_submits_runs(self):
        self.write("my jobs.txt", "".join(f"sleep 0.1; echo {i} '<'$(hostname)'>'\n" for i in range(20)))
        printed = self.command(SUBMIT, "--submit", "-N", "3", "-c", "2", "-t", "2m", "my jobs.txt", "-j2", "--tag")
        job = printed.split()[-1]
        self.jobs.append(job)
        self.wait_for_job(job)
        self.assert_all_succeeded_once(20, "my jobs.farm")
        hosts = {r["host"] for r in self.journal("my jobs.farm") if r["e"] == "end"}
        self.assertEqual(hosts, {"n0", "n1", "n2"})


if __name__ == "__main__":
    main("munged", "slurmctld", "slurmd", "sbatch")
