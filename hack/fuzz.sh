#!/bin/sh
# Runs every fuzz target of this module for FUZZTIME, one after the other on one core, and stops at the first finding. The input that was found is in
# testdata/fuzz of its package: commit it with the fix. Arguments are packages; none means all.
set -eu
cd "$(dirname "$0")/.."
time=${FUZZTIME:-5m}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

[ $# -gt 0 ] || set -- ./...
# go list, since go test -list would build the tests of packages that have no target too.
for package in $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}:{{.Dir}}{{end}}' "$@"); do
	dir=${package#*:} package=${package%%:*}
	grep -qs '^func Fuzz' "$dir"/*_test.go || continue
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		printf '%s %s: ' "${package#*/*/*/}" "$target"
		# Inputs that are merely new are not made smaller for long, as nobody reads them.
		if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s -parallel 1 "$package" >"$log" 2>&1; then
			echo FOUND
			cat "$log" >&2
			exit 1
		fi
		sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1 | sed 's/$/ executions/'
	done
done
