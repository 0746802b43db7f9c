package ais

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryFormOfCredentialsCalls(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	for name, credentials := range map[string]Credentials{
		"access key":        AccessKey{ID: testKeyID, Secret: testSecret},
		"password":          byPassword(),
		"workload identity": byWorkload(),
		"pod identity":      s.byPod(),
	} {
		t.Run(name, func(t *testing.T) {
			c := s.client(t, credentials)
			if id, err := c.Verify(t.Context()); err != nil || id != testProject {
				t.Fatalf("verified project %q, %v", id, err)
			}
			if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheKeyForTheStorage(t *testing.T) {
	for name, tc := range map[string]struct {
		credentials func(*service) Credentials
		temporary   bool
		renewAfter  time.Duration
	}{
		"is the access key itself":              {func(*service) Credentials { return AccessKey{ID: testKeyID, Secret: testSecret} }, false, 0},
		"comes from IAM for a password":         {func(*service) Credentials { return byPassword() }, true, temporaryKeyLifetime / 5 * 4},
		"comes from IAM for workload identity":  {func(*service) Credentials { return byWorkload() }, true, temporaryKeyLifetime / 5 * 4},
		"comes from the agent for pod identity": {func(s *service) Credentials { return s.byPod() }, true, 48 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			keys := s.client(t, tc.credentials(s)).StorageKeys()
			first := keyOf(t, keys)
			if got := first.SecurityToken != ""; got != tc.temporary {
				t.Errorf("temporary: %t, want %t", got, tc.temporary)
			}
			if !tc.temporary {
				if keys.Renew(first) {
					t.Error("a permanent key cannot be renewed")
				}
				return
			}
			s.clock.advance(tc.renewAfter - time.Minute)
			if again := keyOf(t, keys); again != first {
				t.Error("it was renewed too early")
			}
			s.clock.advance(2 * time.Minute)
			second := keyOf(t, keys)
			if second == first || s.keyCount() != 2 {
				t.Errorf("it was not renewed at four fifths of its life; %d keys were issued", s.keyCount())
			}
			if !keys.Renew(first) || keyOf(t, keys) != second {
				t.Error("that an old key was refused costs the new one nothing")
			}
			if !keys.Renew(second) || keyOf(t, keys) == second {
				t.Error("a key that was refused is renewed")
			}
		})
	}
}

func keyOf(t *testing.T, keys StorageKeys) AccessKey {
	t.Helper()
	key, err := keys.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestOneTemporaryKeyServesAll(t *testing.T) {
	s := newService(t)
	keys := s.client(t, byPassword()).StorageKeys()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := keys.Key(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := []int{s.loginCount(), s.keyCount()}; !cmp.Equal(got, []int{1, 1}) {
		t.Errorf("log-ins and keys: %v, want one each", got)
	}
}

func TestATokenThatIsRefusedForATemporaryKeyIsReplacedOnce(t *testing.T) {
	s := newService(t)
	c := s.client(t, byPassword())
	if _, err := c.ProjectID(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.revoke()
	keyOf(t, c.StorageKeys())
	if got := s.loginCount(); got != 2 {
		t.Errorf("%d log-ins, want 2", got)
	}
}

func TestARefusedTemporaryKeyIsReplacedOnce(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	c := s.client(t, s.byPod())
	for range 2 {
		if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.revoke()
	}
	if got := s.keyCount(); got != 2 {
		t.Errorf("%d keys, want the second after the first was revoked", got)
	}
}

func TestATemporaryKeyLivesByTheClockOfItsServer(t *testing.T) {
	for name, tc := range map[string]struct {
		ahead, life time.Duration // of the server's clock, and of the key
		date        bool
		want        time.Duration // until it is renewed; 0: it is refused
	}{
		"whose clock is an hour ahead":    {time.Hour, time.Hour, true, 48 * time.Minute},
		"whose clock is an hour behind":   {-time.Hour, time.Hour, true, 48 * time.Minute},
		"and by ours where it tells none": {0, time.Hour, false, 48 * time.Minute},
		"and is refused when it is over":  {0, -time.Minute, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			clock := newClock()
			agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				now := clock.now().Add(tc.ahead)
				w.Header()["Date"] = nil
				if tc.date {
					w.Header().Set("Date", now.Format(http.TimeFormat))
				}
				fmt.Fprintf(w, `{"credentials":{"accessKeyId":"AK","secretAccessKey":"s","securityToken":"t","expiration":%q}}`, now.Add(tc.life).Format(time.RFC3339))
			}))
			t.Cleanup(agent.Close)
			c, err := NewClient(Config{
				Region: "r", Now: clock.now, Transport: agent.Client().Transport,
				Credentials: PodIdentity{URI: agent.URL, Token: func() (Secret, error) { return "t", nil }, Transport: agent.Client().Transport},
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.StorageKeys().Key(t.Context())
			if tc.want == 0 {
				if e := failure(t, err); e.Class() != ClassService || e.Op != OpGetPodIdentity {
					t.Errorf("got %s %v", e.Class(), e)
				}
				return
			}
			clock.advance(tc.want - time.Second)
			keyOf(t, c.StorageKeys())
			clock.advance(2 * time.Second)
			keyOf(t, c.StorageKeys())
			if asked != 2 {
				t.Errorf("the agent was asked %d times, want again after %s", asked, tc.want)
			}
		})
	}
}

func TestRefusedExchanges(t *testing.T) {
	broken := errors.New("no token")
	s := newService(t)
	for name, tc := range map[string]struct {
		credentials Credentials
		op          string
		class       Class
		cause       error
	}{
		"an ID token that IAM does not take": {WorkloadIdentity{
			IdentityProvider: testProvider, IDToken: func(context.Context) (Secret, error) { return "another", nil },
		}, OpExchangeIDToken, ClassCredentials, nil},
		"an ID token that is not to be had": {WorkloadIdentity{
			IdentityProvider: testProvider, IDToken: func(context.Context) (Secret, error) { return "", broken },
		}, OpExchangeIDToken, ClassTransient, broken},
		"an ID token that nobody agrees to": {WorkloadIdentity{
			IdentityProvider: testProvider, IDToken: func(context.Context) (Secret, error) { return "", fmt.Errorf("no: %w", ErrNoIdentity) },
		}, OpExchangeIDToken, ClassCredentials, ErrNoIdentity},
		"a pod's token that the agent does not take": {PodIdentity{
			URI: s.URL + "/agent", Token: func() (Secret, error) { return "another", nil }, Transport: s.Client().Transport,
		}, OpGetPodIdentity, ClassCredentials, nil},
		"a pod's token that is not to be had": {PodIdentity{
			URI: s.URL + "/agent", Token: func() (Secret, error) { return "", broken }, Transport: s.Client().Transport,
		}, OpGetPodIdentity, ClassTransient, broken},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.client(t, tc.credentials)
			_, verified := c.Verify(t.Context())
			_, key := c.StorageKeys().Key(t.Context())
			for _, err := range []error{verified, key} {
				if e := failure(t, err); e.Op != tc.op || e.Class() != tc.class || tc.cause != nil && !errors.Is(err, tc.cause) {
					t.Errorf("got %s of %s: %v", e.Class(), e.Op, err)
				}
			}
		})
	}
}

func TestAnAnswerThatRepeatsATemporaryKeyIsCleaned(t *testing.T) {
	s := newService(t)
	c := s.client(t, s.byPod())
	key := keyOf(t, c.StorageKeys())
	s.answer = always(http.StatusBadRequest, fmt.Sprintf(`{"error_code":"AIS.0014","error_msg":"bad %s %s %s"}`, key.ID, key.Secret.Reveal(), key.SecurityToken.Reveal()))
	_, err := c.TagImages(t.Context(), Call{}, tagging("a"))
	for _, secret := range key.secrets() {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q shows %q", err, secret)
		}
	}
}

func TestCredentialsThatAreIncomplete(t *testing.T) {
	s := newService(t)
	for name, credentials := range map[string]Credentials{
		"workload identity": WorkloadIdentity{IdentityProvider: testProvider},
		"pod identity":      PodIdentity{URI: s.URL},
		"pod identity's address": PodIdentity{
			URI: "ftp://host", Token: func() (Secret, error) { return "", nil }, Transport: s.Client().Transport,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewClient(s.config(credentials))
			want, _, _ := strings.Cut(name, "'")
			if err == nil || !strings.HasPrefix(err.Error(), want+": ") {
				t.Errorf("got %v", err)
			}
		})
	}
}
