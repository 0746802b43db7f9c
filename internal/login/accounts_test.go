package login_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// Ends of tries.
var (
	wrong    = &ais.Error{Op: ais.OpCreateToken, Code: "IAM.0062", HTTPStatus: 401, Detail: ais.DetailWrong}
	locked   = &ais.Error{Op: ais.OpCreateToken, Code: "IAM.0061", HTTPStatus: 401, Detail: ais.DetailLocked}
	withheld = &ais.Error{Op: ais.OpCreateToken, HTTPStatus: 401, Detail: ais.DetailWithheld}
	down     = &ais.Error{Op: ais.OpCreateToken, HTTPStatus: 503}
	unsigned = &obs.Error{Kind: obs.KindBadCredentials}
)

const (
	acme  login.Account = "acme"
	other login.Account = "other"
)

// world is a clock and what is counted by it.
type world struct {
	*login.Accounts

	t   *testing.T
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)}
	w.Accounts = login.NewAccounts(func() time.Time { return w.now })
	return w
}

// try makes a try that has to be allowed, and ends it.
func (w *world) try(account login.Account, err error) {
	w.t.Helper()
	end := w.Begin(account)
	if end == nil {
		w.t.Fatal("the try was withheld")
	}
	end(err)
}

func (w *world) want(account login.Account, hold login.Hold, left time.Duration) {
	w.t.Helper()
	gotHold, gotLeft := w.Ask(account, "test", func() {})
	if gotHold != hold || gotLeft != left {
		w.t.Errorf("hold %d for %s, want %d for %s", gotHold, gotLeft, hold, left)
	}
	if may := w.Begin(account); (may != nil) != (hold == login.Free) {
		w.t.Errorf("a try was begun: %t", may != nil)
	} else if may != nil {
		may(nil)
	}
}

func TestWhatCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		counts bool
	}{
		"a wrong password counts":                       {wrong, true},
		"a signature that the object storage refuses":   {unsigned, true},
		"success does not count":                        {nil, false},
		"a service that is down says nothing":           {down, false},
		"an error of nobody in particular says nothing": {errors.New("vetoed"), false},
		"a try that was not made says nothing":          {withheld, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range login.MaxTries {
				w.try(acme, tt.err)
			}
			if tt.counts {
				w.want(acme, login.Spent, login.Window)
			} else {
				w.want(acme, login.Free, 0)
			}
			w.want(other, login.Free, 0)
		})
	}
}

func TestTriesComeBackOneAfterTheOther(t *testing.T) {
	w := newWorld(t)
	for range login.MaxTries {
		w.try(acme, wrong)
		w.now = w.now.Add(time.Minute)
	}
	w.want(acme, login.Spent, login.Window-3*time.Minute)
	w.now = w.now.Add(login.Window - 3*time.Minute)
	w.want(acme, login.Free, 0)
	w.try(acme, wrong)
	w.want(acme, login.Spent, time.Minute)
	w.now = w.now.Add(2 * time.Minute)
	w.want(acme, login.Free, 0)
}

func TestSuccessTakesNoFailureBack(t *testing.T) {
	w := newWorld(t)
	w.try(acme, wrong)
	w.try(acme, wrong)
	w.try(acme, nil)
	w.try(acme, wrong)
	w.want(acme, login.Spent, login.Window)
}

func TestTriesThatAreBeingMadeMayFail(t *testing.T) {
	w := newWorld(t)
	w.try(acme, wrong)
	first, second := w.Begin(acme), w.Begin(acme)
	woken := map[string]int{}
	ask := func(who string) (login.Hold, time.Duration) { return w.Ask(acme, who, func() { woken[who]++ }) }
	for _, who := range []string{"a", "a", "b"} {
		if hold, left := ask(who); hold != login.Busy || left != 0 {
			t.Errorf("hold %d for %s, want Busy", hold, left)
		}
	}
	if w.Begin(acme) != nil {
		t.Error("a fourth try was begun")
	}
	first(nil)
	if woken["a"] != 1 || woken["b"] != 1 {
		t.Errorf("woken %v, want each once", woken)
	}
	w.want(acme, login.Free, 0)
	second(wrong)
	if woken["a"] != 1 || woken["b"] != 1 {
		t.Errorf("woken %v by a try that nobody has waited for", woken)
	}
}

