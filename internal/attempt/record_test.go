package attempt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

func TestARecordThatCannotBeWrittenIsWrittenLater(t *testing.T) {
	tests := []struct {
		name string
		// break lets the write of the record fail.
		fail      func(*world, *process)
		wantError bool
	}{
		{"because the API server did not carry it out", func(w *world, _ *process) { w.failWrite(2, false) }, true},
		{"because its reply was lost", func(w *world, _ *process) { w.failWrite(2, true) }, true},
		{"because the object has changed during the call", func(w *world, p *process) {
			succeed := p.call
			p.call = func(ctx context.Context, call ais.Call) (answer, error) {
				w.change(relabel)
				return succeed(ctx, call)
			}
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, newJob())
			p := w.process("a")
			tt.fail(w, p)
			result, err := p.reconcile(t.Context())
			if (err != nil) != tt.wantError {
				t.Errorf("error %v, want one: %t", err, tt.wantError)
			}
			if !tt.wantError && result.RequeueAfter != outcome.ConflictDelay {
				t.Errorf("comes back after %v, want %v", result.RequeueAfter, outcome.ConflictDelay)
			}
			w.advance(time.Hour) // The deadline has passed long since; the process still knows the answer.
			p.wantRemembered(1, 0)
			if len(p.events.Events) > 0 {
				t.Errorf("told before it was written: %s", <-p.events.Events)
			}
			p.must()
			p.wantRemembered(0, 0)
			w.wantSent(1)
			w.wantDone(1)
			if finished := entryOf(w.get(), defog).FinishedTime; !finished.Time.Equal(start) {
				t.Errorf("finished at %v, want when the answer came, %v", finished, start)
			}
			p.must()
			w.wantSent(1)
		})
	}
}

func TestARecordThatTheAPIServerRefusesForLong(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	w.onWrite = func(_ context.Context, n int, carryOut func() error) error {
		if n > 1 && n < 10 {
			return errDown
		}
		return carryOut()
	}
	for range 8 {
		if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
			t.Fatalf("got %v, want %v", err, errDown)
		}
	}
	p.must()
	w.wantSent(1)
	w.wantDone(1)
}

func TestARecordOutlivesACacheThatLagsBehind(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	stale := w.get()
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	// The cache does not show the claim. That does not mean that somebody else has settled it.
	p.read = stale.DeepCopy
	if got, want := p.must(), (ctrl.Result{RequeueAfter: outcome.ConflictDelay}); got != want {
		t.Errorf("result %+v, want %+v", got, want)
	}
	p.read = w.get
	p.must()
	w.wantSent(1)
	w.wantDone(1)
}

func TestARecordYieldsToWhoSettledTheClaim(t *testing.T) {
	w := newWorld(t, newJob(func(j *job) { j.Spec.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail }))
	p := w.process("a")
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	w.advance(timeout + ledger.Skew)
	w.process("b").must()
	w.wantReady(metav1.ConditionFalse, v1alpha1.ReasonUnknownOutcome)
	before := w.get()
	p.must()
	if diff := cmp.Diff(before, w.get()); diff != "" {
		t.Errorf("the late answer changed the object (-before +after):\n%s", diff)
	}
	w.wantSent(1)
	p.wantRemembered(0, 0)
}

func TestARecordYieldsToTheNextClaim(t *testing.T) {
	w := newWorld(t, newJob())
	p, other := w.process("a"), w.process("b")
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	w.advance(timeout + ledger.Skew)
	other.call = func(_ context.Context, call ais.Call) (answer, error) {
		p.must() // The late answer belongs to no claim any more, and this one is not to be touched.
		if entry := entryOf(w.get(), defog); entry.Claim == nil || entry.Claim.ID != call.AttemptID {
			t.Errorf("the claim of the other process became %+v", entry)
		}
		return other.answer(nil), w.send(call)
	}
	other.must()
	w.wantSent(2)
	w.wantDone(2)
}

