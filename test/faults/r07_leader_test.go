package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestR7Leaders lets a second operator take over while the call of the first is still open: the lease says who works, and the claim says who calls.
func TestR7Leaders(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	t.Cleanup(func() { report(t, "in %s", took()) })
	t.Run("the new leader waits for the call of the old one, whose record counts", func(t *testing.T) {
		t.Parallel()
		w, a, gate := openCall(t, nil)
		b := w.takeOver(t, a, 0)
		w.pass(t)
		w.quiesce(t)
		wantCalls(t, w, 1)

		gate.Release()
		w.awaitFinal(t)
		w.quiesce(t)
		wantCalls(t, w, 1)
		w.checkBills(t)
		wantBilled(t, w, 1, 0)
		b.stop(t)
	})
	t.Run("the new leader calls again after the deadline, and the late record of the old one is refused", func(t *testing.T) {
		t.Parallel()
		w, a, gate := openCall(t, nil)
		b := w.takeOver(t, a, 10*time.Minute)
		w.awaitFinal(t)
		before := w.state(t)
		wantCalls(t, w, 2)

		gate.Release()
		w.quiesce(t)
		a.await(t)
		wantCalls(t, w, 2)
		w.checkBills(t)
		wantBilled(t, w, 2, 1)
		wantEqual(t, before, w.state(t))
		b.stop(t)
	})
	t.Run("the new leader does not call again after the deadline if it must not", func(t *testing.T) {
		t.Parallel()
		w, a, gate := openCall(t, func(s *v1alpha1.ImageAnalysisSpec) { s.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail })
		w.takeOver(t, a, 10*time.Minute)
		w.await(t, &v1alpha1.ImageAnalysis{ObjectMeta: w.meta("koala")}, v1alpha1.ReasonUnknownOutcome)
		gate.Release()
		w.quiesce(t)
		wantCalls(t, w, 1)
		wantBilled(t, w, 1, 1)
	})
}

// openCall is a world with a leader whose first call is held open by the gate.
func openCall(t *testing.T, edit func(*v1alpha1.ImageAnalysisSpec)) (*world, *operator, *enginetest.Gate) {
	t.Helper()
	w, a := connected(t, process{lease: true, log: logFile(t)})
	gate := enginetest.NewGate()
	w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Gate: gate})
	ia := w.analysis("koala", w.photo(t, 1))
	if edit != nil {
		edit(&ia.Spec)
	}
	w.create(t, ia)
	awaitHeld(t, gate, 1)
	return w, a, gate
}

// takeOver keeps a from renewing its lease and returns its successor once that leads, with a clock that is ahead.
func (w *world) takeOver(t *testing.T, a *operator, ahead time.Duration) *operator {
	t.Helper()
	a.wire.noLeases.Store(true)
	b := w.run(t, process{lease: true, log: logFile(t), now: func() time.Time { return w.clock.now().Add(ahead) }})
	select {
	case <-b.elected:
	case <-time.After(*patience):
		t.Fatal("the successor does not lead")
	}
	return b
}

func wantCalls(t *testing.T, w *world, want int) {
	t.Helper()
	if n := len(w.engine.Calls()); n != want {
		t.Errorf("%d calls, want %d: %s", n, want, callList(w.engine))
	}
}

// wantBilled holds what the object "koala" says of its cost.
func wantBilled(t *testing.T, w *world, total, unknown int32) {
	t.Helper()
	ia := &v1alpha1.ImageAnalysis{ObjectMeta: w.meta("koala")}
	w.ready(ia)
	entry := entryOf(ia, v1alpha1.OperationImageTagging)
	if entry == nil || ia.Status.BilledTotal != total || entry.UnknownOutcomes != unknown {
		t.Errorf("billedTotal %d and entry %+v, want %d with %d unknown outcomes", ia.Status.BilledTotal, entry, total, unknown)
	}
}

// callList tells the calls of a service in short.
func callList(engine *enginetest.Server) string {
	var b strings.Builder
	for _, c := range engine.Calls() {
		fmt.Fprintf(&b, "%s %d %s; ", c.Operation, c.Status, c.AttemptID)
	}
	return b.String()
}
