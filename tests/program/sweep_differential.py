#!/usr/bin/env python3
"""Types random sweeps at GNU parallel and at farm and compares what --dry-run prints and the exit status, byte for byte.

    sweep_differential.py [--cases N] [--seed S] [--farm PATH]     without --farm: only runs parallel and counts

What parallel answers is kept in a directory of $TMPDIR, so that a second run costs nothing."""
import argparse
import concurrent.futures
import functools
import hashlib
import os
import pickle
import queue
import random
import shlex
import subprocess
import sys
import tempfile

from parallel_server import ParallelServer

PLAIN = ["a", "b", "c1", "12", "3", "0", "x_y", "dir/sub/f.tar.gz", "./a.b", "/abs/p.txt", ".hidden", "a/b/", "no.", "007"]
HOSTILE = ["", "a b", " lead", "trail ", "it's", '"q"', "$(id)", "`id`", "*?[x]", "-n", "--flag", "a\tb", "a;b|c&d", "\\", "\\n",
           "'", "''", "~", "#c", "!x", "a=b", "{}", "{1}", "ü", "a,b", "x" * 3000, "(y)", "<z>", "%d", "^", "a\\'b", "\x01\x7f"]
POSITIONLESS = ["{}", "{.}", "{/}", "{//}", "{/.}", "{#}"]
MODIFIERS = ["", ".", "/", "//", "/."]
SHELL_FORMS = [":-none", ":-a b", ":2", ":1:2", "#a", "#.*/", "##.*/", "%.*", "%%.*", "%[a-z]+", "%.txt", "/a/X y", "//[ab]/-", "/b/$1",
               "^a", "^[a-c]", "^^[a-f]", ",A", ",,[A-Z]", "/./"]
PLUS = ["{..}", "{...}", "{+/}", "{+.}", "{+..}", "{+...}", "{/..}", "{/...}", "{##}", "{0#}", "{1..}", "{1+/}"]
SHORTER = {"--plus": ["--plus", "--plu"], "--header": ["--header", "--hea"],
           "--colsep": ["--colsep", "--cols"], "--trim": ["--trim", "--TRIM"]}
GROUPED = [["-N", "1"], ["-N2"], ["-N", "3"], ["-N0"], ["-n1"], ["-n", "2"], ["-n3"], ["-X", "-j1"], ["-j2", "-X"], ["-j3", "-m"],
           ["--xargs"], ["-L2"]]
EXPRESSIONS = ["$_=sprintf(\"%04d\",seq())", "$_*=2", "s/a/b/g", "s:\\.[^/.]+$::", "$_=uc($_)", "tr/a-z/A-Z/", "$_.=\".txt\"",
               "$_=$arg[1].\"-\".$_", "$_=length($_)", "$_=$_+1", "$_=substr($_,0,2)", "s/(\\w)/\\U$1/", "$_ .= 'q'; uq()",
               "$_=Q($_)", "$_=seq()%3"]


# Names of one's own with parts that differ from place to place, and some of these places.
DEFINED = {r'{cut(\d+)} $_=substr($_,0,$$1)': ["{cut2}", "{1cut3}", "{cut0}"],
           r'{pre(\w+)} $_="$$1-$_"': ["{preab}", "{1preZ}", "{pre}"],
           r'{sub(.+?):(.*?)} s/$$1/$$2/g': ["{suba:X}", "{sub[ab]:}", "{1sub.:-}"]}


