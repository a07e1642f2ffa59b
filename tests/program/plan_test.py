"""farm plan: what a run would do, told without doing any of it."""
import json
import os

from farm_program import FarmTestCase, main, mpirun


class Plan(FarmTestCase):
    def plan(self, *arguments, **more):
        out, _ = self.farm("plan", *arguments, **more)
        return out.decode()

    def plan_json(self, *arguments):
        return json.loads(self.plan("--json", *arguments))

    def test_how_many_and_which(self):
        self.write("jobs.txt", "".join(f"echo {n} >> ran\n" for n in range(100)))
        text = self.plan("jobs.txt")
        self.assertIn("100 tasks\n", text)
        self.assertIn("        1  echo 0 >> ran\n", text)
        self.assertIn("      100  echo 99 >> ran\n", text)
        self.assertNotIn("echo 50", text)
        self.assertEqual(sorted(os.listdir(self.dir)), ["jobs.txt"], "nothing ran and nothing was made")

    def test_a_sweep_of_108(self):
        plan = self.plan_json("sweep", "echo", "{1}{2}{3}{4}{5}", ":::", *"abc", ":::", *"de", ":::", *"fg", ":::", *"123", ":::", *"456")
        self.assertEqual((plan["total"], plan["to_run"], plan["warnings"]), (108, 108, []))
        self.assertEqual(plan["last"][-1], {"task": 108, "command": "echo ceg36"})

    def test_a_product_nobody_could_count(self):
        words = [str(n) for n in range(1000)]
        plan = self.plan_json("sweep", "true", "{1}", *[word for _ in range(10) for word in (":::", *words)])
        self.assertEqual(plan["seen"], 1_000_000)
        self.assertNotIn("total", plan)

    def test_what_carrying_on_would_do(self):
        self.write("jobs.txt", "true\nfalse\necho a\necho b\n")
        self.farm("jobs.txt", status=1)
        plan = self.plan_json("jobs.txt")
        self.assertEqual((plan["done"], plan["to_run"], plan["failed"]), (3, 1, 1))
        self.write("jobs.txt", "true\necho new\nfalse\necho b\n")
        plan = self.plan_json("jobs.txt")
        self.assertEqual((plan["done"], plan["to_run"]), (2, 2))
        self.assertIn("told apart by what they run", self.plan("jobs.txt"))
        self.assertEqual(self.plan_json("jobs.txt", "--fresh")["done"], 0)

    def test_slips(self):
        text = self.plan("sweep", "nosuchprogram", "{1}", '"{2}"', "{3}", ">", "same.out", ":::", "a", "b", ":::", "c")
        self.assertIn("warning: {3} stands for nothing: a task has 2 values", text)
        self.assertIn("warning: {2} stands between double quotes", text)
        self.assertIn("warning: task 1: there is no program nosuchprogram here", text)
        self.assertIn("warning: tasks 1 and 2 both write same.out", text)

    def test_files_that_are_not_there(self):
        self.write("there.dat", "")
        self.write("jobs.txt", "#FARM default inputs=lost.dat\ntrue 1\ntrue 2\n#FARM default inputs=there.dat\n"
                   "#FARM task stdin=nothing.txt\ntrue 3\n#FARM task inputs=late.dat\ntrue 4\n#FARM task cwd=made\ntrue 5\n"
                   "#FARM task cwd=nowhere inputs=x stdin=y\ntrue 6\n#FARM task outputs=late.dat,made/z\ntrue 7\n")
        warnings = self.plan_json("jobs.txt")["warnings"]
        self.assertEqual([text for text in warnings if "no task makes it" in text], [
            "jobs.txt:1:22: there is no file lost.dat here, and no task makes it; 2 tasks need it",
            "jobs.txt:5:18: there is no file nothing.txt here, and no task makes it",
            f"jobs.txt:11:16: there is no directory {self.path('nowhere')} here, and no task makes it"])
        self.write("jobs.toml", '[[sweep]]\ncommand = "true {n}"\ninputs = ["in-{n}.dat", "there.dat"]\nparameters = { n = [1, 2] }\n')
        self.assertEqual(self.plan_json("jobs.toml")["warnings"], [
            f"jobs.toml:3:11: there is no file in-{n}.dat here, and no task makes it" for n in (1, 2)])
        self.write("jobs.txt", "#FARM default inputs=there.dat\ntrue\n")
        self.assertEqual(self.plan_json("jobs.txt")["warnings"], [])

    def test_needs_that_this_node_does_not_have(self):
        self.write("jobs.txt", "#FARM default cpus=3 mem=1GiB\na\nb\n#FARM task cpus=2 gpus=1\nc\n")
        there = ["--node-cpus", "2", "--node-mem", "2GiB", "--node-gpus", "1"]
        text = self.plan("jobs.txt", *there)
        self.assertEqual(text.count("this node has 2 cpus, 2.0 GiB of memory, 1 gpu"), 1, "each need is told of once")
        self.assertIn("warning: task 1 needs 3 cpus, 1.0 GiB of memory", text)

    def test_the_camoco_sweep_without_its_third_source(self):
        text = self.plan("sweep", "echo", "overlap {1} {2} --gwas {3} --out {3}_{1}_{2}.csv", ":::", "ZmPAN", "ZmSAM", ":::", "density")
        self.assertIn("{3} stands for nothing", text)

    def test_under_mpirun_it_is_told_once(self):
        self.write("jobs.txt", "true\n")
        self.assertEqual(self.plan("jobs.txt", launcher=mpirun(3)).count("1 task\n"), 1)

    def test_bad_input_is_refused_as_the_run_would(self):
        _, err = self.farm("plan", "gone.txt", status=2)
        self.assertIn(b"gone.txt", err)


if __name__ == "__main__":
    main()
