package faults_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
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

// poll waits until done, and tells whether it came to that in time. Most of the time is left to those who are waited for, however long a look takes.
func poll(t *testing.T, within time.Duration, done func() bool) bool {
	t.Helper()
	deadline := time.After(within)
	for {
		start := time.Now()
		if done() {
			return true
		}
		select {
		case <-time.After(max(pollInterval, 3*time.Since(start))):
		case <-deadline:
			return done()
		case <-t.Context().Done():
			return false
		}
	}
}

// awaitHeld waits until n requests are held at a gate.
func awaitHeld(t *testing.T, gate *enginetest.Gate, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), *patience)
	defer cancel()
	if err := gate.Await(ctx, n); err != nil {
		t.Fatal(err)
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

// pass waits until objects that come now have been looked at: those that came before them have been, too. They have no picture, so that they cost nothing.
func (w *world) pass(t *testing.T) {
	t.Helper()
	nowhere := v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: photos, Key: "nowhere.png"}}
	markers := []payer{w.analysis("marker", nowhere), w.job("marker", nowhere)}
	for _, marker := range markers {
		w.create(t, marker)
	}
	for _, marker := range markers {
		w.await(t, marker, v1alpha1.ReasonWaiting)
		if err := k8s.Delete(w.ctx, marker); err != nil {
			t.Fatal(err)
		}
	}
}

// lags is how many times as long as an answer of the API server takes nothing must happen: on a machine that is busy, what is late is not over.
const lags = 10

// rest returns what tells whether nothing has happened for a while since it was first asked.
func (w *world) rest(d time.Duration) func() bool {
	last, since := w.seen(), time.Now()
	return func() bool {
		if now := w.seen(); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) < d {
			return false
		}
		quietFor := time.Since(since)
		return quietFor >= lags*w.lag() && w.seen() == last
	}
}

// lag is how long the API server takes to answer now.
func (w *world) lag() time.Duration {
	asked := time.Now()
	_ = k8s.Get(w.ctx, client.ObjectKey{Name: w.namespaces[0]}, &corev1.Namespace{}) // An error takes its time, too.
	return time.Since(asked)
}

func tail[T any](s []T, n int) []T { return s[max(0, len(s)-n):] }
