package session_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/session"
)

// Errors of calls.
var (
	refused = &ais.Error{Op: "ImageTagging", Code: "APIG.0301", HTTPStatus: 401}
	missing = &ais.Error{Op: "ImageTagging", HTTPStatus: 404}
	// withheld comes from a log-in that was not made.
	withheld = &ais.Error{Op: ais.OpCreateToken, HTTPStatus: 401, Detail: ais.DetailWithheld}
	skewed   = &obs.Error{Op: "put object", Kind: obs.KindBadCredentials, Code: obs.CodeSkew}
)

func TestRegistryHoldsTheLatestSession(t *testing.T) {
	var r session.Registry
	first := &session.Session{Ref: shopDefault}
	second := &session.Session{Ref: shopDefault}
	other := &session.Session{Ref: shared}

	if r.Get(shopDefault) != nil {
		t.Error("an empty registry has a session")
	}
	r.Put(first)
	r.Put(other)
	if r.Get(shopDefault) != first || r.Get(shared) != other {
		t.Error("a session is not found under its own name")
	}
	r.Put(second)
	if r.Get(shopDefault) != second {
		t.Error("a session was not replaced")
	}
	r.Remove(shopDefault)
	r.Remove(shopDefault)
	if r.Get(shopDefault) != nil || r.Get(shared) != other {
		t.Error("not the one session was removed")
	}
}

func TestRegistryHeedsCalls(t *testing.T) {
	tests := []struct {
		name string
		err  error
		old  bool // the call was made with a session that has been replaced since
		ends bool
	}{
		{"success changes nothing", nil, false, false},
		{"credentials that are not tried, so that no account is locked, end the session", withheld, false, true},
		{"a clock that is wrong for the object storage ends the session", skewed, false, true},
		{"another failure changes nothing", missing, false, false},
		{"an error of no service changes nothing", errors.New("vetoed"), false, false},
		{"refused credentials end the session", refused, false, true},
		{"refused credentials of an older session say nothing about the new one", refused, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r session.Registry
			var told []session.Ref
			r.OnChange(func(ref session.Ref, _ time.Duration) { told = append(told, ref) })
			used := &session.Session{Ref: shopDefault, Origin: "old"}
			r.Put(used)
			if tt.old {
				r.Put(&session.Session{Ref: shopDefault, Origin: "new"})
			}
			used.Heed(tt.err)

			var want []session.Ref
			var rejection *session.Rejection
			if tt.ends {
				want, rejection = []session.Ref{shopDefault}, &session.Rejection{Origin: "old", Err: tt.err}
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if ended := r.Get(shopDefault) == nil; ended != tt.ends {
				t.Errorf("the session ended: %t, want %t", ended, tt.ends)
			}
			if diff := cmp.Diff(rejection, r.Rejection(shopDefault), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("rejection (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRegistryKeepsARejectionUntilItIsSettled(t *testing.T) {
	var r session.Registry
	s := &session.Session{Ref: shopDefault, Origin: "old"}
	r.Put(s)
	s.Heed(refused)
	first := r.Rejection(shopDefault)
	if first == nil || r.Rejection(shopDefault) != first {
		t.Fatal("a rejection is gone after it was looked at")
	}
	second := &session.Rejection{Origin: "new", Err: refused}
	r.Reject(shopDefault, second)
	r.Settle(shopDefault, first)
	if r.Rejection(shopDefault) != second {
		t.Error("the first rejection took the second with it")
	}
	r.Settle(shopDefault, second)
	if r.Rejection(shopDefault) != nil {
		t.Error("a rejection is there after it was settled")
	}
}

func TestRegistryEndsARenewedSessionWithTheOneBefore(t *testing.T) {
	var r session.Registry
	s := &session.Session{Ref: shopDefault, Origin: "same", Generation: 1}
	r.Put(s)
	r.Put(s.Renewed(2, nil, nil))
	s.Heed(refused)
	if r.Get(shopDefault) != nil {
		t.Error("the credentials were refused in a call of the older spec, and those of the newer spec go on with them")
	}
}

func TestRegistryTellsOnceOfManyRefusedCalls(t *testing.T) {
	var r session.Registry
	var mu sync.Mutex
	told := 0
	r.OnChange(func(session.Ref, time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		told++
	})
	s := &session.Session{Ref: shopDefault, Origin: "old"}
	r.Put(s)
	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() { s.Heed(refused) })
	}
	calls.Wait()
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}

func TestRegistryWakesAfterTheSessionIsThere(t *testing.T) {
	var r session.Registry
	s := &session.Session{Ref: shopDefault}
	woken := 0
	for range 2 {
		r.OnWake(func(ref session.Ref) {
			if r.Get(ref) != s {
				t.Error("woken before the session is there")
			}
			woken++
		})
	}
	r.Put(s)
	r.Put(s)
	if woken != 4 {
		t.Errorf("woken %d times, want each of 2 for each of 2", woken)
	}
	r.Remove(shopDefault)
	if woken != 4 {
		t.Error("a removal woke somebody")
	}
}
