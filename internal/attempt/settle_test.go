package attempt_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// dead is an object whose process died between the service's answer and the record.
func dead(policy v1alpha1.UnknownOutcomePolicy) *job {
	return newJob(func(j *job) {
		j.Spec.RunPolicy.UnknownOutcome = policy
		claim := v1alpha1.Claim{ID: "x", Holder: "dead", StartTime: metav1.NewMicroTime(start), Deadline: metav1.NewMicroTime(start.Add(timeout))}
		j.Status.Calls = []v1alpha1.Call{ledger.Claim(nil, runOf(j, defog), claim)}
	})
}

func TestAnExpiredClaimIsSettled(t *testing.T) {
	t.Run("not before the deadline and the skew have passed", func(t *testing.T) {
		w := newWorld(t, dead(v1alpha1.UnknownOutcomeRetryOnce))
		p := w.process("b")
		if got, want := p.must(), (ctrl.Result{RequeueAfter: timeout + ledger.Skew}); got != want {
			t.Errorf("result %+v, want %+v", got, want)
		}
		w.advance(timeout + ledger.Skew - time.Second)
		if got, want := p.must(), (ctrl.Result{RequeueAfter: time.Second}); got != want {
			t.Errorf("result %+v, want %+v", got, want)
		}
		w.wantSent(0)
	})
	t.Run("then RetryOnce calls once more, and both calls are counted", func(t *testing.T) {
		w := newWorld(t, dead(v1alpha1.UnknownOutcomeRetryOnce))
		w.advance(timeout + ledger.Skew)
		w.process("b").must()
		w.wantSent(1)
		w.wantDone(2)
		if entry := entryOf(w.get(), defog); entry.Billed != 2 || entry.Attempts != 2 || entry.UnknownOutcomes != 1 {
			t.Errorf("entry %+v, want 2 attempts, 2 billed, 1 unknown outcome", entry)
		}
	})
	t.Run("then Fail stops, and the call is counted", func(t *testing.T) {
		w := newWorld(t, dead(v1alpha1.UnknownOutcomeFail))
		w.advance(timeout + ledger.Skew)
		p := w.process("b")
		if result := p.must(); !result.IsZero() {
			t.Errorf("result %+v, want none", result)
		}
		w.wantSent(0)
		w.wantReady(metav1.ConditionFalse, v1alpha1.ReasonUnknownOutcome)
		if entry := entryOf(w.get(), defog); entry.State != v1alpha1.CallUnknown || w.get().Status.BilledTotal != 1 {
			t.Errorf("entry %+v, billedTotal %d, want Unknown and 1", entry, w.get().Status.BilledTotal)
		}
		p.must()
		w.wantSent(0)
	})
	t.Run("also when the spec has moved on, and then the new run is called", func(t *testing.T) {
		w := newWorld(t, dead(v1alpha1.UnknownOutcomeFail))
		w.change(newPicture)
		p := w.process("b")
		p.must()
		w.wantSent(0)
		w.advance(timeout + ledger.Skew)
		p.must()
		w.wantSent(1)
		w.wantDone(2)
	})
}

func TestWhenARunEndsWhoseAnswerWasLost(t *testing.T) {
	tests := []struct {
		name  string
		keeps bool // results are stored
		entry func(v1alpha1.Call) v1alpha1.Call
		ended bool
	}{
		{"when its claim has run out", false, func(c v1alpha1.Call) v1alpha1.Call { return c }, true},
		{"when the policy turned to Fail after that", false, ledger.SettleExpired, true},
		{"not before its result was looked for, where results are stored", true, ledger.SettleExpired, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, dead(v1alpha1.UnknownOutcomeFail))
			w.advance(time.Hour)
			p := w.process("b")
			p.runner.KeepsResults = tt.keeps
			s := attempt.NewScope(w.get())
			run, entry := runOf(s.Object, defog), entryOf(s.Object, defog)
			*entry = tt.entry(*entry)
			if d := p.runner.Decide(s, run); d.Next != ledger.Stop {
				t.Errorf("%+v, want Stop", d)
			}
			if ended := entry.FinishedTime != nil; ended != tt.ended || s.IsLost(run) == tt.ended {
				t.Errorf("ended: %t", ended)
			}
			p.runner.GiveUp(s, run)
			if ended := entry.FinishedTime; ended == nil || !ended.Time.Equal(w.clock()) || s.IsLost(run) {
				t.Errorf("it has ended at %v, want now", ended)
			}
		})
	}
}
