"""What tasks print: byte for byte, in one piece, retrievable, and in little memory however much it is."""
import glob
import hashlib
import os
import subprocess
import threading

from farm_program import FarmTestCase, descendants, main, mpirun

LARGE = int(os.environ.get("FARM_TEST_LARGE_OUTPUT", str(300 << 20)))


class Output(FarmTestCase):
    def test_every_byte_comes_through(self):
        self.write("bytes", bytes(range(256)) * 40)
        self.write("jobs.txt", "cat bytes\ncat bytes >&2\n")
        for launcher in ((), mpirun(2)):
            out, err = self.farm("jobs.txt", "--fresh", launcher=launcher)
            self.assertEqual(out, bytes(range(256)) * 40)
            self.assertIn(bytes(range(256)) * 40, err)
            self.assertEqual(self.farm("output", "jobs.farm", "1")[0], bytes(range(256)) * 40)
            self.assertEqual(self.farm("output", "jobs.txt", "2")[1], bytes(range(256)) * 40)

    def test_tasks_are_not_mixed(self):
        self.write("jobs.txt", "".join(f"for i in 1 2 3 4 5; do echo {n}; sleep 0.01; done\n" for n in range(12)))
        out, _ = self.farm("jobs.txt", "-j4")
        lines = out.split()
        self.assertEqual(len(lines), 60)
        for at in range(0, 60, 5):
            self.assertEqual(len(set(lines[at:at + 5])), 1, "a task's lines stand together")

    def test_in_input_order(self):
        self.write("jobs.txt", "sleep 0.3; echo 0\n" + "".join(f"echo {n}\n" for n in range(1, 50)))
        for launcher in ((), mpirun(3)):
            out, _ = self.farm("jobs.txt", "-k", "--fresh", launcher=launcher)
            self.assertEqual(out.split(), [str(n).encode() for n in range(50)])

    def test_in_input_order_nothing_is_held_back_when_the_run_stops(self):
        self.write("jobs.txt", "sleep 60\necho b\nsleep 0.2; false\n")
        out, _ = self.farm("jobs.txt", "-k", "-j3", "--halt", "now,fail=1", status=1, timeout=20)
        self.assertEqual(out, b"b\n")

    def test_tagged(self):
        self.write("jobs.txt", "#FARM task tag=first\nprintf 'a\\nb'\n")
        out, _ = self.farm("jobs.txt", "--tag")
        self.assertEqual(out, b"first\ta\nfirst\tb")

    def test_lines_as_they_come(self):
        self.write("jobs.txt", "echo early; sleep 5; echo late\n")
        process = self.start("jobs.txt", "--line-buffer")
        self.assertEqual(process.stdout.readline(), b"early\n")
        self.assertIsNone(process.poll())
        process.terminate()
        process.communicate(timeout=20)

    def test_quiet_prints_nothing_and_keeps_everything(self):
        self.write("jobs.txt", "echo hello\n")
        out, _ = self.farm("jobs.txt", "--quiet")
        self.assertEqual(out, b"")
        self.assertEqual(self.farm("output", "jobs.farm", "1")[0], b"hello\n")

    def test_output_survives_an_edit_of_the_manifest(self):
        self.write("jobs.txt", "echo a\necho b\n")
        self.farm("jobs.txt", "--quiet")
        self.write("jobs.txt", "echo new\necho b\necho a\n")
        self.farm("jobs.txt", "--quiet")
        self.assertEqual(self.farm("output", "jobs.txt", "--all")[0], b"new\nb\na\n")

    def test_output_of_nothing(self):
        self.write("jobs.txt", "echo a\n")
        self.farm("jobs.txt", "--quiet")
        self.assertIn(b"has not ended", self.farm("output", "jobs.txt", "7", status=2)[1])
        self.assertIn(b"there is no run", self.farm("output", "nowhere", "1", status=2)[1])

    def test_a_reader_that_goes_away_is_no_disaster(self):
        self.write("jobs.txt", "".join(f"head -c 100000 /dev/zero | tr '\\0' x; touch t{n}\n" for n in range(20)))
        process = self.start("jobs.txt")
        process.stdout.read(1000)
        process.stdout.close()
        process.stdout = None
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(glob.glob(self.path("t*"))), 20)

    def peak_memory(self, process, peaks):
        while process.poll() is None:
            for pid in descendants(self.mark):
                try:
                    with open(f"/proc/{pid}/status") as file:
                        fields = dict(line.split(":", 1) for line in file)
                    with open(f"/proc/{pid}/environ", "rb") as file:
                        is_task = b"\0FARM_TASK_ID=" in file.read()
                    if not is_task and fields["Name"].strip().startswith("farm"):
                        # Anonymous memory: what grows with what is printed. Open MPI's code and shared segments are not ours.
                        peaks[fields["Name"].strip()] = max(peaks.get(fields["Name"].strip(), 0), int(fields["RssAnon"].split()[0]))
                except (OSError, KeyError, ValueError):
                    continue

    def check_large(self, launcher, options=()):
        self.write("jobs.txt", f"head -c {LARGE} /dev/zero | tr '\\0' y\n")
        process = self.start("jobs.txt", "--fresh", *options, launcher=launcher)
        peaks = {}
        watcher = threading.Thread(target=self.peak_memory, args=(process, peaks))
        watcher.start()
        count = 0
        while block := process.stdout.read(1 << 20):
            self.assertEqual(block.strip(b"y"), b"")
            count += len(block)
        self.assertEqual(process.wait(timeout=60), 0, process.stderr.read())
        process.communicate()
        watcher.join()
        self.assertEqual(count, LARGE)
        self.assertTrue(peaks)
        for name, kibibytes in peaks.items():
            self.assertLess(kibibytes, 64 << 10, f"{name} grew")

    def test_much_output_takes_little_memory(self):
        for launcher in ((), mpirun(2)):
            for options in ((), ("--line-buffer",)):
                with self.subTest(launcher=launcher, options=options):
                    self.check_large(launcher, options)


if __name__ == "__main__":
    main()
