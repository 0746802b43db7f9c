#!/bin/sh
# Runs a command and fails when it changes a file of this checkout, naming the
# files. What was changed or untracked before does not matter, so it can be used
# in the middle of work as well as in CI.
set -eu

cd "$(git rev-parse --show-toplevel)"
index=$(mktemp)
trap 'rm -f "$index"' EXIT

# snapshot prints the Git tree of the checkout as it is, .gitignore respected.
# It uses an index of its own, so that nothing is staged.
snapshot() {
	rm -f "$index"
	GIT_INDEX_FILE=$index git add --all
	GIT_INDEX_FILE=$index git write-tree
}

before=$(snapshot)
"$@"
after=$(snapshot)

if [ "$before" != "$after" ]; then
	git --no-pager diff --stat "$before" "$after" >&2
	echo "The files above were out of date; the command has just brought them up to date: $*" >&2
	exit 1
fi
