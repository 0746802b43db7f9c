//go:build !race

package faults_test

// slowness is how much more time everything is given with the race detector.
const slowness = 1
