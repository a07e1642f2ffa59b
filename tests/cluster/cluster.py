"""Several hosts on this machine, and a real Slurm of three nodes on it, for tests that play their user."""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from farm_program import FARM, MPIRUN, FarmTestCase, descendants, environment  # noqa: E402

SCRIPTS = os.path.join(HERE, "..", "..", "scripts")
BATCH = os.path.realpath(os.path.join(SCRIPTS, "farm.sbatch"))
SKIPPED = 77  # what CTest takes for "skipped"


class Hosts:
    """a, b and c, without any batch system; mpirun starts its daemons there by an agent of ours."""

    def __init__(self):
        self.state = tempfile.mkdtemp(prefix="farm-hosts-")
        try:
            self.call("up", "a", "b", "c")
        except BaseException:
            self.down()
            raise

    def call(self, command, *arguments):
        subprocess.run([os.path.join(HERE, "hosts"), command, self.state, *arguments], check=True, timeout=60)

    def off(self, host):
        self.call("off", host)

    def on(self, host):
        self.call("start", host)

    def down(self):
        self.call("down")
        shutil.rmtree(self.state, ignore_errors=True)

    def mpirun(self, names, directory):
        """A worker on each of them; rank 0 is on this host."""
        here = subprocess.run(["hostname", "-s"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        places = ",".join(f"{name}:1" for name in names)
        keep = [word for name in ("FARM_TEST_MARK", "SHELL") for word in ("-x", name)]
        return [MPIRUN, "--bind-to", "none", "--host", f"{here}:1,{places}", "-np", str(1 + len(names)), *keep,
                "--wdir", directory]

    def variables(self):
        """What `hosts` has written to be sourced, and such that mpirun notices soon that a host is gone."""
        text = subprocess.run(["sh", "-c", f". '{self.state}/env' && env -0"], check=True, stdout=subprocess.PIPE,
                              env={"PATH": os.environ["PATH"]}).stdout.decode()
        pairs = (item.split("=", 1) for item in text.split("\0") if "=" in item)
        soon = {"OMPI_MCA_oob_tcp_keepalive_time": "3", "OMPI_MCA_oob_tcp_keepalive_intvl": "1",
                "OMPI_MCA_oob_tcp_keepalive_probes": "3"}
        return {**{name: value for name, value in pairs if name.startswith(("OMPI_", "FARM_"))}, **soon}


class Slurm:
    """Its nodes are n0, n1 and n2."""

    def __init__(self, conf=""):
        self.state = tempfile.mkdtemp(prefix="farm-slurm-")
        try:
            self.call("up", "3", env={**os.environ, "FARM_SLURM_CONF": conf})
        except BaseException:
            self.down()
            raise

    def call(self, command, *arguments, **more):
        subprocess.run([os.path.join(HERE, "slurm"), command, self.state, *arguments], check=True, timeout=120, **more)

    def off(self, node):
        self.call("off", node)

    def on(self, node):
        self.call("start", node)

    def down(self):
        self.call("down")
        shutil.rmtree(self.state, ignore_errors=True)

    def variables(self):
        return {"SLURM_CONF": os.path.join(self.state, "slurm.conf"),
                "OMPI_MCA_orte_tmpdir_base": os.path.join(self.state, "tmp")}

    def logs(self):
        text = ""
        for name in sorted(os.listdir(os.path.join(self.state, "log"))):
            with open(os.path.join(self.state, "log", name), errors="replace") as file:
                text += f"--- {name}\n" + "".join(file.readlines()[-15:])
        return text


def start_slurm(conf=""):
    """To be called in setUpModule: all tests of the module use it."""
    global slurm
    slurm = Slurm(conf)
    unittest.addModuleCleanup(slurm.down)
    return slurm


class SlurmTestCase(FarmTestCase):
    """Jobs run in the test's own directory; what is left of them afterwards is cancelled."""

    def setUp(self):
        super().setUp()
        self.jobs = []
        self.addCleanup(self.cancel_jobs)

    def command(self, *words, status=0, env=None, timeout=60):
        """A command of Slurm's, or a script that uses some; returns its stdout. Nodes that are lost are noticed soon."""
        variables = environment(**{"FARM_TEST_MARK": self.mark, "FARM": FARM, "FARM_WATCH": "3", **slurm.variables(),
                                   **(env or {})})
        done = subprocess.run(words, cwd=self.dir, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{words}: {done.stdout!r} {done.stderr!r}")
        return done.stdout.decode()

    def submit(self, *words, options=("-N3",), **more):
        job = self.command("sbatch", "--parsable", "-o", "log.%a" if "--array" in " ".join(options) else "log", *options,
                           BATCH, *words, **more).strip()
        self.jobs.append(job)
        return job

    def cancel_jobs(self):
        if self.jobs:
            self.command("scancel", "-f", *self.jobs, status=None)
            deadline = time.monotonic() + 30
            while self.command("squeue", "-h", "-j", ",".join(self.jobs), status=None) and time.monotonic() < deadline:
                time.sleep(0.1)

    def facts(self, job):
        """What `scontrol show job` says: {"JobState": "RUNNING", ...}"""
        words = self.command("scontrol", "-o", "show", "job", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def log(self):
        return self.read("log").decode(errors="replace") if os.path.exists(self.path("log")) else ""

    def wait_for_job(self, job, seconds=90, state="COMPLETED", status="0:0"):
        """To its very end, however often it is requeued on the way. Returns what Slurm says of it then."""
        deadline = time.monotonic() + seconds
        while True:
            facts = self.facts(job)
            if facts["JobState"] in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"):
                break
            if time.monotonic() > deadline:
                self.fail(f"the job does not end: {facts}\n{self.log()}\n{slurm.logs()}")
            time.sleep(0.2)
        self.assertEqual((facts["JobState"], facts["ExitCode"]), (state, status), self.log() + slurm.logs())
        return facts

    def ended(self, run="jobs.farm"):
        """How many tasks have ended so far."""
        return sum(record["e"] == "end" for record in self.journal(run))

    def assert_all_succeeded_once(self, count, run="jobs.farm"):
        successes = self.successes(run)
        self.assertEqual(len(successes), count, self.log())
        self.assertEqual(set(successes.values()), {1}, self.log())


def run_as_root(*programs):
    """Ends as skipped without what is needed; `programs`: beside those of the base system."""
    missing = [name for name in ("ip", "unshare", "nsenter", *programs)
               if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed; scripts/setup --for test installs what is needed")
        sys.exit(SKIPPED)
    if os.getuid() != 0:
        print("skipped: only root may make the network namespaces that the hosts are")
        sys.exit(SKIPPED)


def main(*programs):
    run_as_root(*programs)
    unittest.main(verbosity=2)
