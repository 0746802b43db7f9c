package faults_test

import (
	"testing"
	"time"
)

// pollInterval is how often a condition is looked at.
const pollInterval = 15 * time.Millisecond

// quiet is how long nothing must happen for a world to count as being at rest.
const quiet = slowness * 500 * time.Millisecond

// eventually waits until problem returns nothing to complain about.
func eventually(t *testing.T, problem func() string) {
	t.Helper()
	complaint := ""
	if !poll(t, *patience, func() bool { complaint = problem(); return complaint == "" }) {
		t.Fatalf("after %v: %s", *patience, complaint)
	}
}

// poll waits until done, and tells whether it came to that in time.
func poll(t *testing.T, within time.Duration, done func() bool) bool {
	t.Helper()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	deadline := time.After(within)
	for {
		if done() {
			return true
		}
		select {
		case <-ticker.C:
		case <-deadline:
			return done()
		case <-t.Context().Done():
			return false
		}
	}
}

// quiesce waits until the operators have done nothing for a while: no write, no call, no look at the outside.
func (w *world) quiesce(t *testing.T) {
	t.Helper()
	w.quiesceFor(t, quiet)
}

func (w *world) quiesceFor(t *testing.T, d time.Duration) {
	t.Helper()
	if !poll(t, *patience, w.rest(d)) {
		t.Fatalf("the world does not come to rest; lately: %v", tail(w.history(), 12))
	}
}

// rest returns what tells whether nothing has happened for a while since it was first asked.
func (w *world) rest(d time.Duration) func() bool {
	last, since := w.seen(), time.Now()
	return func() bool {
		if now := w.seen(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) >= d
	}
}

func tail[T any](s []T, n int) []T { return s[max(0, len(s)-n):] }
