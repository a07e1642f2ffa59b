"""GNU parallel, started once and asked many times: nearly all of the time that it takes to answer is perl's to compile it."""
import os
import shutil
import subprocess
import tempfile

# Runs before parallel's first statement and after all of it is compiled: waits for questions, each a line of fields in
# hexadecimal (directory, environment, arguments), and goes on as parallel in a child.
PRELUDE = r"""
sub farm_test_serve {
  $| = 1;
  while (defined(my $line = <STDIN>)) {
    my ($directory, $answers, $count, @fields) = map { pack("H*", substr($_, 1)) } split / /, substr($line, 0, -1);
    my $child = fork();
    if (!$child) {
      %ENV = splice(@fields, 0, 2 * $count);
      @ARGV = @fields;
      $0 = "parallel";
      chdir($directory);
      # A pipe, which no child of parallel's can wind back; it holds all of a case's data.
      open(my $in, "<", "$answers/in");
      pipe(my $reader, my $writer);
      syswrite($writer, do { local $/; <$in> } // "");
      close($writer);
      open(STDIN, "<&", $reader); open(STDOUT, ">", "$answers/out"); open(STDERR, ">", "$answers/err");
      close($reader);
      $| = 0;
      return;
    }
    waitpid($child, 0);
    print(($? & 127 ? 128 + ($? & 127) : $? >> 8) . "\n");
  }
  exit(0);
}
farm_test_serve();
"""


class ParallelServer:
    """Not for two threads at once. Close it."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="parallel-server-")
        with open(shutil.which("parallel"), encoding="latin-1") as file:
            source = file.read()
        script = os.path.join(self.directory, "parallel")
        with open(script, "w", encoding="latin-1") as file:
            file.write(PRELUDE + source)
        self.process = subprocess.Popen(["perl", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, start_new_session=True)

    def ask(self, arguments, cwd, environment, data):
        """Standard output, exit status and standard error."""
        assert len(data) < 65536, "more than a pipe holds"
        self.write("in", data)
        pairs = [part for pair in environment.items() for part in pair]
        fields = [cwd, self.directory, str(len(environment)), *pairs, *arguments]
        line = " ".join("x" + os.fsencode(field).hex() for field in fields) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return self.read("out"), status, self.read("err")

    def write(self, name, data):
        with open(os.path.join(self.directory, name), "wb") as file:
            file.write(data)

    def read(self, name):
        with open(os.path.join(self.directory, name), "rb") as file:
            return file.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.directory)
