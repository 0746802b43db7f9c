package ledger_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// now is the time at which the tests decide and record.
var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

const (
	thisRun  = "this-run"
	otherRun = "other-run"
)

var (
	retryOnce = v1alpha1.RunPolicy{MaxAttempts: 8, UnknownOutcome: v1alpha1.UnknownOutcomeRetryOnce}
	failFast  = v1alpha1.RunPolicy{MaxAttempts: 8, UnknownOutcome: v1alpha1.UnknownOutcomeFail}
)

// in is a time d after now, as the ledger holds it.
func in(d time.Duration) *metav1.MicroTime {
	at := metav1.NewMicroTime(now.Add(d))
	return &at
}

// entry makes an entry of this run.
func entry(state v1alpha1.CallState, change ...func(*v1alpha1.Call)) *v1alpha1.Call {
	c := &v1alpha1.Call{Operation: v1alpha1.OperationImageTagging, SpecHash: thisRun, State: state}
	for _, f := range change {
		f(c)
	}
	return c
}

func ofOtherRun(c *v1alpha1.Call) { c.SpecHash = otherRun }

// claimedUntil is a claim whose deadline is d after now.
func claimedUntil(d time.Duration) func(*v1alpha1.Call) {
	return func(c *v1alpha1.Call) {
		c.Claim = &v1alpha1.Claim{ID: "a", Holder: "h", StartTime: *in(d - time.Minute), Deadline: *in(d)}
	}
}

func nextAttempt(d time.Duration) func(*v1alpha1.Call) {
	return func(c *v1alpha1.Call) { c.NextAttemptTime = in(d) }
}

func failedWith(class ais.Class, code, message, measure string) func(*v1alpha1.Call) {
	return func(c *v1alpha1.Call) {
		c.LastError = &v1alpha1.CallError{Class: string(class), Code: code, Message: message, Measure: measure}
	}
}

func lost(times int32) func(*v1alpha1.Call) {
	return func(c *v1alpha1.Call) { c.UnknownOutcomes = times }
}

type decision struct {
	name   string
	entry  *v1alpha1.Call
	policy v1alpha1.RunPolicy
	want   ledger.Decision
}

func checkDecisions(t *testing.T, tests []decision) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.entry.DeepCopy()
			got := ledger.Decide(tt.entry, thisRun, tt.policy, now)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.entry); diff != "" {
				t.Errorf("the entry was changed (-before +after):\n%s", diff)
			}
		})
	}
}

var attempt = ledger.Decision{Next: ledger.Attempt}

func TestDecideWithoutAnythingInFlight(t *testing.T) {
	checkDecisions(t, []decision{
		{"an operation that was never called is attempted", nil, retryOnce, attempt},
		{"a run that succeeded is done", entry(v1alpha1.CallSucceeded), retryOnce, ledger.Decision{Next: ledger.Done}},
		{"a run that succeeded is done whatever the policy", entry(v1alpha1.CallSucceeded), failFast, ledger.Decision{Next: ledger.Done}},
		{"another run's success is nothing to this one", entry(v1alpha1.CallSucceeded, ofOtherRun), retryOnce, attempt},
		{"another run's failure is nothing to this one", entry(v1alpha1.CallFailed, ofOtherRun), retryOnce, attempt},
		{"another run's pause is nothing to this one", entry(v1alpha1.CallFailed, ofOtherRun, nextAttempt(time.Hour)), retryOnce, attempt},
		{"another run's lost answer is nothing to this one", entry(v1alpha1.CallUnknown, ofOtherRun, lost(2)), failFast, attempt},
	})
}

