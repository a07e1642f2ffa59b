"""--by-mtime: what is there and newer than what it is made from is not made again."""
import os
import time

from farm_program import FarmTestCase, main, mpirun


class ByMtime(FarmTestCase):
    launcher = ()

    def setUp(self):
        super().setUp()
        self.write("source", "x\n")
        self.tasks()

    def tasks(self, more=""):
        self.write("jobs.txt", "#FARM task name=mid inputs=source outputs=mid\n"
                               "echo mid >> ran; cat source source > $FARM_OUTPUT\n"
                               "#FARM task stdin=mid stdout=end\n"
                               "echo end >> ran; cat\n"
                               "#FARM task after=mid name=see\n"
                               "echo see >> ran\n" + more)

    def make(self, *options, status=0):
        _, err = self.farm("jobs.txt", "--by-mtime", *options, launcher=self.launcher, status=status)
        ran = self.read("ran").decode().split() if os.path.exists(self.path("ran")) else []
        self.write("ran", "")
        return ran, err.decode()

    def touch(self, name, seconds):
        os.utime(self.path(name), (time.time() + seconds,) * 2)

    def test_as_make_does(self):
        ran, _ = self.make()
        self.assertEqual((ran[0], sorted(ran)), ("mid", ["end", "mid", "see"]))
        self.assertEqual(self.make()[0], [])
        # What had succeeded is made again when what it reads is newer, and so is what is made from that.
        self.touch("source", 0)
        self.touch("mid", -5)
        self.touch("end", -4)
        self.assertEqual(self.make()[0], ["mid", "end"])
        os.remove(self.path("end"))
        self.assertEqual(self.make()[0], ["end"])
        self.assertEqual(self.make()[0], [])

    def test_a_new_run_goes_by_files_as_well_and_says_so(self):
        self.make()
        ran, err = self.make("--fresh")
        self.assertEqual(ran, ["see"], "it makes no file, and what it waits for is up to date")
        self.assertIn("1 task succeeded, 2 up to date", err)
        marks = {end["task"]: end.get("up_to_date", False) for end in self.journal() if end["e"] == "end"}
        self.assertEqual(marks, {0: True, 1: True, 2: False})
        self.farm("jobs.txt", "--fresh", launcher=self.launcher)
        self.assertEqual(sorted(self.read("ran").split()), [b"end", b"mid", b"see"], "nobody asked for it")

    def test_what_failed_is_not_up_to_date_whatever_it_left(self):
        self.tasks("#FARM task outputs=torn inputs=source retries=2\necho torn >> ran; echo half > torn; test -e ok\n")
        ran, _ = self.make(status=1)
        self.assertEqual(ran.count("torn"), 2)
        self.assertEqual(self.make(status=1)[0], ["torn", "torn"])
        self.write("ok", "")
        self.assertEqual(self.make()[0], ["torn"])
        self.assertEqual(self.make()[0], [])

    def test_a_missing_input_is_the_tasks_own_affair(self):
        self.make()
        os.remove(self.path("source"))
        ran, _ = self.make(status=1)
        self.assertEqual(ran, ["mid"], "and it fails, so that the others are skipped")

    def test_device_files_have_no_time(self):
        self.write("jobs.txt", "#FARM task outputs=/dev/null\necho ran >> ran\n")
        self.assertEqual(self.make()[0], ["ran"])
        self.assertEqual(self.make("--fresh")[0], ["ran"])


class ByMtimeUnderMpi(ByMtime):
    launcher = mpirun(3)


if __name__ == "__main__":
    main()
