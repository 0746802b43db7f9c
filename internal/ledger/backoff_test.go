package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// Jitters at both ends of their range.
func least() float64 { return 0 }
func most() float64  { return 0.999999 }

// ended says that no attempt follows.
const ended = time.Duration(-1)

type failure struct {
	name       string
	class      ais.Class
	attempts   int32 // before this one
	lost       int32 // before this one
	policy     v1alpha1.RunPolicy
	retryAfter time.Duration
	billed     bool

	wantAttempts int32
	wantBilled   int32
	wantDelay    time.Duration // without jitter, or ended
}

func TestRecordError(t *testing.T) {
	checkFailures(t, []failure{
		{name: "Rejected ends the run", class: ais.ClassRejected, wantAttempts: 1, wantDelay: ended},
		{name: "Failed is tried once more", class: ais.ClassFailed, wantAttempts: 1, wantDelay: 30 * time.Second},
		{name: "Failed ends with the second attempt", class: ais.ClassFailed, attempts: 1, wantAttempts: 2, wantDelay: ended},
		{name: "Source is tried slowly", class: ais.ClassSource, wantAttempts: 1, wantDelay: time.Minute},
		{name: "Source is tried more slowly each time", class: ais.ClassSource, attempts: 2, wantAttempts: 3, wantDelay: 4 * time.Minute},
		{name: "Source ends with the fourth attempt", class: ais.ClassSource, attempts: 3, wantAttempts: 4, wantDelay: ended},
		{name: "Credentials count no attempt; a gate holds the object back", class: ais.ClassCredentials, attempts: 2, wantAttempts: 2},
		{name: "Account counts no attempt; a gate holds the object back", class: ais.ClassAccount, attempts: 2, wantAttempts: 2},
		{name: "Service counts no attempt; a gate holds the object back", class: ais.ClassService, attempts: 2, wantAttempts: 2},
		{name: "a gate knows itself how long a lock lasts", class: ais.ClassCredentials, retryAfter: 15 * time.Minute},
		{name: "never runs out of attempts at a gate", class: ais.ClassAccount, attempts: 100, wantAttempts: 100},
		{name: "a class without a rule ends the run", class: "Lunar", wantAttempts: 1, wantDelay: ended},
	})
}

func TestRecordErrorThrottled(t *testing.T) {
	checkFailures(t, []failure{
		{name: "counts no attempt", class: ais.ClassThrottled, attempts: 7, wantAttempts: 7, wantDelay: 5 * time.Second},
		{name: "never runs out of attempts", class: ais.ClassThrottled, attempts: 100, wantAttempts: 100, wantDelay: 5 * time.Second},
		{name: "waits as long as the service asks for", class: ais.ClassThrottled, retryAfter: time.Hour, wantDelay: time.Hour},
		{name: "waits a little where the service asks for less", class: ais.ClassThrottled, retryAfter: time.Second, wantDelay: 5 * time.Second},
		{name: "waits a day at most, whatever the service asks for", class: ais.ClassThrottled, retryAfter: 1000 * time.Hour, wantDelay: 24 * time.Hour},
		{name: "waits a little where the service asks for a time that is past", class: ais.ClassThrottled, retryAfter: -time.Hour, wantDelay: 5 * time.Second},
	})
}

// A pause that the service asks for holds for every attempt that follows, and makes none.
func TestRecordErrorRetryAfter(t *testing.T) {
	checkFailures(t, []failure{
		{name: "lengthens the delay of Transient", class: ais.ClassTransient, retryAfter: time.Hour, wantAttempts: 1, wantDelay: time.Hour},
		{name: "does not shorten it", class: ais.ClassTransient, attempts: 4, retryAfter: time.Second, wantAttempts: 5, wantDelay: 32 * time.Second},
		{name: "is a day at most", class: ais.ClassTransient, retryAfter: 25 * time.Hour, wantAttempts: 1, wantDelay: 24 * time.Hour},
		{name: "lengthens the delay of Failed", class: ais.ClassFailed, retryAfter: time.Hour, wantAttempts: 1, wantDelay: time.Hour},
		{name: "lengthens the delay of Source", class: ais.ClassSource, retryAfter: time.Hour, wantAttempts: 1, wantDelay: time.Hour},
		{name: "lengthens the delay of Unknown", class: ais.ClassUnknown, retryAfter: time.Hour, wantAttempts: 1, wantBilled: 1, wantDelay: time.Hour},
		{name: "makes no further attempt of Rejected", class: ais.ClassRejected, retryAfter: time.Hour, wantAttempts: 1, wantDelay: ended},
		{name: "makes no further attempt after the last", class: ais.ClassTransient, attempts: 7, retryAfter: time.Hour, wantAttempts: 8, wantDelay: ended},
	})
}

