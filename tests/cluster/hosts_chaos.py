"""The chaos of tests/program on several hosts: some are switched off, too, and are back for the next start."""
import glob
import subprocess
import sys

from cluster import Hosts, run_as_root
from chaos import INJECTIONS, Chaos
from chaos import main as chaos_main

NAMES = ["a", "b", "c"]


class HostsChaos(Chaos):
    """Full disks are left out: what is mounted here the other hosts do not see."""

    injections = [what for what in INJECTIONS if what != "full disk"] + ["host", "host"]
    hosts = None

    def setUp(self):
        super().setUp()
        self.variables = self.hosts.variables()
        self.off = set()

    def small_disk(self):
        return None

    def launcher(self, rng):
        return self.hosts.mpirun(rng.sample(NAMES, rng.randrange(1, 4)), self.dir)

    def inject(self, what, process, rng):
        if what != "host":
            return super().inject(what, process, rng)
        name = rng.choice(NAMES)
        if process.poll() is not None or name in self.off:
            return False
        self.off.add(name)
        self.hosts.off(name)
        return True

    def starts(self):
        return glob.glob(self.path("run/journal-*"))

    def one_start(self, number, arguments, launcher, rng):
        before = self.starts()
        status, done = super().one_start(number, arguments, launcher, rng)
        # mpirun ends with 0 when a signal comes before its daemons know of one another: nothing has begun.
        return (None if self.starts() == before else status), done

    def end_of(self, process, victim):
        try:
            return process.communicate(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()  # mpirun does not always find its own end when a host is gone
            self.hangs += 1
            return process.communicate()

    def require_nobody_left(self):
        self.assert_nothing_left(15)
        for name in self.off:
            self.hosts.on(name)
        self.off = set()


def main():
    HostsChaos.hosts = Hosts()
    try:
        return chaos_main(HostsChaos, "scripts/chaos --hosts")
    finally:
        HostsChaos.hosts.down()


if __name__ == "__main__":
    run_as_root()
    sys.exit(main())
