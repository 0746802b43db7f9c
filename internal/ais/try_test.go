package ais

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTriesAreAskedForAndTold(t *testing.T) {
	wrongPassword := func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	for name, tc := range map[string]struct {
		credentials Credentials
		login       func(int, http.ResponseWriter, *http.Request) bool
		want        string
	}{
		"a log-in that succeeds":   {byPassword(), nil, "ok"},
		"a log-in that is refused": {byPassword(), wrongPassword, "Credentials"},
		"a signed look-up":         {byKey(), nil, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer, s.login = always(http.StatusOK, oneTag), tc.login
			var told []string
			cfg := s.config(tc.credentials)
			cfg.BeginTry = func() func(error) {
				return func(err error) {
					if told = append(told, string(ClassOf(err))); err == nil {
						told[len(told)-1] = "ok"
					}
				}
			}
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.Verify(t.Context())
			if diff := cmp.Diff([]string{tc.want}, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithheldTriesAreNotMade(t *testing.T) {
	for name, credentials := range map[string]Credentials{"log-in": byPassword(), "signed look-up": byKey()} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			cfg := s.config(credentials)
			cfg.BeginTry = func() func(error) { return nil }
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.TagImages(t.Context(), Call{}, tagging("a"))
			if e := failure(t, err); e.Class() != ClassCredentials || e.Detail != DetailWithheld {
				t.Errorf("%s %s, want Credentials that were withheld", e.Class(), e.Detail)
			}
			if s.loginCount() != 0 || len(s.calls()) != 0 {
				t.Error("the service was asked")
			}
		})
	}
}

func TestATokenIsUsedOnWhileItsRenewalIsWithheld(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	withheld := false
	cfg := s.config(byPassword())
	cfg.BeginTry = func() func(error) {
		if withheld {
			return nil
		}
		return func(error) {}
	}
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
			t.Fatal(err)
		}
		withheld = true
		s.clock.advance(20 * time.Hour)
	}
	if got := s.loginCount(); got != 1 {
		t.Errorf("%d log-ins, want 1", got)
	}
}
