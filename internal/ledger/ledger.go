// Package ledger decides what a run may do next, from its entry in status.calls and the time alone.
//
// An entry moves through four states:
//
//	            Claim                 RecordSuccess
//	(none) ─────────────▶ Claimed ──────────────────▶ Succeeded
//	              ▲          │ │
//	              │ due      │ └─ RecordError ──▶ Failed ──▶ (no nextAttemptTime: ended)
//	              ├──────────┼──────────────────────┘
//	              │          └─ deadline passed, or the answer was lost ──▶ Unknown
//	              └─ runPolicy.unknownOutcome: RetryOnce ─────────────────────┘
//
// Everything here is a pure function, so that the tables of its tests read like the specification. What makes it safe is done by the caller: a claim is
// written with the resourceVersion that was read before the call is made, and a record is written only over the claim that it belongs to.
package ledger

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
)

// Skew is how long after a claim's deadline another process still waits, for clocks differ between machines.
const Skew = 5 * time.Second

// Next is what may be done next.
type Next int

// What may be done next.
const (
	// Attempt: claim, then call.
	Attempt Next = iota
	// Done: the run has its result.
	Done
	// Wait: nothing before Decision.At.
	Wait
	// Settle: the claim has run out; write it down with [SettleExpired], then decide again.
	Settle
	// Stop: the run has ended without a result.
	Stop
)

// Decision is what may be done next, and why.
type Decision struct {
	Next Next
	// At is the time until which to wait.
	At time.Time
	// Reason is the condition reason of Wait and Stop, and of an Attempt that follows a failure.
	Reason string
	// Message is the condition message beside Reason; it holds no time and no request ID.
	Message string
}

// Decide says what may be done next for the run specHash, given the operation's entry (nil when there is none).
func Decide(entry *v1alpha1.Call, specHash string, policy v1alpha1.RunPolicy, now time.Time) Decision {
	if entry == nil {
		return Decision{Next: Attempt}
	}
	if entry.State == v1alpha1.CallClaimed {
		return decideClaimed(entry, now)
	}
	if entry.SpecHash != specHash {
		return Decision{Next: Attempt}
	}
	switch entry.State {
	case v1alpha1.CallSucceeded:
		return Decision{Next: Done}
	case v1alpha1.CallUnknown:
		return decideUnknown(entry, policy, now)
	default:
		return decideFailed(entry, now)
	}
}

// decideClaimed holds for a claim of any run: an attempt of a run that the spec has left behind is paid too, and its record is waited for.
func decideClaimed(entry *v1alpha1.Call, now time.Time) Decision {
	if free := freeAt(entry); now.Before(free) {
		return Decision{
			Next: Wait, At: free, Reason: v1alpha1.ReasonProgressing,
			Message: string(entry.Operation) + " is being called",
		}
	}
	return Decision{Next: Settle}
}

// freeAt is when an entry's claim has run out by every clock. A claim that somebody removed from status has.
func freeAt(entry *v1alpha1.Call) time.Time {
	if entry.Claim == nil {
		return time.Time{}
	}
	return entry.Claim.Deadline.Add(Skew)
}

func decideUnknown(entry *v1alpha1.Call, policy v1alpha1.RunPolicy, now time.Time) Decision {
	switch {
	case policy.UnknownOutcome == v1alpha1.UnknownOutcomeFail:
		return Decision{
			Next: Stop, Reason: v1alpha1.ReasonUnknownOutcome,
			Message: "the answer to " + string(entry.Operation) + " was lost and the call may have been billed; " +
				"set spec.runPolicy.unknownOutcome to RetryOnce to call again",
		}
	case entry.UnknownOutcomes > 1:
		return Decision{
			Next: Stop, Reason: v1alpha1.ReasonUnknownOutcome,
			Message: "the answer to " + string(entry.Operation) + " was lost twice and both calls may have been billed; " +
				"check the service and the time-out of the connection, then change the spec",
		}
	case entry.NextAttemptTime != nil && now.Before(entry.NextAttemptTime.Time):
		return Decision{
			Next: Wait, At: entry.NextAttemptTime.Time, Reason: v1alpha1.ReasonUnknownOutcome,
			Message: "the answer to " + string(entry.Operation) + " was lost; it is called once more",
		}
	default:
		return Decision{Next: Attempt}
	}
}

func decideFailed(entry *v1alpha1.Call, now time.Time) Decision {
	reason, message := explain(entry)
	switch {
	case entry.NextAttemptTime == nil:
		return Decision{Next: Stop, Reason: reason, Message: message}
	case now.Before(entry.NextAttemptTime.Time):
		return Decision{Next: Wait, At: entry.NextAttemptTime.Time, Reason: reason, Message: message}
	default:
		return Decision{Next: Attempt, Reason: reason, Message: message}
	}
}

// Run identifies one run and its input.
type Run struct {
	Operation v1alpha1.Operation
	SpecHash  string
	// InputHash is empty when the identity of the picture is not known.
	InputHash string
	// Endpoint is the base URL of the service that is called. It may be empty for a result that was found without a call.
	Endpoint string
	// ReusedFrom names the object whose result is taken over, if any is.
	ReusedFrom string
}

// Claim returns the entry that announces an attempt. What the run has cost so far is kept; a new run starts at zero.
func Claim(entry *v1alpha1.Call, run Run, claim v1alpha1.Claim) v1alpha1.Call {
	next := v1alpha1.Call{Operation: run.Operation, SpecHash: run.SpecHash}
	if entry != nil && entry.SpecHash == run.SpecHash {
		next = *entry.DeepCopy()
	}
	next.State, next.InputHash, next.Claim = v1alpha1.CallClaimed, run.InputHash, &claim
	next.Endpoint, next.ReusedFrom, next.LastAttemptTime = run.Endpoint, "", claim.StartTime.DeepCopy()
	next.NextAttemptTime, next.FinishedTime = nil, nil
	return next
}

// RecordSuccess returns the entry after an answer that holds the result.
func RecordSuccess(claimed v1alpha1.Call, now time.Time) v1alpha1.Call {
	next := *claimed.DeepCopy()
	next.State, next.Claim, next.LastError = v1alpha1.CallSucceeded, nil, nil
	next.Attempts++
	next.Billed++
	next.FinishedTime = &metav1.Time{Time: now}
	return next
}

// Adopt returns the entry of a run whose result was found without a call: that of another object, or its own whose answer was lost. What the run has
// cost is kept, and so is the endpoint where it was called unless the run names another.
func Adopt(entry *v1alpha1.Call, run Run, now time.Time) v1alpha1.Call {
	next := v1alpha1.Call{Operation: run.Operation, SpecHash: run.SpecHash}
	if entry != nil && entry.SpecHash == run.SpecHash {
		next = *entry.DeepCopy()
	}
	next.State, next.InputHash, next.Claim, next.LastError = v1alpha1.CallSucceeded, run.InputHash, nil, nil
	next.Endpoint, next.ReusedFrom = cmp.Or(run.Endpoint, next.Endpoint), run.ReusedFrom
	next.NextAttemptTime, next.FinishedTime = nil, &metav1.Time{Time: now}
	return next
}

// SettleExpired returns the entry of a claim that ran out: its call may have been made and billed.
func SettleExpired(claimed v1alpha1.Call) v1alpha1.Call {
	next := *claimed.DeepCopy()
	next.State, next.Claim = v1alpha1.CallUnknown, nil
	next.Attempts++
	next.Billed++
	next.UnknownOutcomes++
	next.LastError = &v1alpha1.CallError{Class: string(ais.ClassUnknown), Message: "the deadline passed without a record"}
	return next
}