func TestRecordErrorTransient(t *testing.T) {
	three := v1alpha1.RunPolicy{MaxAttempts: 3}
	checkFailures(t, []failure{
		{name: "begins with a short delay", class: ais.ClassTransient, wantAttempts: 1, wantDelay: 2 * time.Second},
		{name: "doubles it", class: ais.ClassTransient, attempts: 1, wantAttempts: 2, wantDelay: 4 * time.Second},
		{name: "doubles it again", class: ais.ClassTransient, attempts: 6, wantAttempts: 7, wantDelay: 128 * time.Second},
		{name: "ends with the eighth attempt where the policy says nothing", class: ais.ClassTransient, attempts: 7, wantAttempts: 8, wantDelay: ended},
		{name: "goes on before the last attempt of the policy", class: ais.ClassTransient, attempts: 1, policy: three, wantAttempts: 2, wantDelay: 4 * time.Second},
		{name: "ends with the last attempt of the policy", class: ais.ClassTransient, attempts: 2, policy: three, wantAttempts: 3, wantDelay: ended},
		{
			name: "waits five minutes at most", class: ais.ClassTransient, attempts: 98, policy: v1alpha1.RunPolicy{MaxAttempts: 100},
			wantAttempts: 99, wantDelay: 5 * time.Minute,
		},
	})
}

func TestRecordErrorUnknown(t *testing.T) {
	checkFailures(t, []failure{
		{name: "is billed and called once more", class: ais.ClassUnknown, policy: retryOnce, wantAttempts: 1, wantBilled: 1, wantDelay: 10 * time.Second},
		{name: "is billed and ends where the policy says Fail", class: ais.ClassUnknown, policy: failFast, wantAttempts: 1, wantBilled: 1, wantDelay: ended},
		{name: "ends with the second lost answer", class: ais.ClassUnknown, lost: 1, attempts: 1, policy: retryOnce, wantAttempts: 2, wantBilled: 1, wantDelay: ended},
		{
			name: "is called once more whatever maxAttempts says", class: ais.ClassUnknown, attempts: 8,
			policy: v1alpha1.RunPolicy{MaxAttempts: 1}, wantAttempts: 9, wantBilled: 1, wantDelay: 10 * time.Second,
		},
	})
}

// An error code in an answer of 2xx costs as much as a result, and changes nothing else.
func TestRecordErrorBilled(t *testing.T) {
	checkFailures(t, []failure{
		{name: "Rejected", class: ais.ClassRejected, billed: true, wantAttempts: 1, wantBilled: 1, wantDelay: ended},
		{name: "Transient", class: ais.ClassTransient, billed: true, wantAttempts: 1, wantBilled: 1, wantDelay: 2 * time.Second},
		{name: "Throttled, which counts no attempt", class: ais.ClassThrottled, billed: true, wantBilled: 1, wantDelay: 5 * time.Second},
		{name: "Account, which a gate holds back", class: ais.ClassAccount, billed: true, wantBilled: 1},
	})
}

func checkFailures(t *testing.T, tests []failure) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			claimed := ledger.Claim(nil, run, newClaim)
			claimed.Attempts, claimed.UnknownOutcomes = tt.attempts, tt.lost
			f := ledger.Failure{
				Class: tt.class, RetryAfter: tt.retryAfter, Billed: tt.billed || tt.class == ais.ClassUnknown,
				Error: v1alpha1.CallError{Class: string(tt.class), Code: "AIS.0001", HTTPStatus: 400, RequestID: "r", Message: "no"},
			}
			want := claimed
			want.State, want.Claim, want.LastError = v1alpha1.CallFailed, nil, &f.Error
			if tt.class == ais.ClassUnknown {
				want.State, want.UnknownOutcomes = v1alpha1.CallUnknown, tt.lost+1
			}
			want.Attempts, want.Billed = tt.wantAttempts, tt.wantBilled
			if tt.wantDelay == ended {
				want.FinishedTime = finished
			} else {
				want.NextAttemptTime = in(tt.wantDelay)
			}
			got := ledger.RecordError(claimed, f, tt.policy, now, least)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
			checkJitter(t, tt, ledger.RecordError(claimed, f, tt.policy, now, most))
		})
	}
}

// checkJitter holds the longest delay against its bound: half as long again, and five minutes more at most.
func checkJitter(t *testing.T, tt failure, got v1alpha1.Call) {
	t.Helper()
	if tt.wantDelay == ended {
		if got.NextAttemptTime != nil {
			t.Errorf("next attempt at %v, want none", got.NextAttemptTime)
		}
		return
	}
	delay, bound := got.NextAttemptTime.Sub(now), tt.wantDelay+min(tt.wantDelay/2, 5*time.Minute)
	if delay > bound || delay < bound-bound/1000 {
		t.Errorf("the longest delay is %v, want just below %v", delay, bound)
	}
}
