package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestR10Steady has everything that reconciles finished objects happen: new labels, a restart, a resync every other second. It must cost no call, no write and no
// event.
func TestR10Steady(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	n := scale(200, 1000)
	w := newWorld(t)
	w.clock.startAtNoon()
	w.connect(t)
	o := w.run(t, process{log: logFile(t)})
	w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: w.meta("default")})
	photo := w.photo(t, 1)
	w.createMany(t, n, func(i int) client.Object {
		if i%10 == 0 {
			return w.job(fmt.Sprintf("koala-%d", i), photo, markedJob(i))
		}
		return w.analysis(fmt.Sprintf("koala-%d", i), photo, marked(i))
	})
	w.awaitFinal(t)
	eventually(t, func() string { // The day's count follows within ten seconds.
		conn := &v1alpha1.Connection{ObjectMeta: w.meta("default")}
		if w.ready(conn); conn.Status.CallsToday == nil || int(conn.Status.CallsToday.Calls) != n {
			return fmt.Sprintf("the connection counts %+v, want %d calls", conn.Status.CallsToday, n)
		}
		return ""
	})
	eventually(t, func() string { // Events are sent after the status that they tell.
		events := 0
		for _, e := range w.past() {
			if strings.HasPrefix(e.what, "event ") {
				events++
			}
		}
		return unless(events > n, fmt.Sprintf("%d events, want one of the connection and of each of %d objects", events, n))
	})
	w.quiesce(t)
	w.checkBills(t)
	wantCalls(t, w, n)
	finished := took()
	wantNothing := func(when string) {
		t.Helper()
		for _, e := range w.history() {
			t.Errorf("%s: %s", when, e)
		}
		wantCalls(t, w, n)
	}
	w.history()

	var group errgroup.Group
	group.SetLimit(16)
	for _, obj := range w.payers(t) {
		group.Go(func() error {
			patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"touched":"true"}}}`))
			return k8s.Patch(w.ctx, obj, patch)
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	w.quiesceFor(t, time.Second)
	wantNothing("after new labels")

	o = o.restart(t, 0, process{resync: 1500 * time.Millisecond, log: logFile(t)})
	w.quiesceFor(t, 3*time.Second)
	wantNothing("after a restart, with a resync every other second")
	o = o.restart(t, 25*time.Hour, process{})
	w.quiesceFor(t, time.Second)
	wantNothing("after a restart on the next day")
	o.stop(t)
	report(t, "%d objects, finished after %s; in %s", n, finished, took())
}
