package ledger

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
)

// Delays before the next attempt, by class. They are computed from the entry, so that a restart neither shortens nor loses them.
const (
	transientBase, transientMax = 2 * time.Second, 5 * time.Minute
	failedDelay                 = 30 * time.Second
	failedAttempts              = 2
	sourceBase, sourceMax       = time.Minute, 15 * time.Minute
	sourceAttempts              = 4
	throttledDelay              = 5 * time.Second
	unknownDelay                = 10 * time.Second

	// maxRetryAfter bounds what a foreign server may ask for, and maxSpread what is added to a delay.
	maxRetryAfter = 24 * time.Hour
	maxSpread     = 5 * time.Minute
)

// Jitter spreads a delay, by half of it and five minutes at most, so that objects that failed together do not return together. It returns a number in [0, 1).
type Jitter func() float64

// Failure is an attempt's definite or unknown failure, as internal/ais classified it.
type Failure struct {
	Error v1alpha1.CallError
	Class ais.Class
	// Billed tells that the call was, or may have been, billed. The class says nothing about it: also an error may be answered 2xx.
	Billed bool
	// RetryAfter is the pause that the service asked for; zero when it asked for none. Of more than a day a day is taken.
	RetryAfter time.Duration
}

// RecordError returns the entry after an attempt that brought no result.
func RecordError(claimed v1alpha1.Call, f Failure, policy v1alpha1.RunPolicy, now time.Time, jitter Jitter) v1alpha1.Call {
	next := *claimed.DeepCopy()
	next.Claim, next.LastError = nil, &f.Error
	next.State = v1alpha1.CallFailed
	if counts(f.Class) {
		next.Attempts++
	}
	if f.Billed {
		next.Billed++
	}
	if f.Class == ais.ClassUnknown {
		next.State = v1alpha1.CallUnknown
		next.UnknownOutcomes++
	}
	delay, again := delayOf(next, f, policy)
	if !again {
		next.FinishedTime = &metav1.Time{Time: now}
		return next
	}
	spread := min(delay/2, maxSpread)
	at := metav1.NewMicroTime(now.Add(delay + time.Duration(jitter()*float64(spread))))
	next.NextAttemptTime = &at
	return next
}

// counts says whether an attempt of this class counts. One that the service throttled, or refused for a reason that lies with the connection, says
// nothing about the object, and the object must not run out of attempts by waiting.
func counts(class ais.Class) bool { return class != ais.ClassThrottled && !gated(class) }

// gated says whether a gate holds back the objects of a connection, or of one operation, after an error of this class. It knows when they may go on,
// so the entry itself asks for no pause.
func gated(class ais.Class) bool {
	switch class {
	case ais.ClassCredentials, ais.ClassAccount, ais.ClassService:
		return true
	default:
		return false
	}
}

// delayOf returns the delay before the next attempt, and whether there is one. A pause that the service asked for lengthens any delay.
func delayOf(entry v1alpha1.Call, f Failure, policy v1alpha1.RunPolicy) (time.Duration, bool) {
	if gated(f.Class) {
		return 0, true
	}
	own, again := ownDelayOf(entry, f.Class, policy)
	return max(own, min(f.RetryAfter, maxRetryAfter)), again
}

func ownDelayOf(entry v1alpha1.Call, class ais.Class, policy v1alpha1.RunPolicy) (time.Duration, bool) {
	attempts := int(entry.Attempts)
	switch class {
	case ais.ClassFailed:
		return failedDelay, attempts < failedAttempts
	case ais.ClassSource:
		return exponential(sourceBase, sourceMax, attempts), attempts < sourceAttempts
	case ais.ClassThrottled:
		return throttledDelay, true
	case ais.ClassTransient:
		return exponential(transientBase, transientMax, attempts), attempts < int(maxAttempts(policy))
	case ais.ClassUnknown:
		return unknownDelay, entry.UnknownOutcomes < 2 && policy.UnknownOutcome != v1alpha1.UnknownOutcomeFail
	default:
		return 0, false
	}
}

func maxAttempts(policy v1alpha1.RunPolicy) int32 {
	if policy.MaxAttempts > 0 {
		return policy.MaxAttempts
	}
	return 8
}

// exponential doubles base with every attempt after the first, up to limit.
func exponential(base, limit time.Duration, attempts int) time.Duration {
	delay := base
	for i := 1; i < attempts && delay < limit; i++ {
		delay *= 2
	}
	return min(delay, limit)
}

// explain tells the reason and the message of an entry that failed.
func explain(entry *v1alpha1.Call) (reason, message string) {
	e := entry.LastError
	if e == nil {
		return v1alpha1.ReasonTransientError, string(entry.Operation) + " failed"
	}
	message = string(entry.Operation) + " failed"
	if e.Code != "" {
		message += " with " + e.Code
	}
	if e.Message != "" {
		message += ": " + e.Message
	}
	if e.Measure != "" {
		message = strings.TrimSuffix(message, ".") + ". What to do: " + e.Measure
	}
	reason, known := reasons[ais.Class(e.Class)]
	if !known { // Written by another version.
		reason = v1alpha1.ReasonTransientError
	}
	return reason, message
}

// reasons maps each class to the reason that says who acts.
var reasons = map[ais.Class]string{
	ais.ClassRejected:    v1alpha1.ReasonRejected,
	ais.ClassFailed:      v1alpha1.ReasonRejected,
	ais.ClassSource:      v1alpha1.ReasonSourceUnavailable,
	ais.ClassCredentials: v1alpha1.ReasonInvalidCredentials,
	ais.ClassAccount:     v1alpha1.ReasonAccountProblem,
	ais.ClassThrottled:   v1alpha1.ReasonThrottled,
	ais.ClassTransient:   v1alpha1.ReasonTransientError,
	ais.ClassUnknown:     v1alpha1.ReasonUnknownOutcome,
	ais.ClassService:     v1alpha1.ReasonServiceUnavailable,
}
