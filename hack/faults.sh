#!/bin/sh
# Runs the fault recipes of test/faults in full. Then builds the operator without the write of the claim and runs the recipes that are about it: each must
# fail, or it shows nothing.
set -eu
cd "$(dirname "$0")/../test/faults"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go test -c -o "$work/faults.test" .
"$work/faults.test" -test.timeout 30m -long

go test -c -tags noclaim -o "$work/noclaim.test" .
# mutate RECIPE COMPLAINT runs a recipe without the claim. It must fail, and must complain of a call too many: a failure for any other reason shows nothing.
mutate() {
	if "$work/noclaim.test" -test.timeout 10m -test.run "^$1\$" -patience 1m >"$work/log" 2>&1; then
		echo "$1 passes without the claim: it does not show that the claim is of any use" >&2
		exit 1
	fi
	if ! grep -q "$2" "$work/log"; then
		cat "$work/log" >&2
		echo "$1 does not say \"$2\" without the claim" >&2
		exit 1
	fi
	echo "$1 fails without the claim, as it must"
}
mutate TestR1Crash "was billed 2 times, want at most 1"
mutate TestR3Stale "12 calls, want 6"
mutate TestR7Leaders "2 calls, want 1"
