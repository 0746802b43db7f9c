//go:build !race

package faults_test

// slowness is how much longer everything takes with the race detector.
const slowness = 1
