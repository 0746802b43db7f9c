package iam

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Answers to an attempt.
const (
	isRight  = "right"
	isWrong  = "wrong"
	isLocked = "locked"
)

// step is a number of attempts after a pause.
type step struct {
	wait  time.Duration
	times int
	right bool
	want  string
}

// lockCase is a way to or around a lock.
type lockCase struct {
	name  string
	steps []step
}

func (c lockCase) run(t *testing.T, w *world, try func(right bool) string) {
	t.Helper()
	for i, s := range c.steps {
		w.time = w.time.Add(s.wait)
		for n := range s.times {
			if got := try(s.right); got != s.want {
				t.Fatalf("step %d, attempt %d: %s, want %s", i+1, n+1, got, s.want)
			}
		}
	}
}

func TestLocksOfUsers(t *testing.T) {
	const window, period = 15 * time.Minute, 15 * time.Minute
	four, five, good := step{times: 4, want: isWrong}, step{times: 5, want: isWrong}, step{times: 1, right: true, want: isRight}
	cases := []lockCase{
		{"four wrong passwords lock nobody", []step{four, good}},
		{"the fifth locks, also for the right one", []step{five, {times: 3, right: true, want: isLocked}}},
		{"the lock ends after 15 minutes and not before", []step{
			five, {wait: period - 1, times: 1, right: true, want: isLocked}, {wait: 1, times: 1, right: true, want: isRight},
		}},
		{"attempts during a lock neither prolong it nor count afterwards", []step{
			five, {wait: period - 1, times: 9, want: isLocked}, {wait: 1, times: 4, want: isWrong}, good,
		}},
		{"after a lock five wrong ones lock again", []step{five, {wait: period, times: 5, want: isWrong}, {times: 1, right: true, want: isLocked}}},
		{"the right one forgets the wrong ones before it", []step{four, good, four, good}},
		{"a wrong one counts for less than 15 minutes", []step{{times: 1, want: isWrong}, {wait: window, times: 4, want: isWrong}, good}},
		{"it counts until then", []step{
			{times: 1, want: isWrong}, {wait: window - 1, times: 4, want: isWrong}, {times: 1, right: true, want: isLocked},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.run(t, w, func(right bool) string {
				return w.tryPassword(map[bool]string{true: "right", false: "guess"}[right])
			})
		})
	}
}

func (w *world) tryPassword(password string) string {
	answer := w.login("ann", password, projectScopeByName)
	switch body := answer.Body.String(); {
	case answer.Code == http.StatusCreated:
		return isRight
	case answer.Code == http.StatusUnauthorized && strings.Contains(body, `"message":"The username or password is wrong."`):
		return isWrong
	case answer.Code == http.StatusUnauthorized && strings.Contains(body, `"message":"The account is locked."`):
		return isLocked
	default:
		return body
	}
}

func TestLocksOfAccessKeys(t *testing.T) {
	const period = 5 * time.Minute
	five, six, good := step{times: 5, want: isWrong}, step{times: 6, want: isWrong}, step{times: 1, right: true, want: isRight}
	cases := []lockCase{
		{"five wrong signatures lock nothing", []step{five, good}},
		{"the sixth locks, also for the right one", []step{six, {times: 3, right: true, want: isLocked}}},
		{"the lock ends after 5 minutes and not before", []step{
			six, {wait: period - 1, times: 1, right: true, want: isLocked}, {wait: 1, times: 1, right: true, want: isRight},
		}},
		{"attempts during a lock neither prolong it nor count afterwards", []step{
			six, {wait: period - 1, times: 9, want: isLocked}, {wait: 1, times: 5, want: isWrong}, good,
		}},
		{"after a lock six wrong ones lock again", []step{six, {wait: period, times: 6, want: isWrong}, {times: 1, right: true, want: isLocked}}},
		{"the right one forgets the wrong ones before it", []step{five, good, five, good}},
		{"they count however far apart", []step{
			five, {wait: 12 * time.Hour, times: 1, want: isWrong}, {times: 1, right: true, want: isLocked},
		}},
	}
	keys := map[string]func(*testing.T, *world) temporaryKey{
		"a permanent key": func(*testing.T, *world) temporaryKey { return temporaryKey{Access: "AK", Secret: sdkSecretKey} },
		"a temporary key": func(t *testing.T, w *world) temporaryKey { t.Helper(); return w.temporaryKey(t, 86400) },
	}
	for kind, obtain := range keys {
		for _, c := range cases {
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				w := newWorld(t)
				key := obtain(t, w)
				c.run(t, w, func(right bool) string { return w.tryKey(key, right) })
			})
		}
	}
}

