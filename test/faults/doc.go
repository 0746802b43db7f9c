// Package faults holds the tests that show that the operator loses nothing, bills nothing twice and hammers nobody, whatever breaks around it.
//
// Each recipe runs the whole operator against a real API server, the engine and an object storage, and breaks one kind of thing: it kills the process
// at every effect, loses replies, shows it the past, takes the lease away, answers every documented error, or all of that in a random order. Without
// the write of the claim (build tag noclaim) the recipes that are about it must fail; `make test-faults` sees to that.
//
// By default every recipe runs in a short form, as part of `make test`. `go test ./test/faults/ -args -long` runs the full one.
package faults
