package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestRemove(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 1))
		call, ahead := w.calling(w.waiter("a", "1")), w.take(w.waiter("a", "2"))
		s := w.stage(ahead)
		w.wait(w.waiter("a", "3"))
		w.Remove("c")
		w.Remove("unknown")
		w.expect("refused", s)
		if diff := cmp.Diff([]string{"a/3"}, w.told(&w.woken)); diff != "" {
			w.Errorf("woken (-want +got):\n%s", diff)
		}
		w.Log("an object may wait for a connection that is not open")
		w.wait(w.waiter("a", "3"))
		free := w.waiter("a", "4")
		free.Free = true
		w.wait(free)
		w.Open(connection("c", 1))
		w.take(free).Return()
		third := w.take(w.waiter("a", "3"))
		w.Log("the call that goes on has its slot, and is billed")
		waiting := w.stage(third)
		w.expect("waits", waiting)
		finish(call, nil)
		w.expect("calls", waiting)
		if n := w.Usage("c").Calls; n != 1 {
			w.Errorf("%d calls", n)
		}
		w.Log("what a call of before says about gates is of another session")
		w.Remove("c")
		w.Open(connection("c", 1))
		finish(third, arrears)
		w.expectGates()
		ahead.Return()
	})
}

func TestAnotherEndpoint(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 1))
		call, ahead := w.calling(w.waiter("a", "1")), w.take(w.waiter("a", "2"))
		s := w.stage(ahead)
		w.wait(w.waiter("a", "3"))
		w.wait(w.waiter("a", "4"))
		c := connection("c", 1)
		c.Project = "another"
		w.Open(c)
		w.expect("refused", s)
		w.Log("what waits goes on waiting, in its order, for slots that are free there")
		if diff := cmp.Diff([]string{"a/3"}, w.told(&w.woken)); diff != "" {
			w.Errorf("woken (-want +got):\n%s", diff)
		}
		w.wait(w.waiter("a", "4"))
		finish(w.calling(w.waiter("a", "3")), nil)
		finish(w.calling(w.waiter("a", "4")), nil)
		finish(call, nil)
		ahead.Return()
		w.Open(c)
		if n := w.Lanes(); n != 1 {
			w.Errorf("%d lanes are kept", n)
		}
		w.Remove("c")
		if n := w.Known(); n != 1 {
			w.Errorf("%d connections are kept on the day of their calls", n)
		}
		pass(24 * time.Hour)
		w.Remove("c")
		if lanes, known := w.Lanes(), w.Known(); lanes != 0 || known != 0 {
			w.Errorf("%d lanes and %d connections are kept", lanes, known)
		}
	})
}

func TestClose(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 2))
		var tickets []*flow.Ticket
		var slots []*slot
		for i := range 3 {
			tickets = append(tickets, w.take(w.waiter("a", fmt.Sprint(i))))
			slots = append(slots, w.stage(tickets[i]))
		}
		reading, granted, waiting := w.take(w.waiter("a", "reading")), w.waiter("a", "granted"), w.waiter("a", "waiting")
		w.wait(granted)
		w.wait(waiting)
		tickets[0].Done(nil)
		w.told(&w.woken)
		w.Close()
		w.Close()
		w.expect("calls calls calls", slots...)
		w.expect("refused", w.stage(reading))
		w.wait(granted)
		if tickets[0].TrySlot(recapture) {
			w.Error("a slot afterwards")
		}
		w.Open(connection("d", 1))
		other := w.waiter("a", "new")
		other.Connection = "d"
		w.wait(other)
		w.Log("what is on its way is still counted")
		tickets[1].Done(nil)
		if n := w.Usage("c").Calls; n != 2 {
			w.Errorf("%d calls", n)
		}
		for _, ticket := range append(tickets, reading) {
			ticket.Return()
		}
		if woken := w.told(&w.woken); len(woken) > 0 {
			w.Errorf("woken: %q", woken)
		}
	})
}