class Case:
    """One command line, the files it reads and its standard input."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.files, self.stdin, self.options, self.sources = {}, b"", [], []
        self.hostile = self.random.choice([0, 0.2, 0.6])
        self.columns = self.choose_sources()
        self.template = self.make_template()
        self.environment = {}
        self.shorten()

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def value(self):
        return self.pick(HOSTILE) if self.chance(self.hostile) else self.pick(PLAIN)

    def values(self, least=1):
        return [self.value() for _ in range(self.random.randint(least, 4))]

    def records(self, values, end="\n"):
        text = end.join(value for value in values if end not in value)
        return (text + (end if self.chance(0.8) else "")).encode()

    def choose_sources(self):
        return self.pick([self.words, self.words, self.words, self.from_files, self.from_stdin, self.table, self.grouped])()

    def words(self):
        count = self.random.randint(1, 3)
        for at in range(count):
            self.sources += [":::+" if at and self.chance(0.25) else ":::", *self.values()]
        if count > 1 and self.chance(0.2) and ":::+" not in self.sources:
            self.options.append("--link")
        return count

    def from_files(self):
        count = self.random.randint(1, 2)
        for at in range(count):
            self.files[f"in{at}"] = self.records(self.values())
            self.sources += ["::::", f"in{at}"]
        if self.chance(0.3):
            self.sources += [":::", *self.values()]
            count += 1
        return count

    def from_stdin(self):
        kind = self.pick(["plain", "plain", "zero", "delimiter", "blank", "end"])
        end = {"zero": "\0", "delimiter": ","}.get(kind, "\n")
        self.stdin = self.records(self.values(2), end)
        self.options += {"zero": ["-0"], "delimiter": ["-d", ","], "blank": ["-r"], "end": ["-E", "b"]}.get(kind, [])
        if self.chance(0.2):
            self.options += ["--trim", self.pick(["l", "r", "lr", "rl", "n"])]
        return 1

    def table(self):
        width = self.random.randint(2, 3)
        rows = [",".join(self.value().replace(",", "") for _ in range(width)) for _ in range(self.random.randint(1, 4))]
        if self.chance(0.5):
            self.options += ["--header", ":"]
            rows.insert(0, ",".join(f"col{at + 1}" for at in range(width)))
        self.options += ["--colsep", self.pick([",", ",\\s*", "[,;]"])]
        self.stdin = self.records([row for row in rows if "\n" not in row])
        return width

    def grouped(self):
        self.options += self.pick(GROUPED)
        self.sources += [":::", *self.values(2)]
        if self.chance(0.3):
            self.sources += [":::", *self.values()]
        if {"-X", "-m", "--xargs"} & set(self.options):
            # How long a line may be the two judge differently by a few bytes.
            self.sources = [value[:100] for value in self.sources]
        return 1

    def replacement(self):
        # Without values parallel lets marks of its own through where there is anything but paths.
        kind = self.random.random() * (0.65 if "-N0" in self.options else 1)
        if kind < 0.35:
            return self.pick(POSITIONLESS)
        if kind < 0.65:
            # Counted from the end and beyond the first, parallel begins at the end again; farm has nothing there.
            sign = self.pick(["", "-"])
            return "{" + sign + str(self.random.randint(1, self.columns + (not sign and self.chance(0.1)))) + self.pick(MODIFIERS) + "}"
        if kind < 0.75 and "--header" in self.options:
            return "{col" + str(self.random.randint(1, self.columns)) + self.pick(MODIFIERS) + "}"
        if kind < 0.85:
            if "--plus" not in self.options:
                self.options.append("--plus")
            # How many tasks --xargs and its kin will make, parallel guesses.
            is_filled = {"-X", "-m", "--xargs"} & set(self.options)
            if self.chance(0.4):
                position = self.pick(["", "", str(self.random.randint(1, self.columns))])
                return "{" + position + self.pick(SHELL_FORMS) + "}"
            return self.pick([name for name in PLUS if not (is_filled and name in ("{##}", "{0#}"))])
        if self.chance(0.3):
            defined = self.pick(list(DEFINED))
            self.options += ["--rpl", defined]
            return self.pick(DEFINED[defined])
        position = self.pick(["", str(self.random.randint(1, self.columns))])
        return "{=" + position + " " + self.pick(EXPRESSIONS) + " =}"

    def make_template(self):
        words = ["echo"]
        for _ in range(self.random.randint(0, 3)):
            word = self.pick(["", "", "--out=", "run_", "'lit'", "{foo}", "a/"]) + self.replacement()
            words.append(word + self.pick(["", "", ".csv", "_" + self.replacement()]))
        if self.chance(0.1):
            self.options.append("-q")
        if self.chance(0.07):
            self.options += ["-I", ",,"]
            words.append(",,")
        return [" ".join(words)] if self.chance(0.6) and "-q" not in self.options else words

    def shorten(self):
        """Long names cut short, a tag, and options from the environment."""
        self.options = [self.pick(SHORTER.get(option, [option])) for option in self.options]
        if self.chance(0.1):
            self.options += self.pick([["--tag"], ["--tagst", "x  y"]])
        if self.chance(0.1):
            self.environment["PARALLEL"] = self.pick(["--dry-run", "-k --tag", "--tagstring 'a  b'", "-j3", "--plus"])

    def arguments(self):
        return ["-k", "--dry-run", *self.options, *self.template, *self.sources]


def run(ask, case, home):
    """What it printed and its exit status."""
    with tempfile.TemporaryDirectory(prefix="sweep-differential-") as directory:
        for name, content in case.files.items():
            with open(os.path.join(directory, name), "wb") as file:
                file.write(content)
        environment = dict(os.environ, HOME=home, LC_ALL="C.UTF-8", SHELL="/bin/bash", PARALLEL_SHELL="/bin/bash", **case.environment)
        return ask(case.arguments(), directory, environment, case.stdin)


def ask_farm(farm, arguments, cwd, environment, data):
    done = subprocess.run([farm, "sweep", *arguments], cwd=cwd, env=environment, input=data, capture_output=True, timeout=120)
    return done.stdout, done.returncode, done.stderr


class Servers:
    """As many as threads ask at a time."""

    def __init__(self):
        self.idle, self.all = queue.LifoQueue(), []

    def ask(self, *question):
        try:
            server = self.idle.get_nowait()
        except queue.Empty:
            server = ParallelServer()
            self.all.append(server)
        try:
            return server.ask(["--will-cite", *question[0]], *question[1:])
        finally:
            self.idle.put(server)

    def close(self):
        for server in self.all:
            server.close()


def expected(case, directory, servers):
    """parallel's answer, from the last time if there was one."""
    asked = (case.arguments(), case.files, case.stdin, *([case.environment] if case.environment else []))
    name = hashlib.sha256(pickle.dumps(asked)).hexdigest()
    path = os.path.join(directory, name)
    if not os.path.exists(path):
        answer = run(servers.ask, case, os.path.join(directory, "home"))
        with open(f"{path}.{os.getpid()}.{id(case)}", "wb") as file:
            pickle.dump(answer, file)
        os.rename(file.name, path)
    with open(path, "rb") as file:
        return pickle.load(file)


