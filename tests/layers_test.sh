#!/bin/sh
# The architecture as a test: who may include whom, and what may be used where. Prints every line that breaks a rule.
set -u
cd "$(dirname "$0")/../src" || exit 2
status=0
report() { # WHAT, then offending lines on stdin
  lines=$(cat)
  [ -z "$lines" ] && return
  printf '%s:\n%s\n' "$1" "$lines"
  status=1
}

# LAYER and the layers its files may include.
while read -r layer allowed; do
  pattern=$(echo "$layer $allowed" | tr ' ' '|')
  grep -nE '^#include "[a-z]+/' -r "$layer" | grep -vE "#include \"($pattern|farm)/" |
    report "$layer may include only: $layer $allowed"
done <<'EOF'
base
core base
expression base
sweep expression base
wire core base
mpi wire core base
shepherd core base
store core base
manifest sweep expression core base
node sweep expression mpi shepherd store manifest wire core base
pool mpi shepherd store wire core base
api sweep expression node mpi shepherd store manifest wire core base
ui sweep expression api node mpi shepherd store manifest wire core base
EOF

grep -nE '^#include <boost/' -r . | grep -vE '^\./(wire|mpi|api)/' | report 'Boost belongs to wire, mpi and api'
grep -nE '^#include <mpi\.h>' -r . | grep -vE '^\./(mpi|api)/' | report 'MPI belongs to mpi and api'
grep -nE '(steady|system|high_resolution)_clock::now|clock_gettime|gettimeofday' -r . | grep -vE '^\./base/clock' |
  report 'clocks are read in base/clock only'
grep -nE '\b(fork|vfork|posix_spawn|execve?[lvp]*)\(' -r . | grep -E '::(fork|vfork|posix_spawn|exec)' | grep -v '^\./shepherd/' |
  report 'processes are started by shepherd only'
grep -nE '\bcout\b|\bcerr\b|\bprintf\(' -r base core expression sweep wire mpi store manifest | report 'only shepherd, api and ui print'
grep -nE '^#include "(core|wire|node|store)/' -r ../include | report 'public headers stand alone'
[ $status = 0 ] && echo 'every include points downwards'
exit $status
