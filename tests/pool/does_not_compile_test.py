"""Programs that must not compile, and what the compiler says of them: does_not_compile_test.py COMPILER FLAG..."""
import os
import subprocess
import sys
import tempfile
import unittest

COMPILER = [*sys.argv[1:], "-std=c++20"]

HEAD = """
#include "farm/farm.hpp"
#include <map>
#include <mutex>
#include <vector>
struct Locked { std::mutex mutex; int value; };
int take(const Locked& locked) { return locked.value; }
Locked give();
int add(int a, int b) { return a + b; }
void change(int& value) { ++value; }
int first(const int* values) { return *values; }
int total(std::span<int> values) { return values.front(); }
"""
MAIN = "int main(int argc, char** argv) {{ return farm::main(argc, argv, [](farm::Pool& pool) {{ {} }}); }}\n"

# What a program does, and what it is told.
CASES = {
    "pool.submit<add>(1, 2).get();": None,
    "Locked locked; pool.submit<take>(locked);":
        "farm cannot send this type: include <farm/boost.hpp> or specialise farm::PackAs for it",
    "pool.submit<give>();": "farm cannot send this type: include <farm/boost.hpp> or specialise farm::PackAs for it",
    "pool.submit<add>(1);": "the function takes another number of arguments",
    "int value = 1; pool.submit<change>(value);": "parameters that are references must be const",
    "int value = 1; pool.submit<first>(&value);":
        "a pointer means nothing on another rank: pass the value or a span",
    "pool.submit<total>(std::vector<int>{1});": "a span parameter must be one of const elements",
    "pool.map<add>(pool.broadcast(1), pool.broadcast(2));": "one of the arguments must be a range",
    "std::vector<farm::Future<int>> some; pool.map<[](int v) { return v; }>(some);":
        "a map over futures: submit a call for each of them",
    "std::vector<int> some; pool.submit<[](const std::vector<long>&) {}>(farm::lend(some));":
        "what is lent must be an array of exactly the plain values that the function takes",
}


class DoesNotCompile(unittest.TestCase):
    def test_what_the_compiler_says(self):
        with tempfile.TemporaryDirectory() as directory:
            header = os.path.join(directory, "head.hpp")
            with open(header, "w") as file:
                file.write(HEAD)
            subprocess.run([*COMPILER, "-x", "c++-header", header, "-o", header + ".gch"], check=True)
            for line, wanted in CASES.items():
                with self.subTest(line):
                    run = subprocess.run([*COMPILER, "-fsyntax-only", "-include", header, "-x", "c++", "-"], text=True,
                                         input=MAIN.format(line), stderr=subprocess.PIPE)
                    errors = [text for text in run.stderr.splitlines() if "error:" in text]
                    if wanted is None:
                        self.assertEqual((run.returncode, errors), (0, []))
                    else:
                        self.assertNotEqual(run.returncode, 0)
                        self.assertIn(wanted, errors[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
