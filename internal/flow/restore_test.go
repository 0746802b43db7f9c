package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestGatesAreCarriedAlong(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 10))
		before := w.calling(w.waiter("a", "before"))
		finish(w.calling(w.waiter("a", "1")), arrears)
		pass(40*time.Minute + time.Second/2)
		probe := w.calling(w.waiter("a", "2"))
		w.told(&w.changes)
		w.Log("the gate as status keeps it is the same gate, and its probe is its probe")
		c := connection("c", 10)
		for _, g := range w.Gates("c") {
			g.Until = g.Until.Truncate(time.Second).UTC()
			c.Gates = append(c.Gates, g)
		}
		w.Open(c)
		w.expectGates(" AccountProblem AIS.0027 -10m0.5s")
		w.wait(w.waiter("a", "3"))
		finish(probe, arrears)
		w.expectGates(" AccountProblem AIS.0027 30m0s")
		if diff := cmp.Diff([]string{"c gate"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
		w.Log("an Open without gates opens them, and calls from before do not close them again")
		w.Open(connection("c", 10))
		finish(before, arrears)
		w.expectGates()
		if diff := cmp.Diff([]string{"c gate"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
		w.take(w.waiter("a", "3")).Return()
	})
}

func TestGatesOfAnEarlierProcess(t *testing.T) {
	inWorld(t, func(w *world) {
		c := connection("c", 10)
		c.Gates = []flow.Gate{
			{Operation: tagging, Reason: flow.ServiceUnavailable, Code: "APIG.0101", Message: "Gone.", Until: time.Now().Add(time.Minute)},
			{Reason: flow.AccountProblem, Code: "AIS.0027", Message: "Pay.", Until: time.Now().Add(-time.Minute)},
		}
		w.Open(c)
		if diff := cmp.Diff([]flow.Gate{c.Gates[1], c.Gates[0]}, w.Gates("c")); diff != "" {
			w.Errorf("gates (-want +got):\n%s", diff)
		}
		first, second := w.waiter("a", "1"), w.waiter("a", "2")
		if hold := w.wait(first); hold == nil || hold.Message != "Pay." {
			w.Errorf("hold: %+v", hold)
		}
		w.wait(second)
		pass(time.Minute)
		w.Log("one call tries both")
		finish(w.calling(first), nil)
		w.expectGates()
		w.take(second).Return()
	})
}
