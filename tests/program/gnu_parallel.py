"""The installed GNU parallel, asked the same as farm, so that its files are the yardstick."""
import os
import subprocess


def parallel(case, *arguments, cwd=None, status=0):
    """Runs `parallel` in the test's directory; returns its standard output."""
    home = case.path("home")
    os.makedirs(home + "/.parallel", exist_ok=True)
    open(home + "/.parallel/will-cite", "w").close()
    env = dict(os.environ, HOME=home, SHELL="/bin/sh", PARALLEL_SHELL="/bin/sh")
    process = subprocess.run(["parallel", *arguments], cwd=cwd or case.dir, env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if status is not None:
        case.assertEqual(process.returncode, status, process.stderr)
    return process.stdout


def tree(top):
    """Every file below `top`, as bytes by relative path."""
    found = {}
    for directory, _, names in os.walk(os.fsencode(top)):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, os.fsencode(top))] = file.read()
    return found
