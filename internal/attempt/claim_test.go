package attempt_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

func TestOneCallTakesTwoWrites(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	if result := p.must(); !result.IsZero() {
		t.Errorf("result %+v, want none", result)
	}
	w.wantSent(1)
	w.wantDone(1)
	if w.writes != 2 {
		t.Errorf("%d writes of status, want the claim and the record", w.writes)
	}
	if got := <-p.events.Events; got != "Normal Succeeded +done" || len(p.events.Events) > 0 {
		t.Errorf("event %q and %d more, want the success alone", got, len(p.events.Events))
	}

	before := w.get()
	p.must()
	w.process("b").must()
	if diff := cmp.Diff(before, w.get()); diff != "" || w.writes != 2 {
		t.Errorf("a finished object was written %d times more (-before +after):\n%s", w.writes-2, diff)
	}
	w.wantSent(1)
}

func TestTheClaimIsWrittenBeforeTheCall(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	p.call = func(_ context.Context, call ais.Call) (answer, error) {
		want := &v1alpha1.Call{
			Operation: defog, State: v1alpha1.CallClaimed, SpecHash: runOf(newJob(), defog).SpecHash,
			Claim: &v1alpha1.Claim{
				ID: call.AttemptID, Holder: "a", StartTime: metav1.NewMicroTime(start), Deadline: metav1.NewMicroTime(start.Add(timeout)),
			},
			LastAttemptTime: new(metav1.NewMicroTime(start)),
		}
		if diff := cmp.Diff(want, entryOf(w.get(), defog)); diff != "" {
			t.Errorf("entry during the call (-want +got):\n%s", diff)
		}
		w.wantReady(metav1.ConditionFalse, v1alpha1.ReasonProgressing)
		return p.answer(nil), w.send(call)
	}
	p.must()
	w.wantDone(1)
}

