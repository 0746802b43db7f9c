package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// other makes another object whose entry is for the same input at the same endpoint.
func other(name string, state v1alpha1.CallState, change ...func(*v1alpha1.Call)) ledger.Candidate {
	c := entry(state, change...)
	c.SpecHash, c.InputHash, c.Endpoint = otherRun, run.InputHash, run.Endpoint
	for _, f := range change {
		f(c)
	}
	return ledger.Candidate{Name: name, Call: c, HasResult: state == v1alpha1.CallSucceeded}
}

func finishedAt(d time.Duration) func(*v1alpha1.Call) {
	return func(c *v1alpha1.Call) { c.FinishedTime = &metav1.Time{Time: now.Add(d)} }
}

func TestReuse(t *testing.T) {
	const done, claimed = v1alpha1.CallSucceeded, v1alpha1.CallClaimed
	trimmed := other("a", done)
	trimmed.HasResult = false
	callItself := ledger.ReuseDecision{}
	takeOver := func(i int) ledger.ReuseDecision { return ledger.ReuseDecision{Next: ledger.TakeOver, Index: i} }
	waitFor := func(i int, d time.Duration) ledger.ReuseDecision {
		return ledger.ReuseDecision{Next: ledger.WaitFor, Index: i, Until: now.Add(d)}
	}
	of := func(c ...ledger.Candidate) []ledger.Candidate { return c }
	tests := []struct {
		name       string
		candidates []ledger.Candidate
		want       ledger.ReuseDecision
	}{
		{"nobody else has the picture", nil, callItself},
		{"a result is taken over", of(other("a", done)), takeOver(0)},
		{"a result that is not there any more is not", of(trimmed), callItself},
		{"a result of another picture is not", of(other("a", done, func(c *v1alpha1.Call) { c.InputHash = "x" })), callItself},
		{"a result of a picture that is not known is not", of(other("a", done, func(c *v1alpha1.Call) { c.InputHash = "" })), callItself},
		{"a result of another service is not", of(other("a", done, func(c *v1alpha1.Call) { c.Endpoint = "https://x" })), callItself},
		{"a result of an older version, which says no endpoint, is not", of(other("a", done, func(c *v1alpha1.Call) { c.Endpoint = "" })), callItself},
		{"a result of another operation is not", of(other("a", done, func(c *v1alpha1.Call) { c.Operation = v1alpha1.OperationDefog })), callItself},
		{"a failure is nobody's result", of(other("a", v1alpha1.CallFailed, nextAttempt(time.Hour))), callItself},
		{"a lost answer is nobody's result", of(other("a", v1alpha1.CallUnknown, lost(1))), callItself},

		{"the oldest result is taken", of(other("a", done, finishedAt(-time.Hour)), other("b", done, finishedAt(-2*time.Hour))), takeOver(1)},
		{"of equally old ones the first by name", of(other("b", done, finishedAt(0)), other("a", done, finishedAt(0))), takeOver(1)},
		{"a result without an age is the youngest", of(other("a", done), other("b", done, finishedAt(0))), takeOver(1)},

		{"a call under way is waited for", of(other("a", claimed, claimedUntil(time.Minute))), waitFor(0, 65*time.Second)},
		{"a call that has run out is not", of(other("a", claimed, claimedUntil(-5*time.Second))), callItself},
		{"a call whose claim was removed from status is not", of(other("a", claimed)), callItself},
		{"a call for another picture is not", of(other("a", claimed, claimedUntil(time.Minute), func(c *v1alpha1.Call) { c.InputHash = "x" })), callItself},
		{
			"of several calls the first to end is waited for",
			of(other("a", claimed, claimedUntil(time.Hour)), other("b", claimed, claimedUntil(time.Minute))), waitFor(1, 65*time.Second),
		},
		{"a result is taken over whoever is calling", of(other("a", claimed, claimedUntil(time.Minute)), other("b", done)), takeOver(1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ledger.Reuse(tt.candidates, run, now)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			slices.Reverse(tt.candidates)
			want := tt.want
			if want.Next != ledger.CallItself {
				want.Index = len(tt.candidates) - 1 - want.Index
			}
			if diff := cmp.Diff(want, ledger.Reuse(tt.candidates, run, now)); diff != "" {
				t.Errorf("the order of the candidates matters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARunThatIsNotKnownReusesNothing(t *testing.T) {
	unknown := func(change func(*ledger.Run)) ledger.Run {
		r := run
		change(&r)
		return r
	}
	for name, r := range map[string]ledger.Run{
		"a picture without an identity": unknown(func(r *ledger.Run) { r.InputHash = "" }),
		"a service without an address":  unknown(func(r *ledger.Run) { r.Endpoint = "" }),
	} {
		t.Run(name, func(t *testing.T) {
			twin := other("a", v1alpha1.CallSucceeded)
			twin.Call.InputHash, twin.Call.Endpoint = r.InputHash, r.Endpoint
			if d := ledger.Reuse([]ledger.Candidate{twin}, r, now); d != (ledger.ReuseDecision{}) {
				t.Errorf("%+v, want it to call itself", d)
			}
		})
	}
}

func TestBilledOn(t *testing.T) {
	midnight := now.Truncate(24 * time.Hour)
	billed := func(n int32, at time.Time) v1alpha1.Call {
		began := metav1.NewMicroTime(at)
		return v1alpha1.Call{State: v1alpha1.CallSucceeded, Billed: n, LastAttemptTime: &began}
	}
	claimed := func(n int32, at time.Time) v1alpha1.Call {
		c := billed(n, at)
		c.State = v1alpha1.CallClaimed
		c.Claim = &v1alpha1.Claim{Holder: "another", StartTime: *c.LastAttemptTime, Deadline: metav1.NewMicroTime(at.Add(time.Minute))}
		return c
	}
	old := v1alpha1.Call{State: v1alpha1.CallSucceeded, Billed: 1, FinishedTime: finished}
	own := claimed(1, now)
	own.Claim.Holder = "this"
	oldClaim := claimed(1, now)
	oldClaim.LastAttemptTime = nil
	tests := []struct {
		name  string
		calls []v1alpha1.Call
		want  int
	}{
		{"an empty ledger has cost nothing", nil, 0},
		{"a call of the day counts", []v1alpha1.Call{billed(1, now)}, 1},
		{"the operations of an object add up", []v1alpha1.Call{billed(1, now), billed(2, now)}, 3},
		{"a run that was not billed costs nothing", []v1alpha1.Call{billed(0, now)}, 0},
		{"the day begins at midnight UTC", []v1alpha1.Call{billed(1, midnight.In(time.FixedZone("east", 8*3600)))}, 1},
		{"and ends at the next", []v1alpha1.Call{billed(1, midnight.Add(24*time.Hour))}, 0},
		{"yesterday's call does not count", []v1alpha1.Call{billed(1, midnight.Add(-time.Microsecond))}, 0},
		{"a call under way counts as one more", []v1alpha1.Call{claimed(1, now)}, 2},
		{"but not one of the holder that asks, which knows of it", []v1alpha1.Call{own}, 1},
		{"a call that goes over midnight counts on both days", []v1alpha1.Call{claimed(1, midnight.Add(-time.Second))}, 1},
		{"a claim that was never settled does not count for ever", []v1alpha1.Call{claimed(1, now.Add(-48*time.Hour))}, 0},
		{"an entry of an older version counts on the day when it ended", []v1alpha1.Call{old}, 1},
		{"a claim of an older version counts", []v1alpha1.Call{oldClaim}, 2},
		{"an entry that tells no time does not count", []v1alpha1.Call{{State: v1alpha1.CallFailed, Billed: 1}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ledger.BilledOn(tt.calls, now, "this"); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
