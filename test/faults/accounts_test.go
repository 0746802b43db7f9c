package faults_test

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestLoginsOfOneAccount has many connections with wrong copies of one account's password, which change again and again, and an operator that is killed
// all the time. No quarter of an hour may see more than three log-ins, and who comes with the right password is served in the end.
func TestLoginsOfOneAccount(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	w := newWorld(t)
	account, n := w.engine.Account, scale(5, 20)
	name := func(i int) string { return fmt.Sprintf("wrong-%d", i) }
	for i := range n {
		w.create(t, w.login(name(i), account, "wrong"), w.connection(name(i), w.engine, byPassword(name(i))))
	}
	o := w.run(t, process{log: logFile(t)})
	rounds := scale(8, 30)
	for round := range rounds {
		w.quiesceFor(t, quiet/2)
		for i := range n {
			change(t, w, &corev1.Secret{ObjectMeta: w.meta(name(i))}, func(s *corev1.Secret) { s.Data["password"] = fmt.Appendf(nil, "wrong-%d", round) })
		}
		w.quiesceFor(t, quiet/2)
		o = o.restart(t, 4*time.Minute, process{log: logFile(t)})
	}
	times := w.loginTimes()
	for i := 3; i < len(times); i++ {
		if span := times[i].Sub(times[i-3]); span < 15*time.Minute {
			t.Errorf("four log-ins within %v", span)
		}
	}
	if want := rounds / 4; len(times) < want {
		t.Errorf("%d log-ins in %d rounds of 4 minutes, want the tries that there are to be made", len(times), rounds)
	}
	wantUnlocked(t, w)

	for i := 2; i < n; i++ { // With the two that are left there is a try for everybody.
		if err := k8s.Delete(w.ctx, w.connection(name(i), w.engine)); err != nil {
			t.Fatal(err)
		}
	}
	right := w.connection("right", w.engine, byPassword("right"))
	w.create(t, w.login("right", account, account.Password), right)
	ia := w.analysis("koala", w.page(t, 1))
	ia.Spec.ConnectionRef.Name = "right"
	w.create(t, ia)
	w.quiesceFor(t, quiet/2)
	o.restart(t, 16*time.Minute, process{})
	w.awaitReady(t, right)
	w.awaitFinal(t)
	wantCalls(t, w, 1)
	wantUnlocked(t, w)
	if c := w.ready(&v1alpha1.Connection{ObjectMeta: w.meta(name(0))}); c.Reason == v1alpha1.ReasonSucceeded {
		t.Errorf("a connection with a wrong password is %s", c.Reason)
	}
	report(t, "%d connections of one account, %d log-ins in %d minutes; in %s", n, len(times), 4*rounds, took())
}