func TestNoCallWithoutAClaim(t *testing.T) {
	t.Run("when the object has changed since it was read", func(t *testing.T) {
		w := newWorld(t, newJob())
		p := w.process("a")
		p.beforeAttempt = func() { w.change(relabel) }
		if got, want := p.must(), (ctrl.Result{RequeueAfter: outcome.ConflictDelay}); got != want {
			t.Errorf("result %+v, want %+v", got, want)
		}
		w.wantSent(0)
		if entry := entryOf(w.get(), defog); entry != nil {
			t.Errorf("the ledger has %+v", entry)
		}
		p.beforeAttempt = func() {}
		p.must()
		w.wantSent(1)
		w.wantDone(1)
	})
	t.Run("when the API server did not carry the write out", func(t *testing.T) {
		w := newWorld(t, newJob())
		p := w.process("a")
		w.failWrite(1, false)
		if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("got %v, want %v", err, errDown)
		}
		w.wantSent(0)
		p.must()
		w.wantSent(1)
		w.wantDone(1)
	})
	t.Run("when the operator is already shutting down", func(t *testing.T) {
		w := newWorld(t, newJob())
		w.onWrite = func(ctx context.Context, _ int, carryOut func() error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return carryOut()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.process("a").reconcile(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		w.wantSent(0)
	})
}

func TestAClaimWhoseReplyWasLost(t *testing.T) {
	w := newWorld(t, newJob())
	p, other := w.process("a"), w.process("b")
	w.failWrite(1, true)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	w.wantSent(0)
	if entry := entryOf(w.get(), defog); entry == nil || entry.Claim == nil {
		t.Fatalf("the ledger has %+v, want a claim", entry)
	}

	// Another process cannot know that the call was not made.
	if got, want := other.must(), (ctrl.Result{RequeueAfter: timeout + ledger.Skew}); got != want {
		t.Errorf("another process: %+v, want %+v", got, want)
	}
	w.wantSent(0)
	// This one does, and goes on at once.
	p.wantRemembered(0, 1)
	p.must()
	w.wantSent(1)
	w.wantDone(1)
	p.wantRemembered(0, 0)
}

func TestAClaimThatTheCacheDoesNotShowYet(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	stale := w.get()
	w.failWrite(1, true)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	p.read = stale.DeepCopy
	if got, want := p.must(), (ctrl.Result{RequeueAfter: outcome.ConflictDelay}); got != want {
		t.Errorf("result %+v, want %+v", got, want)
	}
	w.wantSent(0)
	// The second claim has met a conflict. The first one is still in status, and known to be none of a call.
	p.read = w.get
	p.must()
	w.wantSent(1)
	w.wantDone(1)
}

func TestOfTwoProcessesOnlyOneCalls(t *testing.T) {
	w := newWorld(t, newJob())
	var both, done sync.WaitGroup
	both.Add(2)
	for _, holder := range []string{"a", "b"} {
		p := w.process(holder)
		p.beforeAttempt = func() { // Both have read the same object.
			both.Done()
			both.Wait()
		}
		done.Go(func() {
			if _, err := p.reconcile(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	w.wantSent(1)
	w.wantDone(1)
}

// lateCall lets the clock step beyond the deadline before the call is sent.
func (p *process) lateCall(_ context.Context, call ais.Call) (answer, error) {
	p.advance(timeout)
	return p.answer(nil), p.send(call)
}

func TestACallThatIsLateIsNotSent(t *testing.T) {
	failed := v1alpha1.Call{
		Operation: defog, State: v1alpha1.CallFailed, SpecHash: runOf(newJob(), defog).SpecHash, Attempts: 2,
		LastError: &v1alpha1.CallError{Class: "Transient", Message: "try again"}, NextAttemptTime: &metav1.MicroTime{Time: start},
	}
	tests := []struct {
		name  string
		calls []v1alpha1.Call
	}{
		{"and a first claim is taken back", nil},
		{"and a further claim is taken back, with nothing lost", []v1alpha1.Call{failed}},
		{"and the claims of other operations stay", []v1alpha1.Call{{Operation: darkEnhance, State: v1alpha1.CallSucceeded, SpecHash: "x"}, failed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, newJob(func(j *job) { j.Status.Calls = tt.calls }))
			p := w.process("a")
			succeed := p.call
			p.call = p.lateCall
			before := w.get().Status.Calls
			if _, err := p.reconcile(t.Context()); err == nil {
				t.Error("no error: the work queue would not come back")
			}
			w.wantSent(0)
			if diff := cmp.Diff(before, w.get().Status.Calls); diff != "" {
				t.Errorf("ledger (-before +after):\n%s", diff)
			}
			p.call = succeed
			p.must()
			w.wantSent(1)
			w.wantDone(1)
		})
	}
}

func TestALateClaimThatCannotBeTakenBack(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	succeed := p.call
	p.call = p.lateCall
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	// The next claim stands in for the one that could not be taken back, and is late as well.
	if _, err := p.reconcile(t.Context()); err == nil {
		t.Error("no error: the work queue would not come back")
	}
	w.wantSent(0)
	p.call = succeed
	w.advance(-time.Hour) // On the clock the claim holds for long, and yet it is known to be none of a call.
	p.must()
	w.wantSent(1)
	w.wantDone(1)
}

func TestTheDeadlineOfTheCallIsTheClaims(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	p.call = func(ctx context.Context, call ais.Call) (answer, error) {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > timeout || left < timeout/2 {
			t.Errorf("the call may take %v, want the claim's %v", left, timeout)
		}
		return p.answer(nil), w.send(call)
	}
	p.must()
	w.wantDone(1)
}

func TestAWallClockThatStandsStillLengthensNoClaim(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	p.timeout = time.Nanosecond // It is over on the monotonic clock when the call is to be sent.
	if _, err := p.reconcile(t.Context()); err == nil {
		t.Error("no error: the work queue would not come back")
	}
	w.wantSent(0)
}