func TestAFailureThatCannotBeWrittenKeepsItsDelay(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	p.call = func(_ context.Context, call ais.Call) (answer, error) {
		if err := w.send(call); err != nil {
			return answer{}, err
		}
		return answer{}, &ais.Error{Op: "Defog", HTTPStatus: 503}
	}
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	w.advance(time.Second)
	if got, want := p.must(), (ctrl.Result{RequeueAfter: time.Second}); got != want {
		t.Errorf("result %+v, want %+v: the delay runs from the answer", got, want)
	}
	w.wantSent(1)
}

func TestTheAnswerOfOneOperationSurvivesTheConflictOfTheNext(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	p.ops = []v1alpha1.Operation{darkEnhance, defog}
	attempts := 0
	p.beforeAttempt = func() {
		if attempts++; attempts == 2 {
			w.change(relabel)
		}
	}
	if got, want := p.must(), (ctrl.Result{RequeueAfter: outcome.ConflictDelay}); got != want {
		t.Errorf("result %+v, want %+v", got, want)
	}
	w.wantSent(1)
	p.must()
	w.wantSent(2)
	j := w.get()
	for _, op := range p.ops {
		if entry := entryOf(j, op); entry == nil || entry.State != v1alpha1.CallSucceeded || entry.Billed != 1 {
			t.Errorf("entry of %s: %+v, want a success that was billed once", op, entry)
		}
	}
	if j.Status.BilledTotal != 2 || strings.Count(j.Status.Summary, "+done") != 2 {
		t.Errorf("billedTotal %d, summary %q, want both answers", j.Status.BilledTotal, j.Status.Summary)
	}
	if w.writes != 4 { // The claim, the claim in vain, the claim with the first record, the second record.
		t.Errorf("%d writes, want 4", w.writes)
	}
}

func TestASpecThatMovedOnDuringTheCall(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	succeed := p.call
	p.call = func(ctx context.Context, call ais.Call) (answer, error) {
		w.change(newPicture)
		p.call = succeed
		return succeed(ctx, call)
	}
	p.must()
	w.wantSent(1)

	// The cost of the old run is kept and its result is dropped; in the same reconcile the new run is called.
	var afterRecord *job
	p.beforeAttempt = func() { afterRecord = w.get() }
	p.must()
	w.wantSent(2)
	w.wantDone(2)
	if entry := entryOf(w.get(), defog); entry.Billed != 1 || entry.Attempts != 1 {
		t.Errorf("the new run has %+v, want one attempt that was billed", entry)
	}
	if afterRecord.Status.Summary != "" {
		t.Errorf("the result of the old run is in status: %q", afterRecord.Status.Summary)
	}
}

func TestAShutdownCancelsNeitherCallNorRecord(t *testing.T) {
	w := newWorld(t, newJob())
	ctx, cancel := context.WithCancel(t.Context())
	p := w.process("a")
	p.call = func(callCtx context.Context, call ais.Call) (answer, error) {
		cancel()
		if err := callCtx.Err(); err != nil {
			t.Errorf("the call was cancelled: %v", err)
		}
		return p.answer(func(storeCtx context.Context) error { return storeCtx.Err() }), w.send(call)
	}
	w.onWrite = func(ctx context.Context, _ int, carryOut func() error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, bounded := ctx.Deadline(); !bounded && w.writes > 1 {
			t.Error("the write of the record may hang for ever")
		}
		return carryOut()
	}
	if _, err := p.reconcile(ctx); err != nil {
		t.Error(err)
	}
	w.wantSent(1)
	w.wantDone(1)
}

func TestAdopt(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	s := attempt.NewScope(w.get())
	p.runner.Adopt(s, runOf(s.Object, defog))
	s.Object.Status.Summary = "+done"
	if _, err := p.runner.Finish(t.Context(), s, outcome.Done("found")); err != nil {
		t.Fatal(err)
	}
	p.must()
	w.wantSent(0)
	w.wantDone(0)
}
