#!/bin/sh
# Lays the functions out as they are deployed: OUT/<function>/bootstrap, with the price table beside it.
#
#   stage_functions.sh BUILD_BIN OUT
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 BUILD_BIN OUT" >&2
  exit 2
fi
build_bin=$1
out=$2
data=$(cd "$(dirname "$0")/../data" && pwd)

for function in strategy portfolio execution orchestrator notification; do
  if [ ! -x "$build_bin/$function" ]; then
    echo "$0: $build_bin/$function is missing; build it first" >&2
    exit 1
  fi
  mkdir -p "$out/$function"
  # Moved into place: a function that runs keeps the file it was started from.
  cp "$build_bin/$function" "$out/$function/bootstrap.new"
  chmod 755 "$out/$function/bootstrap.new"
  mv "$out/$function/bootstrap.new" "$out/$function/bootstrap"
  cp "$data/stocks.csv" "$out/$function/stocks.csv"
done
echo "staged 5 functions in $out"