func (w *world) tryKey(key temporaryKey, right bool) string {
	if !right {
		key.Secret = "guess"
	}
	_, err := w.project(w.signedBy(key), []byte(taggingBody), projectID)
	switch {
	case err == nil:
		return isRight
	case code(err) == "verify aksk signature fail":
		return isWrong
	case code(err) == "AK access failed to reach the limit,forbidden":
		return isLocked
	default:
		return code(err)
	}
}

func TestOnlyWrongSignaturesCount(t *testing.T) {
	w := newWorld(t)
	key, other := w.temporaryKey(t, 900), w.temporaryKey(t, 900)
	refused := map[string]func(*http.Request){
		"no security token":            func(r *http.Request) { r.Header.Del(securityHeader) },
		"another key's security token": func(r *http.Request) { r.Header.Set(securityHeader, other.SecurityToken) },
		"a date long past":             func(r *http.Request) { r.Header.Set("X-Sdk-Date", "20200101T000000Z") },
		"no date":                      func(r *http.Request) { r.Header.Del("X-Sdk-Date") },
		"no signature":                 func(r *http.Request) { r.Header.Set("Authorization", "SDK-HMAC-SHA256 Access="+key.Access) },
	}
	for name, change := range refused {
		for range 9 {
			r := w.signedBy(key)
			change(r)
			if got, err := w.project(r, []byte(taggingBody), ""); err == nil {
				t.Fatalf("with %s the project is %q", name, got)
			}
		}
	}
	if got := w.tryKey(key, true); got != isRight || len(w.secrets.names) != 0 {
		t.Errorf("after requests that were refused for other reasons the key is %s, and %d names are remembered", got, len(w.secrets.names))
	}
	if got := w.tryKey(key, false); got != isWrong || w.secrets.ending != 1 {
		t.Errorf("after a wrong signature the key is %s, and %d names that end are remembered", got, w.secrets.ending)
	}
}

func TestUnknownNamesAreNotRemembered(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.login("nobody", "x", "{}")
		_, _ = w.project(w.signed("NOBODY", "x", "", nil), nil, "")
		_, _ = w.project(w.signed(temporaryPrefix+"NOBODY", "x", "", nil), nil, "")
	}
	if n := len(w.passwords.names) + len(w.secrets.names); n != 0 {
		t.Errorf("%d names are remembered", n)
	}
}

func TestNamesThatEndAreForgotten(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := newLockout(2, 0, time.Hour, func() time.Time { return now })
	l.attempt("stays", false, time.Time{})
	for i := range maxEnding {
		l.attempt(strconv.Itoa(i), false, now.Add(time.Minute+time.Duration(i)*time.Second))
	}
	cases := []struct {
		name string
		wait time.Duration
		want []string // remembered
		gone []string
		left int
	}{
		{"one too many, none of which has ended", 0, []string{"stays", "1", "a"}, []string{"0"}, maxEnding},
		{"half of them have ended", time.Minute + maxEnding/2*time.Second, []string{"stays", strconv.Itoa(maxEnding - 1), "b"}, []string{"1", "a"}, maxEnding / 2},
	}
	for i, c := range cases {
		now = now.Add(c.wait)
		l.attempt(string(rune('a'+i)), false, now.Add(time.Second))
		for _, name := range c.want {
			if l.names[name] == nil {
				t.Errorf("%s: %s is forgotten", c.name, name)
			}
		}
		for _, name := range c.gone {
			if l.names[name] != nil {
				t.Errorf("%s: %s is remembered", c.name, name)
			}
		}
		if l.ending != c.left || len(l.names) != l.ending+1 {
			t.Errorf("%s: %d names that end, %d in all, want %d that end", c.name, l.ending, len(l.names), c.left)
		}
	}
}
