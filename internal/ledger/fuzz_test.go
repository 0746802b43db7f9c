package ledger_test

import (
	"encoding/json"
	"testing"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// FuzzForeignEntry holds that an entry of status that somebody else wrote, or another version, leads to a decision that
// says why and that waits for nothing which is past.
func FuzzForeignEntry(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"operation":"ImageTagging","specHash":"A","state":"Claimed","claim":{"id":"1","startTime":"2026-03-01T12:00:00.000000Z","deadline":"2026-03-01T12:01:00.000000Z"}}`,
		`{"operation":"ImageTagging","specHash":"A","state":"Claimed"}`, `{"specHash":"A","state":"Succeeded","attempts":1,"billed":1}`,
		`{"specHash":"A","state":"Failed","lastError":{"class":"Throttled","message":"later","code":"APIG.0308"},"nextAttemptTime":"2026-03-01T12:00:30Z"}`,
		`{"specHash":"A","state":"Unknown","unknownOutcomes":-5,"nextAttemptTime":"9999-12-31T23:59:59Z"}`, `{"specHash":"A","state":"Unknown","unknownOutcomes":2}`,
		`{"specHash":"A","state":"Nobody","attempts":-2147483648,"lastError":{"class":"Nobody"}}`, `{"state":"Claimed","claim":{"deadline":"0001-01-01T00:00:00.000000Z"}}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, fail bool) {
		var entry v1alpha1.Call
		if json.Unmarshal(text, &entry) != nil {
			return
		}
		policy := retryOnce
		if fail {
			policy = failFast
		}
		checkDecision(t, ledger.Decide(&entry, "A", policy, now))
		settled := ledger.SettleExpired(entry)
		if settled.State == v1alpha1.CallClaimed || settled.Claim != nil {
			t.Errorf("an expired claim stays: %+v", settled)
		}
		// The schema takes no negative number of calls.
		if n := ledger.BilledOn([]v1alpha1.Call{entry}, now, ""); entry.Billed >= 0 && (n < 0 || n > int(entry.Billed)+1) {
			t.Errorf("%d calls are billed, of %d", n, entry.Billed)
		}
	})
}

func checkDecision(t *testing.T, d ledger.Decision) {
	t.Helper()
	switch d.Next {
	case ledger.Wait:
		if !d.At.After(now) || d.Reason == "" || d.Message == "" {
			t.Errorf("waits until %v for %q: %q", d.At, d.Reason, d.Message)
		}
	case ledger.Stop:
		if d.Reason == "" || d.Message == "" {
			t.Errorf("stops for %q: %q", d.Reason, d.Message)
		}
	case ledger.Attempt, ledger.Done, ledger.Settle:
	default:
		t.Errorf("decides %v", d.Next)
	}
}
