package ledger_test

import (
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// life is one operation of an object whose controller does what Decide says, and nothing else.
type life struct {
	entry    *v1alpha1.Call
	now      time.Time
	specHash string
	policy   v1alpha1.RunPolicy

	billed int32 // of the run, as the service counts
	lost   int   // answers of the run that were lost
	calls  int   // of the run
}

// FuzzLife leads operations through whatever can happen to them, one byte a step, and holds the ledger against the promises of the package.
func FuzzLife(f *testing.F) {
	f.Add([]byte{0}, false)                      // success
	f.Add([]byte{7, 7, 7, 7}, false)             // transient errors
	f.Add([]byte{11, 11, 0}, false)              // crashes
	f.Add([]byte{11, 0}, true)                   // a crash with the policy Fail
	f.Add([]byte{8, 8, 8, 0}, false)             // lost answers
	f.Add([]byte{12, 11, 12, 0, 12, 7, 0}, true) // changed specs
	f.Add([]byte{6, 4, 5, 9, 3, 2, 1}, false)    // one of each class
	f.Fuzz(func(t *testing.T, steps []byte, fail bool) {
		l := &life{now: now, specHash: thisRun, policy: retryOnce}
		if fail {
			l.policy = failFast
		}
		for _, step := range steps[:min(len(steps), 200)] {
			l.step(t, int(step%13))
		}
	})
}

// step lets one thing happen: 0 success, 1 to 9 an error of each class, 10 and 11 a crash with and without the service having been called, 12 another spec.
func (l *life) step(t *testing.T, what int) {
	t.Helper()
	if what == 12 {
		l.specHash += "'"
		l.billed, l.lost, l.calls = 0, 0, 0
		return
	}
	switch d := ledger.Decide(l.entry, l.specHash, l.policy, l.now); d.Next {
	case ledger.Attempt:
		l.attempt(t, what)
	case ledger.Wait:
		if !d.At.After(l.now) {
			t.Fatalf("waits until %v, which is past", d.At)
		}
		l.now = d.At
	case ledger.Settle:
		l.put(t, ledger.SettleExpired(*l.entry))
	case ledger.Done:
		if l.billed == 0 || l.entry.State != v1alpha1.CallSucceeded {
			t.Fatalf("done without an answer: %+v", l.entry)
		}
	case ledger.Stop:
		if d.Reason == "" || d.Message == "" {
			t.Fatalf("stops without saying why: %+v", d)
		}
	}
}

func (l *life) attempt(t *testing.T, what int) {
	t.Helper()
	l.calls++
	switch {
	case l.lost > 1, l.lost > 0 && l.policy.UnknownOutcome == v1alpha1.UnknownOutcomeFail:
		t.Fatalf("call %d after %d lost answers", l.calls, l.lost)
	case l.entry != nil && l.entry.SpecHash == l.specHash && l.entry.State == v1alpha1.CallSucceeded:
		t.Fatal("called again after a success")
	}
	claim := newClaim
	claim.Deadline.Time = l.now.Add(time.Minute)
	claimed := ledger.Claim(l.entry, ledger.Run{Operation: run.Operation, SpecHash: l.specHash}, claim)
	l.put(t, claimed)
	switch {
	case what == 0:
		l.billed++
		l.put(t, ledger.RecordSuccess(claimed, l.now))
	case what <= 9:
		class := ais.Classes()[what-1]
		if class == ais.ClassUnknown {
			l.billed++
			l.lost++
		}
		l.put(t, ledger.RecordError(claimed, ledger.Failure{Class: class}, l.policy, l.now, most))
	default: // The process dies; the service was called, or not.
		l.lost++
		if what == 11 {
			l.billed++
		}
	}
}

// put replaces the entry as a controller does, and checks what holds for every change.
func (l *life) put(t *testing.T, next v1alpha1.Call) {
	t.Helper()
	if old := l.entry; old != nil && old.SpecHash == next.SpecHash {
		if next.Billed < old.Billed || next.Attempts < old.Attempts || next.UnknownOutcomes < old.UnknownOutcomes {
			t.Fatalf("a count went down from %+v to %+v", old, next)
		}
	}
	if claimed := next.State == v1alpha1.CallClaimed; claimed != (next.Claim != nil) {
		t.Fatalf("state %s with claim %v", next.State, next.Claim)
	}
	// Before a crash is settled the entry cannot know of it; once it is, no billed call is missing.
	if next.SpecHash == l.specHash && next.State != v1alpha1.CallClaimed && next.Billed < l.billed {
		t.Fatalf("billed %d, but the ledger has %+v", l.billed, next)
	}
	l.entry = &next
}
