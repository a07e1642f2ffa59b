"""Who there is to be killed in a run, and how it ends then. Mixed into a FarmTestCase."""
import subprocess

from farm_program import descendants


class Victims:
    hangs = 0

    def victims(self, process):
        """name -> pids"""
        found = {"mpirun": [process.pid], "shepherd": [], "rank 0": [], "worker": [], "task": []}
        for pid in descendants(self.mark):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    variables = dict(item.split(b"=", 1) for item in file.read().split(b"\0") if b"=" in item)
                with open(f"/proc/{pid}/comm") as file:
                    comm = file.read().strip()
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    is_stand_in = b"--stand-in" in file.read().split(b"\0")
                with open(f"/proc/{pid}/stat", "rb") as file:
                    parent = int(file.read().rsplit(b")", 1)[1].split()[1])
            except OSError:
                continue
            is_rank = b"OMPI_COMM_WORLD_RANK" in variables
            if b"FARM_TASK_ID" in variables:
                found["task"].append(pid)
            elif comm == "farm-shepherd" or is_stand_in or (is_rank and parent == process.pid):  # one that has just begun
                found["shepherd"].append(pid)
            elif is_rank:
                found["rank 0" if variables[b"OMPI_COMM_WORLD_RANK"] == b"0" else "worker"].append(pid)
        return found

    def end_of(self, process, victim):
        try:
            return process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            # Open MPI's mpirun sometimes dead-locks in its own PMIx_server_finalize once it has given a job up. Nobody of
            # farm's may be left then; what a user does is to interrupt mpirun and to type the command again.
            left = [pid for pid in descendants(self.mark) if pid != process.pid]
            self.assertEqual(left, [], f"it hangs after {victim} was killed")
            process.kill()
            self.hangs += 1
            return process.communicate()
