package faults_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestLogins has the operator killed and started again and again with a wrong password: in the worst instant, between the answer to a log-in and the write
// of what it was. The account must not be locked, and no object called.
func TestLogins(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	w := newWorld(t)
	account := w.engine.Account
	n := scale(100, 1000)
	source := w.page(t, 1)
	w.createMany(t, n, func(i int) client.Object { return w.analysis(fmt.Sprintf("koala-%d", i), source, marked(i)) })
	w.create(t, w.login("login", account, "wrong"), w.connection("default", w.engine, byPassword("login")))

	deaths := []plan{
		func(e effect) *interference { // between the answer and the write
			if e.String() == "service: "+string(enginetest.CreateToken) {
				return &interference{carriedOut: true, kill: true}
			}
			return nil
		},
		func(e effect) *interference { // instead of the write
			if e.object == "connections/default" && strings.Contains(e.what, "Ready="+v1alpha1.ReasonInvalidCredentials) {
				return &interference{kill: true}
			}
			return nil
		},
		nil, // later
	}
	w.clock.stop() // Ten kills are to take ten minutes, whatever the machine takes for them.
	for i := range 10 {
		w.interfere(deaths[i%len(deaths)])
		o := w.run(t, process{log: logFile(t)})
		atRest := w.rest(quiet)
		poll(t, *patience, func() bool { return o.isDead() || atRest() })
		o.kill(t)
		w.clock.advance(time.Minute)
	}
	crashes := w.loginTimes()
	if n := len(crashes); n < 1 || n > 3 {
		t.Errorf("%d log-ins in 15 minutes, want at most 3", n)
	}

	w.interfere(nil)
	o := w.run(t, process{})
	const step = 10 * time.Minute
	hours := scale(2, 4)
	for range time.Duration(hours) * time.Hour / step {
		w.awaitHeldBack(t)
		w.quiesceFor(t, quiet/2)
		o = o.restart(t, step, process{})
	}
	o.restart(t, 6*time.Hour, process{})
	eventually(t, func() string { return unless(len(w.loginTimes()) > len(crashes), "there is no further log-in") })
	w.awaitHeldBack(t)
	w.quiesce(t)
	later := w.loginTimes()[len(crashes):]
	for i := 1; i < len(later); i++ {
		if pause := later[i].Sub(later[i-1]); pause < 30*time.Minute {
			t.Errorf("a log-in came %v after the one before, want 30 minutes at least", pause)
		}
	}
	wantCalls(t, w, 0)
	awaitAll(t, w, v1alpha1.ReasonConnectionNotReady)
	wantUnlocked(t, w)

	change(t, w, &corev1.Secret{ObjectMeta: w.meta("login")}, func(s *corev1.Secret) { s.Data["password"] = []byte(account.Password) })
	w.awaitFinal(t)
	w.quiesce(t)
	wantCalls(t, w, n)
	report(t, "%d objects; %d log-ins during 10 kills, %d in %d hours after; in %s", n, len(crashes), len(later), hours+6, took())
}

// awaitHeldBack waits until the connection says that its credentials are not tried now: by its gate, or by the three tries of the last quarter of an hour.
func (w *world) awaitHeldBack(t *testing.T) {
	t.Helper()
	conn := &v1alpha1.Connection{ObjectMeta: w.meta("default")}
	eventually(t, func() string {
		w.ready(conn)
		now, tries := w.clock.now(), 0
		for _, at := range conn.Status.RecentLogins {
			if now.Sub(at.At.Time) < 15*time.Minute {
				tries++
			}
		}
		gate := conn.Status.Gate
		return unless(gate != nil && gate.Until.After(now) || tries >= 3, fmt.Sprintf("gate %+v and %d recent log-ins hold nothing back", gate, tries))
	})
}

func (w *world) loginTimes() []time.Time {
	return w.timesOf("service: " + string(enginetest.CreateToken))
}

// wantUnlocked logs in with the right password.
func wantUnlocked(t *testing.T, w *world) {
	t.Helper()
	a := w.engine.Account
	body := fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":%q}}}},"scope":{"project":{"name":%q}}}}`,
		a.User, a.Password, a.Domain, a.ProjectName)
	resp, err := http.Post(w.engine.URL+"/v3/auth/tokens", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("the right password is answered %s: the account is locked", resp.Status)
	}
}