func TestDecideClaimed(t *testing.T) {
	wait := func(d time.Duration) ledger.Decision {
		return ledger.Decision{
			Next: ledger.Wait, At: now.Add(d), Reason: v1alpha1.ReasonProgressing, Message: "ImageTagging is being called",
		}
	}
	settle := ledger.Decision{Next: ledger.Settle}
	const tick = time.Microsecond // the precision of status
	checkDecisions(t, []decision{
		{"an attempt under way is waited for", entry(v1alpha1.CallClaimed, claimedUntil(time.Minute)), retryOnce, wait(65 * time.Second)},
		{"at the deadline another clock may still be before it", entry(v1alpha1.CallClaimed, claimedUntil(0)), retryOnce, wait(5 * time.Second)},
		{"just before the skew has passed it is waited for", entry(v1alpha1.CallClaimed, claimedUntil(-5*time.Second+tick)), retryOnce, wait(tick)},
		{"once the skew has passed it is settled", entry(v1alpha1.CallClaimed, claimedUntil(-5*time.Second)), retryOnce, settle},
		{"long after it is settled", entry(v1alpha1.CallClaimed, claimedUntil(-time.Hour)), failFast, settle},
		{"the policy shortens no wait", entry(v1alpha1.CallClaimed, claimedUntil(time.Minute)), failFast, wait(65 * time.Second)},
		{
			"an attempt of a run that the spec left behind is paid too and waited for",
			entry(v1alpha1.CallClaimed, claimedUntil(time.Minute), ofOtherRun), retryOnce, wait(65 * time.Second),
		},
		{"an attempt of another run is settled too", entry(v1alpha1.CallClaimed, claimedUntil(-time.Minute), ofOtherRun), retryOnce, settle},
		{"a claim that somebody removed from status is settled at once", entry(v1alpha1.CallClaimed), retryOnce, settle},
	})
}

func TestDecideUnknown(t *testing.T) {
	stopOnce := ledger.Decision{
		Next: ledger.Stop, Reason: v1alpha1.ReasonUnknownOutcome,
		Message: "the answer to ImageTagging was lost and the call may have been billed; set spec.runPolicy.unknownOutcome to RetryOnce to call again",
	}
	stopTwice := ledger.Decision{
		Next: ledger.Stop, Reason: v1alpha1.ReasonUnknownOutcome,
		Message: "the answer to ImageTagging was lost twice and both calls may have been billed; " +
			"check the service and the time-out of the connection, then change the spec",
	}
	wait := ledger.Decision{
		Next: ledger.Wait, At: now.Add(time.Second), Reason: v1alpha1.ReasonUnknownOutcome,
		Message: "the answer to ImageTagging was lost; it is called once more",
	}
	checkDecisions(t, []decision{
		{"RetryOnce calls once more, after a pause", entry(v1alpha1.CallUnknown, lost(1), nextAttempt(time.Second)), retryOnce, wait},
		{"RetryOnce calls once more when the pause is over", entry(v1alpha1.CallUnknown, lost(1), nextAttempt(0)), retryOnce, attempt},
		{"RetryOnce calls once more a claim that was settled", entry(v1alpha1.CallUnknown, lost(1)), retryOnce, attempt},
		{"RetryOnce does not call a third time", entry(v1alpha1.CallUnknown, lost(2)), retryOnce, stopTwice},
		{"RetryOnce does not call a third time after a pause either", entry(v1alpha1.CallUnknown, lost(2), nextAttempt(-time.Second)), retryOnce, stopTwice},
		{"without a policy the default holds, which is RetryOnce", entry(v1alpha1.CallUnknown, lost(1)), v1alpha1.RunPolicy{}, attempt},
		{"Fail stops at the first lost answer", entry(v1alpha1.CallUnknown, lost(1)), failFast, stopOnce},
		{"Fail stops also one that was to be called again", entry(v1alpha1.CallUnknown, lost(1), nextAttempt(-time.Second)), failFast, stopOnce},
		{
			"maxAttempts has no say in lost answers",
			entry(v1alpha1.CallUnknown, lost(1), func(c *v1alpha1.Call) { c.Attempts = 100 }), retryOnce, attempt,
		},
	})
}