func TestThoseThatCameFirstComeFirst(t *testing.T) {
	w := newWorld(t)
	for range login.MaxTries {
		w.try(acme, wrong)
	}
	want := func(who string, want time.Duration) {
		t.Helper()
		if hold, left := w.Ask(acme, who, func() {}); hold != login.Spent || left != want {
			t.Errorf("%s: hold %d for %s, want %s", who, hold, left, want)
		}
	}
	for range 2 {
		want("a", login.Window)
		want("b", login.Window+time.Second)
		want("c", login.Window+2*time.Second)
	}
	w.Forget("b")
	want("c", login.Window+time.Second)
	w.now = w.now.Add(login.Window)
	if hold, _ := w.Ask(acme, "a", func() {}); hold != login.Free {
		t.Errorf("hold %d when the window has passed", hold)
	}
}

func TestALockHoldsForEverybodyWhoHasTheAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		retryAfter, want time.Duration
	}{
		"half an hour at least":           {0, 30 * time.Minute},
		"whatever the key's lock lasts":   {5 * time.Minute, 30 * time.Minute},
		"as long as the service says":     {2 * time.Hour, 2 * time.Hour},
		"as long as the service says: 31": {31 * time.Minute, 31 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w, e := newWorld(t), *locked
			e.RetryAfter = tt.retryAfter
			w.try(acme, &e)
			w.want(acme, login.Locked, tt.want)
			w.now = w.now.Add(tt.want)
			w.want(acme, login.Free, 0)
		})
	}
}

func TestRefusedCallsCount(t *testing.T) {
	w := newWorld(t)
	w.Note(acme, down)
	for range login.MaxTries + 2 {
		w.Note(acme, wrong)
		w.now = w.now.Add(time.Minute)
	}
	w.want(acme, login.Spent, login.Window-3*time.Minute)
}

func TestTriesOfEarlierProcessesCount(t *testing.T) {
	w := newWorld(t)
	w.Restore(acme, w.now.Add(-time.Minute), time.Time{})
	w.Restore(acme, w.now.Add(-login.Window), time.Time{})
	w.Restore(acme, w.now.Add(-2*time.Minute), time.Time{})
	w.want(acme, login.Free, 0)
	w.Restore(acme, w.now.Add(-3*time.Minute), time.Time{})
	w.want(acme, login.Spent, login.Window-3*time.Minute)
	w.Restore(other, w.now.Add(-20*time.Minute), w.now.Add(10*time.Minute))
	w.want(other, login.Locked, 10*time.Minute)
}

func TestAccountOf(t *testing.T) {
	jane := login.AccountOf("", "acme", "jane")
	for name, tt := range map[string]struct {
		account login.Account
		same    bool
	}{
		"the hosted service's regions share it":      {login.AccountOf("https://iam.ap-southeast-1.myhuaweicloud.com", "acme", "jane"), true},
		"another spelling of the address":            {login.AccountOf("HTTPS://IAM.cn-north-4.myhuaweicloud.com.:443/", "acme", "jane"), true},
		"another spelling of the name":               {login.AccountOf("", "ACME", "Jane"), true},
		"another user":                               {login.AccountOf("", "acme", "john"), false},
		"another account":                            {login.AccountOf("", "bank", "jane"), false},
		"names that read the same when put together": {login.AccountOf("", "acmej", "ane"), false},
		"another service":                            {login.AccountOf("https://iam.example.com", "acme", "jane"), false},
		"a service whose name only ends so":          {login.AccountOf("https://iam.notmyhuaweicloud.com", "acme", "jane"), false},
		"an access key":                              {login.AccountOf("", "AK"), false},
	} {
		if (tt.account == jane) != tt.same {
			t.Errorf("%s: the account is the same: %t", name, tt.account == jane)
		}
	}
	if login.AccountOf("https://iam.example.com", "jane") != login.AccountOf("https://iam.example.com:443/", "jane") {
		t.Error("the port of https makes another account")
	}
	if login.AccountOf("http://127.0.0.1:8001", "jane") == login.AccountOf("http://127.0.0.1:8002", "jane") {
		t.Error("two services of one host have the same accounts")
	}
}
