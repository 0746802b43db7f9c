package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

var (
	run      = ledger.Run{Operation: v1alpha1.OperationImageTagging, SpecHash: thisRun, InputHash: "input", Endpoint: "https://image"}
	newClaim = v1alpha1.Claim{ID: "b", Holder: "h", StartTime: *in(0), Deadline: *in(time.Minute)}
	finished = &metav1.Time{Time: now}
)

// used is an entry of this run that has been through everything.
func used(state v1alpha1.CallState) *v1alpha1.Call {
	return entry(state, lost(1), nextAttempt(-time.Second), failedWith(ais.ClassTransient, "AIS.0003", "try again", ""), func(c *v1alpha1.Call) {
		c.Attempts, c.Billed, c.InputHash, c.FinishedTime = 3, 1, "old-input", finished
		c.Endpoint, c.ReusedFrom, c.LastAttemptTime = "https://old", "other", in(-time.Minute)
	})
}

func TestClaim(t *testing.T) {
	fresh := v1alpha1.Call{
		Operation: v1alpha1.OperationImageTagging, SpecHash: thisRun, InputHash: "input", State: v1alpha1.CallClaimed, Claim: &newClaim,
		Endpoint: "https://image", LastAttemptTime: in(0),
	}
	repeated := fresh
	repeated.Attempts, repeated.Billed, repeated.UnknownOutcomes = 3, 1, 1
	repeated.LastError = &v1alpha1.CallError{Class: "Transient", Code: "AIS.0003", Message: "try again"}

	otherRuns := used(v1alpha1.CallSucceeded)
	ofOtherRun(otherRuns)
	tests := []struct {
		name  string
		entry *v1alpha1.Call
		want  v1alpha1.Call
	}{
		{"the first attempt begins at zero", nil, fresh},
		{"a further attempt keeps what the run has cost and its last error", used(v1alpha1.CallFailed), repeated},
		{"a new run begins at zero", otherRuns, fresh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.entry.DeepCopy()
			if diff := cmp.Diff(tt.want, ledger.Claim(tt.entry, run, newClaim)); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.entry); diff != "" {
				t.Errorf("the old entry was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestRecordSuccess(t *testing.T) {
	claimed := ledger.Claim(used(v1alpha1.CallUnknown), run, newClaim)
	want := v1alpha1.Call{
		Operation: v1alpha1.OperationImageTagging, SpecHash: thisRun, InputHash: "input", State: v1alpha1.CallSucceeded,
		Attempts: 4, Billed: 2, UnknownOutcomes: 1, FinishedTime: finished, Endpoint: "https://image", LastAttemptTime: in(0),
	}
	if diff := cmp.Diff(want, ledger.RecordSuccess(claimed, now)); diff != "" {
		t.Errorf("an answer counts as an attempt and is billed (-want +got):\n%s", diff)
	}
	if claimed.State != v1alpha1.CallClaimed || claimed.Claim == nil {
		t.Error("the claimed entry was changed")
	}
}

func TestAdopt(t *testing.T) {
	fresh := v1alpha1.Call{
		Operation: v1alpha1.OperationImageTagging, SpecHash: thisRun, InputHash: "input", State: v1alpha1.CallSucceeded, FinishedTime: finished,
		Endpoint: "https://image",
	}
	reused := fresh
	reused.ReusedFrom = "koala"
	paid := fresh
	paid.Attempts, paid.Billed, paid.UnknownOutcomes, paid.LastAttemptTime = 3, 1, 1, in(-time.Minute)
	own := paid
	own.Endpoint = "https://old"
	reuse, found := run, run
	reuse.ReusedFrom, found.Endpoint = "koala", ""
	otherRuns := used(v1alpha1.CallFailed)
	ofOtherRun(otherRuns)
	tests := []struct {
		name  string
		entry *v1alpha1.Call
		run   ledger.Run
		want  v1alpha1.Call
	}{
		{"a result that was found costs nothing", nil, run, fresh},
		{"a result of another object costs nothing, and its origin is told", nil, reuse, reused},
		{"the cost of a lost answer stays", used(v1alpha1.CallUnknown), run, paid},
		{"a result of a lost answer was called where the claim says", used(v1alpha1.CallUnknown), found, own},
		{"a new run owes nothing to another one", otherRuns, run, fresh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ledger.Adopt(tt.entry, tt.run, now)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
			if d := ledger.Decide(&got, thisRun, failFast, now); d.Next != ledger.Done {
				t.Errorf("decision %+v, want Done", d)
			}
		})
	}
}

func TestSettleExpired(t *testing.T) {
	claimed := ledger.Claim(nil, run, newClaim)
	want := v1alpha1.Call{
		Operation: v1alpha1.OperationImageTagging, SpecHash: thisRun, InputHash: "input", State: v1alpha1.CallUnknown,
		Attempts: 1, Billed: 1, UnknownOutcomes: 1, Endpoint: "https://image", LastAttemptTime: in(0),
		LastError: &v1alpha1.CallError{Class: "Unknown", Message: "the deadline passed without a record"},
	}
	settled := ledger.SettleExpired(claimed)
	if diff := cmp.Diff(want, settled); diff != "" {
		t.Errorf("a claim that ran out counts as billed (-want +got):\n%s", diff)
	}
	if claimed.State != v1alpha1.CallClaimed || claimed.Claim == nil {
		t.Error("the claimed entry was changed")
	}

	again := ledger.SettleExpired(ledger.Claim(&settled, run, newClaim))
	if d := ledger.Decide(&again, thisRun, retryOnce, now); d.Next != ledger.Stop {
		t.Errorf("after two lost answers: %+v, want Stop", d)
	}
	if again.Billed != 2 || again.UnknownOutcomes != 2 {
		t.Errorf("after two lost answers: billed %d, unknownOutcomes %d, want 2 and 2", again.Billed, again.UnknownOutcomes)
	}
}

// The spec turns from one run to another and back while a call is in flight: the call is waited for and paid once, whatever becomes of its result.
func TestTheSpecTurnsWhileACallIsInFlight(t *testing.T) {
	claimed := ledger.Claim(nil, run, newClaim)
	answered, lost := ledger.RecordSuccess(claimed, now), ledger.SettleExpired(claimed)
	tests := []struct {
		name     string
		entry    v1alpha1.Call
		specHash string
		want     ledger.Next
	}{
		{"the run that the spec turned to waits for the call", claimed, otherRun, ledger.Wait},
		{"the run that it turned back to waits for the same call", claimed, thisRun, ledger.Wait},
		{"the run that the spec turned to is called after the answer", answered, otherRun, ledger.Attempt},
		{"the run that it turned back to has its answer", answered, thisRun, ledger.Done},
		{"the run that the spec turned to is called after a lost answer", lost, otherRun, ledger.Attempt},
		{"the run that it turned back to has lost an answer", lost, thisRun, ledger.Stop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ledger.Decide(&tt.entry, tt.specHash, failFast, now).Next; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestARunThatTheSpecLeavesBehindKeepsItsCost(t *testing.T) {
	claimed := ledger.Claim(nil, run, newClaim)
	cost := func(c v1alpha1.Call) [3]int32 { return [3]int32{c.Attempts, c.Billed, c.UnknownOutcomes} }
	answered, lost := ledger.RecordSuccess(claimed, now), ledger.SettleExpired(claimed)
	for name, c := range map[string]v1alpha1.Call{"answered": answered, "lost": lost} {
		if c.Billed != 1 || c.SpecHash != thisRun || c.InputHash != run.InputHash {
			t.Errorf("%s: the entry keeps neither cost nor hashes of its run: %+v", name, c)
		}
		next := ledger.Claim(&c, ledger.Run{Operation: run.Operation, SpecHash: otherRun}, newClaim)
		if cost(next) != [3]int32{} || next.LastError != nil {
			t.Errorf("%s: the next run owes something to it: %+v", name, next)
		}
	}
	again := ledger.Claim(&answered, run, newClaim) // The result was dropped, and the spec has turned back.
	if cost(again) != cost(answered) || again.FinishedTime != nil {
		t.Errorf("a call for a result that was dropped forgets what the run has cost: %+v", again)
	}
}
