package ledger

import (
	"cmp"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// Candidate is another object of the namespace with an entry for the same operation.
type Candidate struct {
	// Name of the object.
	Name string
	// Call is its entry.
	Call *v1alpha1.Call
	// HasResult tells whether the result of the entry is still there.
	HasResult bool
}

// ReuseNext is what a run does about the results of others.
type ReuseNext int

// What a run does about the results of others.
const (
	// CallItself: nobody has the result.
	CallItself ReuseNext = iota
	// TakeOver: the candidate at ReuseDecision.Index has it.
	TakeOver
	// WaitFor: the candidate at ReuseDecision.Index is being called for it. At ReuseDecision.Until, and not before, it is certain that its call has ended.
	WaitFor
)

// ReuseDecision is what a run does about the results of others.
type ReuseDecision struct {
	Next ReuseNext
	// Index of the candidate of TakeOver and WaitFor.
	Index int
	// Until is the time until which to wait.
	Until time.Time
}

// Reuse says whether a run takes over the result of another object, which has the same input at the same endpoint. Of several the oldest result is
// taken, so that every process takes the same. It is for runs whose policy is not Never; one whose input or endpoint is not known calls itself.
func Reuse(candidates []Candidate, run Run, now time.Time) ReuseDecision {
	if run.InputHash == "" || run.Endpoint == "" {
		return ReuseDecision{}
	}
	i := first(candidates, compareAge, func(c Candidate) bool {
		return isTwin(c.Call, run) && c.Call.State == v1alpha1.CallSucceeded && c.HasResult
	})
	if i >= 0 {
		return ReuseDecision{Next: TakeOver, Index: i}
	}
	// The first of several calls to end decides whether the others are still waited for.
	i = first(candidates, compareEnd, func(c Candidate) bool {
		return isTwin(c.Call, run) && c.Call.State == v1alpha1.CallClaimed && now.Before(freeAt(c.Call))
	})
	if i >= 0 {
		return ReuseDecision{Next: WaitFor, Index: i, Until: freeAt(candidates[i].Call)}
	}
	return ReuseDecision{}
}

// first returns the index of the first, in the order of compare, of the candidates that fit; -1 when none does.
func first(candidates []Candidate, compare func(a, b Candidate) int, fits func(Candidate) bool) int {
	found := -1
	for i, c := range candidates {
		if fits(c) && (found < 0 || compare(c, candidates[found]) < 0) {
			found = i
		}
	}
	return found
}

// isTwin tells whether the entry is for the run's input at the run's endpoint.
func isTwin(c *v1alpha1.Call, run Run) bool {
	return c.Operation == run.Operation && c.InputHash == run.InputHash && c.Endpoint == run.Endpoint
}

// compareAge orders candidates that have a result, the oldest first; those that do not tell their age are the youngest.
func compareAge(a, b Candidate) int {
	at, bt := a.Call.FinishedTime, b.Call.FinishedTime
	switch {
	case at != nil && bt != nil:
		return cmp.Or(at.Compare(bt.Time), cmp.Compare(a.Name, b.Name))
	case at != nil:
		return -1
	case bt != nil:
		return 1
	default:
		return cmp.Compare(a.Name, b.Name)
	}
}

// compareEnd orders candidates that are being called for, the first to end first.
func compareEnd(a, b Candidate) int { return freeAt(a.Call).Compare(freeAt(b.Call)) }

// BilledOn is what a ledger counts against the budget of one UTC day, which is that of the time: the billed calls of runs whose last attempt began that
// day, and one for each claim that is under way, but for those of the holder that asks: it knows of its own calls, from before the claim to the answer,
// and would count them twice. It rounds up, never down: a run that went over midnight counts whole on its second day, and a call that does so is under
// way on both.
func BilledOn(calls []v1alpha1.Call, day time.Time, holder string) int {
	n := 0
	for i := range calls {
		c := &calls[i]
		began, ended := attemptOf(c)
		if isSameDay(began, day) {
			n += int(c.Billed)
		}
		if c.Claim != nil && c.Claim.Holder != holder && !startOfDay(day).Before(startOfDay(began)) && !startOfDay(day).After(startOfDay(ended)) {
			n++
		}
	}
	return n
}

// attemptOf returns when the last attempt began, and when it ended at the latest. Entries of older versions do not tell when it began: the claim does, and
// the end of the run is near.
func attemptOf(c *v1alpha1.Call) (began, ended time.Time) {
	switch {
	case c.Claim != nil:
		return c.Claim.StartTime.Time, freeAt(c)
	case c.LastAttemptTime != nil:
		return c.LastAttemptTime.Time, c.LastAttemptTime.Time
	case c.FinishedTime != nil:
		return c.FinishedTime.Time, c.FinishedTime.Time
	}
	return time.Time{}, time.Time{}
}

func isSameDay(a, b time.Time) bool { return startOfDay(a).Equal(startOfDay(b)) }

func startOfDay(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
