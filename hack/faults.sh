#!/bin/sh
# Runs the fault recipes of test/faults in full. Then builds the operator without the write of the claim and runs the recipes that are about it: each must
# fail, or it shows nothing.
set -eu
cd "$(dirname "$0")/../test/faults"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go test -c -o "$work/faults.test" .
"$work/faults.test" -test.timeout 15m -long

go test -c -tags noclaim -o "$work/noclaim.test" .
for recipe in TestR1Crash TestR3Stale TestR7Leaders; do
	if "$work/noclaim.test" -test.timeout 5m -test.run "^$recipe\$" -patience 10s >"$work/log" 2>&1; then
		echo "$recipe passes without the claim: it does not show that the claim is of any use" >&2
		exit 1
	fi
	if ! grep -q "^--- FAIL: $recipe " "$work/log"; then
		cat "$work/log" >&2
		echo "$recipe did not run without the claim" >&2
		exit 1
	fi
	echo "$recipe fails without the claim, as it must"
done
