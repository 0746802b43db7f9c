package ais

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOneLoginServesManyCalls(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	c := s.client(t, byPassword())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := []int{s.loginCount(), len(s.calls())}; !cmp.Equal(got, []int{1, 20}) {
		t.Errorf("log-ins and calls: %v, want 1 and 20", got)
	}
}

func TestTokenIsRenewedAtFourFifthsOfItsLife(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	c := s.client(t, byPassword())
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {19 * time.Hour, 1}, {12 * time.Minute, 2}, {19 * time.Hour, 2}} {
		s.clock.advance(step.after)
		if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
			t.Fatal(err)
		}
		if got := s.loginCount(); got != step.want {
			t.Errorf("after %s more: %d log-ins, want %d", step.after, got, step.want)
		}
	}
}

func TestTokenThatCannotBeRenewedIsUsedUntilItsEnd(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	c := s.client(t, byPassword())
	if _, err := c.ProjectID(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.login = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	s.clock.advance(20 * time.Hour)
	for range 5 {
		if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
			t.Fatalf("with a token that is still good: %v", err)
		}
	}
	if got := s.loginCount(); got != 2 {
		t.Errorf("%d log-ins, want one more than the first within a minute", got)
	}
	s.clock.advance(4 * time.Hour)
	_, err := c.TagImages(t.Context(), Call{}, tagging("a"))
	if e := failure(t, err); e.Class() != ClassTransient || e.Op != OpCreateToken {
		t.Errorf("with a token at its end: %s %v, want Transient of the log-in", e.Class(), e)
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		body          string
		status        int
		logins, calls int
		class         Class
	}{
		"expired":                          {`{"error_code":"APIG.0307","error_msg":"The token must be updated"}`, 401, 2, 2, ClassCredentials},
		"the service does not know it":     {`{"error_code":"AIS.0002","error_msg":"abnormal"}`, 400, 2, 2, ClassCredentials},
		"no code":                          {``, 401, 2, 2, ClassCredentials},
		"of the wrong type":                {`{"error_code":"AIS.0026","error_msg":"type"}`, 400, 1, 1, ClassCredentials},
		"locked":                           {`{"error_code":"APIG.0301","error_msg":"access failed to reach the limit,forbidden"}`, 401, 1, 1, ClassCredentials},
		"another class altogether":         {`{"error_code":"AIS.0027","error_msg":"frozen"}`, 400, 1, 1, ClassAccount},
		"a forbidden project":              {``, 403, 1, 1, ClassAccount},
		"a success that holds such a code": {`{"error_code":"ModelArts.4103","error_msg":"invalid"}`, 200, 1, 1, ClassCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = always(tc.status, tc.body)
			asked := 0
			call := Call{BeforeSend: func() error { asked++; return nil }}
			_, err := s.client(t, byPassword()).TagImages(t.Context(), call, tagging("a"))
			e := failure(t, err)
			got := []int{s.loginCount(), len(s.calls()), asked}
			if e.Class() != tc.class || !cmp.Equal(got, []int{tc.logins, tc.calls, tc.calls}) {
				t.Errorf("%s, log-ins, calls and vetoes asked %v; want %s, %d, %d, %d", e.Class(), got, tc.class, tc.logins, tc.calls, tc.calls)
			}
		})
	}
}

func TestRevokedTokenIsReplacedOnceForAllCalls(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	c := s.client(t, byPassword())
	if _, err := c.ProjectID(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.revoke()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := s.loginCount(); got != 2 {
		t.Errorf("%d log-ins, want 2", got)
	}
}

func TestRefusedLoginIsNotRepeated(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		class  Class
		detail Detail
		wait   time.Duration
	}{
		"wrong password": {401, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`, ClassCredentials, DetailWrong, 0},
		"locked account": {401, `{"error":{"code":401,"message":"The account is locked.","title":"Unauthorized"}}`, ClassCredentials, DetailLocked, 15 * time.Minute},
		"newer form":     {401, `{"error_code":"IAM.0061","error_msg":"try later"}`, ClassCredentials, DetailLocked, 15 * time.Minute},
		"no permission":  {403, `{"error":{"code":403,"message":"Forbidden","title":"Forbidden"}}`, ClassAccount, "", 0},
		"gateway time":   {504, ``, ClassTransient, "", 0},
		"not an IAM":     {201, `<html>`, ClassService, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.login = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("X-Iam-Trace-Id", "trace-1")
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
				return true
			}
			_, err := s.client(t, byPassword()).TagImages(t.Context(), Call{}, tagging("a"))
			e := failure(t, err)
			if e.Op != OpCreateToken || e.Class() != tc.class || e.Detail != tc.detail || e.RetryAfter != tc.wait || e.RequestID != "trace-1" {
				t.Errorf("got class %s, %#v", e.Class(), e)
			}
			if got := s.loginCount(); got != 1 {
				t.Errorf("%d log-ins for one call", got)
			}
		})
	}
}

func TestFlightIsSharedByAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flight[int]
		var wg sync.WaitGroup
		obtained, release, refused := 0, make(chan struct{}), errors.New("refused")
		for range 10 {
			wg.Go(func() {
				_, err := f.do(t.Context(), func(context.Context) (int, error) {
					obtained++
					<-release
					return 0, refused
				})
				if !errors.Is(err, refused) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait() // all ten wait
		close(release)
		wg.Wait()
		if obtained != 1 {
			t.Errorf("obtained %d times", obtained)
		}
	})
}

func TestFlightIsBoundedOnBehalfOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flight[int]
		_, err := f.do(t.Context(), func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the flight's own deadline", err)
		}
	})
}

func TestWaiterLeavesALoginThatGoesOn(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	s.login = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		close(arrived)
		<-goOn
		return false
	}
	c := s.client(t, byPassword())
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := c.TagImages(ctx, Call{}, tagging("a"))
		left <- err
	}()
	<-arrived
	cancel()
	err := <-left
	if e := failure(t, err); e.Class() != ClassTransient || !errors.Is(err, context.Canceled) {
		t.Errorf("the waiter got %s %v", e.Class(), err)
	}
	close(goOn)
	if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
		t.Fatal(err)
	}
	if got := s.loginCount(); got != 1 {
		t.Errorf("%d log-ins, want the one that went on", got)
	}
}

func TestVetoedCallSendsNothing(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	late := errors.New("too late")
	_, err := s.client(t, byPassword()).TagImages(t.Context(), Call{BeforeSend: func() error { return late }}, tagging("a"))
	if !errors.Is(err, late) || ClassOf(err) != "" {
		t.Errorf("got %v of class %q, want the veto without a class", err, ClassOf(err))
	}
	if got := []int{s.loginCount(), len(s.calls())}; !cmp.Equal(got, []int{1, 0}) {
		t.Errorf("log-ins and calls: %v, want the veto to come after the log-in and before the call", got)
	}
}
