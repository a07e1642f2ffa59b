"""What a node has for tasks: GPUs that are hidden, options that are refused, the time that is left."""
import os
import stat

from farm_program import FarmTestCase, main, mpirun


class Nodes(FarmTestCase):
    def visible(self, *options, **variables):
        self.write("jobs.txt", 'echo "${CUDA_VISIBLE_DEVICES-unset} ${ROCR_VISIBLE_DEVICES-unset}"\n')
        outs = [self.farm("jobs.txt", "--fresh", *options, launcher=launcher, env=variables)[0]
                for launcher in ((), mpirun(2, *(word for name in variables for word in ("-x", name))))]
        self.assertEqual(outs[0], outs[1])
        return outs[0]

    def test_a_task_that_asked_for_no_gpu_sees_none(self):
        self.assertEqual(self.visible(CUDA_VISIBLE_DEVICES="2,3"), b" unset\n")
        self.assertEqual(self.visible(ROCR_VISIBLE_DEVICES="1"), b"unset \n", "set, but to nothing")

    def test_gpus_may_be_left_alone(self):
        self.assertEqual(self.visible("--node-gpus", "0", CUDA_VISIBLE_DEVICES="2,3"), b"2,3 unset\n")

    def test_a_node_without_gpus_has_nothing_to_hide(self):
        self.assertEqual(self.visible(CUDA_VISIBLE_DEVICES="", SLURM_JOB_ID="x"), b" unset\n")
        self.assertEqual(self.visible(SLURM_JOB_ID="x"), b"unset unset\n")

    def test_nodes_that_cannot_be_are_refused_before_anything_runs(self):
        self.write("jobs.txt", "touch ran\n")
        for options in (("--walltime", "0"), ("--walltime", "2001-01-01T00:00"), ("--walltime", "soon"),
                        ("--node-mem", "0"), ("--node-mem", "12q"), ("--node-cpus", "0"), ("--node-gpus", "-1")):
            for launcher in ((), mpirun(2)):
                _, err = self.farm("jobs.txt", *options, status=2, launcher=launcher)
                self.assertEqual(err.count(options[0].encode()), 1, err)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_squeue_is_asked_once_and_only_by_rank_0(self):
        os.mkdir(self.path("bin"))
        self.write("bin/squeue", f'#!/bin/sh\necho "$@" >> {self.path("asked")}\necho 1:00:00\n')
        os.chmod(self.path("bin/squeue"), stat.S_IRWXU)
        self.write("jobs.txt", "true\n")
        path = self.path("bin") + ":" + os.environ["PATH"]
        for launcher in ((), mpirun(3)):
            self.write("asked", "")
            # A whole Slurm job would make mpirun ask Slurm for its nodes.
            self.farm("jobs.txt", "--fresh", launcher=[*launcher, "env", "SLURM_JOB_ID=42", "PATH=" + path])
            self.assertEqual(self.read("asked"), b"-h -j 42 -o %L\n")
            self.farm("jobs.txt", "--fresh", "--walltime", "1h",
                      launcher=[*launcher, "env", "SLURM_JOB_ID=42", "PATH=" + path])
            self.assertEqual(self.read("asked"), b"-h -j 42 -o %L\n", "the user knows")


if __name__ == "__main__":
    main()
