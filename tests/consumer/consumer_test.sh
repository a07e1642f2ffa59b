#!/bin/sh
# Installs what was built into a directory of its own, builds a project against it, and runs that.
#   consumer_test.sh BUILD_DIR MPIEXEC
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

expect() { # WHAT WANTED FOUND
  [ "$2" = "$3" ] || { printf '%s: wanted\n%s\nfound\n%s\n' "$1" "$2" "$3"; exit 1; }
}

cmake --install "$1" --prefix "$dir/prefix" >"$dir/log" || { cat "$dir/log"; exit 1; }
cmake -G Ninja -S "$here" -B "$dir/build" -DCMAKE_PREFIX_PATH="$dir/prefix" -DCMAKE_BUILD_TYPE=Release >"$dir/log" 2>&1 &&
  cmake --build "$dir/build" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
! cmake -G Ninja -S "$here" -B "$dir/other" -DCMAKE_PREFIX_PATH="$dir/prefix" -DCMAKE_PROJECT_INCLUDE="$here/too_new.cmake" \
  >"$dir/log" 2>&1 || { echo 'version 99 was found'; exit 1; }

run="$2 --oversubscribe --bind-to none -q -np 3"
expect 'alone' 250250 "$("$dir/build/plain")"
expect 'three ranks' 250250 "$($run "$dir/build/plain")"
expect 'maps of strings' "$(printf 'a 4\nis 2\nrose 3\nthorn 1')" "$($run "$dir/build/with_boost")"
expect 'the program' 'hello' "$("$dir/prefix/bin/farm" sweep echo ::: hello)"
echo 'the installed package works'
