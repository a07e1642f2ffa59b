"""scripts/farm-submit without any batch system: what it writes, and what its scripts do with stand-ins for the commands
of PBS and LSF. tests/cluster has it with a real Slurm."""
import os
import shutil
import signal
import subprocess
import time

from farm_program import FARM, FarmTestCase, environment, main

SUBMIT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts/farm-submit"))
TOOLS = ("awk", "basename", "bash", "cat", "dirname", "env", "grep", "ls", "sed", "sleep", "sort", "tail", "tr", "wc", "cp", "sh")


class SubmitTestCase(FarmTestCase):
    """Nothing but `bin` is in PATH: the tools that scripts use, and the stand-ins."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        for tool in TOOLS:
            os.symlink(shutil.which(tool), self.path(f"bin/{tool}"))

    def stand_in(self, name, text):
        self.write(f"bin/{name}", text)
        os.chmod(self.path(f"bin/{name}"), 0o755)

    def variables(self, **more):
        return environment(**{"FARM_TEST_MARK": self.mark, "PATH": self.path("bin"), "FARM": FARM, **more})

    def submit(self, *words, status=0, **more):
        done = subprocess.run([SUBMIT, *words], cwd=self.dir, env=self.variables(**more), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        return (done.stdout if status == 0 else done.stderr).decode()

    def directives(self, script, mark):
        return [line for line in script.splitlines() if line.startswith(f"#{mark} ")]


class Scripts(SubmitTestCase):
    def setUp(self):
        super().setUp()
        self.write("jobs.txt", "true\n")

    def test_are_bash(self):
        for system in ("--slurm", "--pbs", "--lsf"):
            for options in ((), ("-N", "4", "-c", "8", "-t", "8h", "-q", "long", "-A", "me", "--name", "x")):
                script = self.submit(system, *options, "jobs.txt", "-j4", "--tag", "a 'b' $c")
                subprocess.run(["bash", "-n"], input=script.encode(), check=True)
                self.assertIn("set -- jobs.txt -j4 --tag a\\ \\'b\\'\\ \\$c\n", script)

    def test_ask_slurm_for_what_was_said(self):
        script = self.submit("--slurm", "-N", "4", "-c", "8", "-t", "1-02:03:04", "-q", "long", "-A", "me", "jobs.txt")
        self.assertEqual(self.directives(script, "SBATCH"), [
            "#SBATCH --job-name=jobs", "#SBATCH --nodes=4", "#SBATCH --ntasks-per-node=1", "#SBATCH --cpus-per-task=8",
            "#SBATCH --time=26:03:04", "#SBATCH --partition=long", "#SBATCH --account=me", "#SBATCH --no-kill",
            "#SBATCH --requeue", "#SBATCH --open-mode=append", "#SBATCH --signal=B:USR1@30"])
        self.assertIn("#SBATCH --exclusive", self.submit("--slurm", "jobs.txt"))

    def test_ask_pbs_for_what_was_said(self):
        script = self.submit("--pbs", "-N", "4", "-c", "8", "-t", "90m", "-q", "long", "-A", "me", "jobs.txt")
        self.assertEqual(self.directives(script, "PBS"), [
            "#PBS -N jobs", "#PBS -S /bin/bash", "#PBS -l select=4:ncpus=8", "#PBS -l place=scatter",
            "#PBS -l walltime=01:30:00", "#PBS -j oe", "#PBS -r y", "#PBS -q long", "#PBS -A me"])
        self.assertIn("#PBS -l place=scatter:excl", self.submit("--pbs", "jobs.txt"))

    def test_ask_lsf_for_what_was_said(self):
        script = self.submit("--lsf", "-N", "4", "-c", "8", "-t", "90s", "-q", "long", "-A", "me", "jobs.txt")
        self.assertEqual(self.directives(script, "BSUB"), [
            "#BSUB -J jobs", "#BSUB -n 32", '#BSUB -R "span[ptile=8]"', "#BSUB -W 00:02", "#BSUB -r", "#BSUB -Q 75",
            "#BSUB -wa USR1", "#BSUB -wt 2", "#BSUB -o jobs.%J.log", "#BSUB -q long", "#BSUB -P me"])
        self.assertIn("--walltime 90s", script, "farm does not ask LSF")
        self.assertNotIn("--walltime 90s", self.submit("--lsf", "-t", "90s", "jobs.txt", "--walltime", "60s"))
        self.assertIn("#BSUB -x", self.submit("--lsf", "jobs.txt"))

    def test_are_named_as_all_systems_allow(self):
        self.write("2 x.long-name, that goes on.txt", "true\n")
        for system, line in (("--slurm", "#SBATCH --job-name=farm-2_x_long-name__that_goes_on"),
                             ("--pbs", "#PBS -N farm-2_x_long-n")):
            self.assertIn(line + "\n", self.submit(system, "2 x.long-name, that goes on.txt"))

    def test_are_for_the_system_that_is_there(self):
        self.assertIn("say --slurm, --pbs or --lsf", self.submit("jobs.txt", status=2))
        for command, mark in (("qsub", "PBS"), ("bsub", "BSUB"), ("sbatch", "SBATCH")):
            self.stand_in(command, "#!/bin/sh\n")
            self.assertTrue(self.directives(self.submit("jobs.txt"), mark), command)

    def test_are_not_written_for_what_is_wrong(self):
        for words, reason in (((), "no list of tasks"), (("-j4", "jobs.txt"), "there is no option -j4"),
                              (("missing.txt",), "cannot read missing.txt"), (("-t", "90", "jobs.txt"), "expected 30m"),
                              (("-N", "0", "jobs.txt"), "expected a number from 1"), (("-N",), "-N needs a value"),
                              (("-q", "a;b", "jobs.txt"), "a name may have"),
                              (("--pbs", "jobs.txt", "--fresh"), "remove jobs.farm instead"),
                              (("sweep", "echo", ":::", "1"), "farm sweep needs --run DIR")):
            with self.subTest(words=words):
                self.assertIn(reason, self.submit(*(("--slurm",) if "--pbs" not in words else ()), *words, status=2))
        self.assertIn("Prints the batch script", self.submit("--help"))


class Runs(SubmitTestCase):
    """A stand-in for mpirun notes what it is told and runs farm alone."""

    def setUp(self):
        super().setUp()
        self.stand_in("mpirun", '#!/bin/bash\necho "$*" >> mpirun.log\nwhile [ "$1" != none ]; do shift; done\nshift\n'
                      'exec "$@"\n')
        self.write("jobs.txt", "".join(f"sleep 0.2; echo {i} >> ran\n" for i in range(12)))
        self.write("hosts", "n7\nn7\nn8\n")

    def job(self, script, drain, **variables):
        """Runs it as the batch system would; `drain`: and lets it know that its time is over."""
        process = subprocess.Popen(["bash", script], cwd=self.dir, env=self.variables(**variables), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if drain:
            before = len(self.journal_files())
            self.wait_for(lambda: len(self.journal_files()) > before and
                          any(r["e"] == "end" for r in self.newest_records()), what="a task having ended")
            process.send_signal(signal.SIGUSR1)
        out, err = process.communicate(timeout=60)
        return process.returncode, (out + err).decode()

    def journal_files(self):
        directory = self.path("jobs.farm")
        return sorted(n for n in os.listdir(directory) if n.startswith("journal")) if os.path.isdir(directory) else []

    def newest_records(self):
        records = self.journal()
        starts = [i for i, record in enumerate(records) if record["e"] == "start"]
        return records[starts[-1]:] if starts else []

    def check_all_done(self):
        successes = self.successes()
        self.assertEqual((len(successes), set(successes.values())), (12, {1}))
        self.assertEqual(len(self.read("ran").split()), 12)
        rows = self.read("log.tsv").decode().splitlines()
        self.assertEqual((len(rows), sum(row.startswith("Seq") for row in rows)), (13, 1), "a job adds to the log")
        for line in self.read("mpirun.log").decode().splitlines():
            self.assertIn("--host n7:2,n8:1 -np 3 ", line)

    def test_pbs_jobs_submit_the_next(self):
        self.stand_in("qsub", "#!/bin/sh\ncat > job.next\necho 1.server\n")
        words = ("-N", "2", "-t", "1h", "jobs.txt", "-j1", "--joblog", "log.tsv")
        self.assertEqual(self.submit("--pbs", "--submit", *words), "1.server\n")
        first = self.read("job.next")
        os.rename(self.path("job.next"), self.path("job.1"))
        status, text = self.job("job.1", drain=True, PBS_NODEFILE=self.path("hosts"))
        self.assertEqual(status, 75, text)
        self.assertIn("the job is submitted again", text)
        self.assertEqual(self.read("job.next"), first, "the same job")
        os.rename(self.path("job.next"), self.path("job.2"))
        status, text = self.job("job.2", drain=False, PBS_NODEFILE=self.path("hosts"))
        self.assertEqual(status, 0, text)
        self.assertFalse(os.path.exists(self.path("job.next")))
        self.check_all_done()

    def test_lsf_jobs_are_requeued_by_their_status(self):
        self.stand_in("bsub", "#!/bin/sh\ncat > job\n")
        self.submit("--submit", "-N", "2", "-t", "1h", "jobs.txt", "-j1", "--joblog", "log.tsv")
        self.assertIn(b"#BSUB -Q 75\n", self.read("job"))
        status, text = self.job("job", drain=True, LSB_DJOB_HOSTFILE=self.path("hosts"))
        self.assertEqual(status, 75, text)
        status, text = self.job("job", drain=False, LSB_DJOB_HOSTFILE=self.path("hosts"))
        self.assertEqual(status, 0, text)
        self.check_all_done()

    def test_what_never_fits_is_not_submitted_for_ever(self):
        self.write("long.txt", "#FARM task cost=10m\nsleep 600\n")
        self.stand_in("qsub", "#!/bin/sh\ncat > job.next\n")
        for system, variable in (("--pbs", "PBS_NODEFILE"), ("--lsf", "LSB_DJOB_HOSTFILE")):
            end = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 60))
            # Of a moment nobody knows whether the next allocation is longer: the script sees that this one got nowhere.
            for walltime, said in (("1m", "ask for a longer one"), (end, "nothing could be started")):
                self.write("job", self.submit(system, "-t", "1m", "long.txt", "--walltime", walltime))
                status, text = self.job("job", drain=False, **{variable: self.path("hosts")})
                self.assertEqual(status, 1, text)
                self.assertIn(said, text)
        self.assertFalse(os.path.exists(self.path("job.next")))

    def test_the_status_is_that_of_farm(self):
        self.write("bad.txt", "true\nfalse\n")
        self.write("job", self.submit("--lsf", "bad.txt"))
        status, text = self.job("job", drain=False, LSB_DJOB_HOSTFILE=self.path("hosts"))
        self.assertEqual(status, 1, text)


class SlurmJobs(SubmitTestCase):
    """scripts/farm.sbatch on one node of a Slurm that is not there."""

    def setUp(self):
        super().setUp()
        for tool in ("hostname", "mktemp", "rm", "timeout", "touch"):
            os.symlink(shutil.which(tool), self.path(f"bin/{tool}"))
        self.stand_in("scontrol", "#!/bin/sh\ncase $1$2 in showhostnames) echo n1 ;; requeue*) touch requeued ;; esac\n")
        for name in ("squeue", "sinfo", "srun"):
            self.stand_in(name, "#!/bin/sh\n")
        self.write("jobs.txt", "true\n")

    def start_job(self, *words, **variables):
        env = self.variables(SLURM_JOB_ID="1", SLURM_JOB_NODELIST="n1", **variables)
        return subprocess.Popen(["bash", os.path.join(os.path.dirname(SUBMIT), "farm.sbatch"), *words], cwd=self.dir, env=env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_are_requeued_when_a_signal_comes_before_the_run_begins(self):
        self.stand_in("mpirun", "#!/bin/bash\ntrap 'exit 0' USR1\ntouch started\nwhile :; do sleep 0.05; done\n")
        process = self.start_job("jobs.txt")
        self.wait_for(lambda: os.path.exists(self.path("started")))
        process.send_signal(signal.SIGUSR1)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, err)
        self.assertTrue(os.path.exists(self.path("requeued")))

    def test_of_an_array_have_each_its_own_files(self):
        self.stand_in("mpirun", '#!/bin/bash\nwhile [ "$1" != none ]; do shift; done\nprintf "%s\\n" "${@:3}" > words\n')
        words = ("--shard", "%a/4", "--joblog=log.%a", "--run", "part%a.farm", "--tag", "%a")
        process = self.start_job("jobs.txt", *words, SLURM_ARRAY_TASK_ID="3")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(self.read("words").decode().split(),
                         ["jobs.txt", "--shard", "3/4", "--joblog=log.3", "--run", "part3.farm", "--tag", "%a"])

    def test_of_an_array_do_not_share_files(self):
        for words, reason in ((("--joblog", "log"), b"say --joblog NAME.%a"), (("--run=r",), b"say --run NAME.%a")):
            process = self.start_job("jobs.txt", "--shard", "%a/4", *words, SLURM_ARRAY_TASK_ID="3")
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 2, err)
            self.assertIn(reason, err)


if __name__ == "__main__":
    main()