func TestDecideFailed(t *testing.T) {
	throttled := failedWith(ais.ClassThrottled, "APIG.0308", "too many requests", "")
	wait := ledger.Decision{
		Next: ledger.Wait, At: now.Add(time.Minute), Reason: v1alpha1.ReasonThrottled, Message: "ImageTagging failed with APIG.0308: too many requests",
	}
	due := wait
	due.Next, due.At = ledger.Attempt, time.Time{}
	stop := func(reason, message string) ledger.Decision {
		return ledger.Decision{Next: ledger.Stop, Reason: reason, Message: message}
	}
	tests := []decision{
		{"before the next attempt is due it is waited for", entry(v1alpha1.CallFailed, throttled, nextAttempt(time.Minute)), retryOnce, wait},
		{"when the next attempt is due it is made, and the last one is not forgotten", entry(v1alpha1.CallFailed, throttled, nextAttempt(0)), retryOnce, due},
		{"the policy for lost answers has no say in failures", entry(v1alpha1.CallFailed, throttled, nextAttempt(-time.Hour)), failFast, due},
		{
			"without a next attempt the run has ended, and the message says what to do",
			entry(v1alpha1.CallFailed, failedWith(ais.ClassRejected, "AIS.0011", "Bad image.", "Send a JPEG.")), retryOnce,
			stop(v1alpha1.ReasonRejected, "ImageTagging failed with AIS.0011: Bad image. What to do: Send a JPEG."),
		},
		{
			"an error without a code tells its message",
			entry(v1alpha1.CallFailed, failedWith(ais.ClassTransient, "", "connection refused", "")), retryOnce,
			stop(v1alpha1.ReasonTransientError, "ImageTagging failed: connection refused"),
		},
		{
			"an error without a message tells its code",
			entry(v1alpha1.CallFailed, failedWith(ais.ClassAccount, "AIS.0032", "", "Pay.")), retryOnce,
			stop(v1alpha1.ReasonAccountProblem, "ImageTagging failed with AIS.0032. What to do: Pay."),
		},
		{"an entry without an error tells what is known", entry(v1alpha1.CallFailed), retryOnce, stop(v1alpha1.ReasonTransientError, "ImageTagging failed")},
		{
			"a class of another version of the operator is a transient error",
			entry(v1alpha1.CallFailed, failedWith("Lunar", "", "no moon", "")), retryOnce,
			stop(v1alpha1.ReasonTransientError, "ImageTagging failed: no moon"),
		},
		{"a state of another version of the operator is a failure", entry("Paused", throttled, nextAttempt(time.Minute)), retryOnce, wait},
	}
	checkDecisions(t, tests)
}

func TestWhatAGateHoldsBackIsDueAtOnce(t *testing.T) {
	for _, class := range []ais.Class{ais.ClassCredentials, ais.ClassAccount, ais.ClassService} {
		f := ledger.Failure{Class: class, Error: v1alpha1.CallError{Class: string(class)}}
		failed := ledger.RecordError(ledger.Claim(nil, run, newClaim), f, retryOnce, now, most)
		if failed.State != v1alpha1.CallFailed {
			t.Errorf("%s: state %s, want Failed", class, failed.State)
		}
		if d := ledger.Decide(&failed, thisRun, retryOnce, now); d.Next != ledger.Attempt || d.Reason == "" {
			t.Errorf("%s: %+v, want an attempt that tells why it follows", class, d)
		}
	}
}

func TestEveryClassHasAReason(t *testing.T) {
	want := map[ais.Class]string{
		ais.ClassRejected: "Rejected", ais.ClassFailed: "Rejected", ais.ClassSource: "SourceUnavailable",
		ais.ClassCredentials: "InvalidCredentials", ais.ClassAccount: "AccountProblem", ais.ClassThrottled: "Throttled",
		ais.ClassTransient: "TransientError", ais.ClassUnknown: "UnknownOutcome", ais.ClassService: "ServiceUnavailable",
	}
	got := map[ais.Class]string{}
	for _, class := range ais.Classes() {
		got[class] = ledger.Decide(entry(v1alpha1.CallFailed, failedWith(class, "", "", "")), thisRun, retryOnce, now).Reason
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestThePageOfErrorsTellsTheReasonOfEveryClass(t *testing.T) {
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range ais.Classes() {
		reason := ledger.Decide(entry(v1alpha1.CallFailed, failedWith(class, "", "", "")), thisRun, retryOnce, now).Reason
		if line := fmt.Sprintf("\n| %s | `%s` | ", class, reason); !strings.Contains(string(page), line) {
			t.Errorf("docs/errors.md has no line %q", line)
		}
	}
}