def describe(seed, case, theirs, ours):
    lines = [f"seed {seed}: differs", "  parallel " + shlex.join(case.arguments())]
    lines += [f"  with {name} = {content!r}" for name, content in case.files.items()]
    if case.stdin:
        lines.append(f"  with standard input {case.stdin!r}")
    lines += [f"  with {name}={text!r}" for name, text in case.environment.items()]
    pairs = zip(theirs[0].splitlines() + [b""] * 999, ours[0].splitlines() + [b""] * 999)
    first = next(((left, right) for left, right in pairs if left != right), (b"", b""))
    lines.append(f"  parallel: {theirs[1]} {first[0][:300]!r}\n  farm:     {ours[1]} {first[1][:300]!r} {ours[2][-300:]!r}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--farm", default=os.environ.get("FARM"))
    options = parser.parse_args()
    directory = os.path.join(tempfile.gettempdir(), f"sweep-differential-{os.getuid()}")
    os.makedirs(directory, mode=0o700, exist_ok=True)
    # One home for all: what parallel finds out about a machine it keeps there, and finding it out is half of its time.
    os.makedirs(os.path.join(directory, "home"), exist_ok=True)

    servers = Servers()

    def check(seed):
        case = Case(seed)
        theirs = expected(case, directory, servers)
        if not options.farm:
            return seed, theirs, None
        ours = run(functools.partial(ask_farm, options.farm), case, os.path.join(directory, "home"))
        return seed, theirs, None if ours[:2] == theirs[:2] else describe(seed, case, theirs, ours)

    # parallel waits for its children most of the time, so more of them than processors are faster.
    with concurrent.futures.ThreadPoolExecutor(4 * (os.cpu_count() or 1)) as pool:
        results = list(pool.map(check, range(options.seed, options.seed + options.cases)))
    servers.close()
    for _, _, difference in results:
        if difference:
            print(difference)
    failed = [(seed, theirs) for seed, theirs, _ in results if theirs[1] != 0]
    if not options.farm:
        for seed, theirs in failed:
            print(f"seed {seed}: parallel ends with {theirs[1]}: {theirs[2][-200:]!r}\n  {shlex.join(Case(seed).arguments())}"[:600])
    different = sum(1 for _, _, difference in results if difference)
    print(f"{len(results)} cases, {len(failed)} of which parallel refuses, "
          f"{len({theirs[0] for _, theirs, _ in results})} different outputs, {different} differences")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
