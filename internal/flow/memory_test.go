package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestPictureMemoryIsNeverExceeded(t *testing.T) {
	const connections, slots, objects, picture, limit = 50, 10, 40, 15 * mb / 2, 256 * mb
	inWorld(t, func(w *world) {
		highest, calls := 0.0, []string(nil)
		look := func(j *job) {
			held := w.gauge("ais_picture_memory_bytes")
			w.mu.Lock()
			highest = max(highest, held)
			w.mu.Unlock()
			w.note(&calls, j.want.Connection)
		}
		for i := range connections {
			c := connection(fmt.Sprint("c", i), slots)
			c.Project = c.Name
			w.Open(c)
			for k := range objects {
				want := w.waiter(fmt.Sprint("n", k%3), fmt.Sprint(i, "/", k))
				want.Connection, want.Bytes = c.Name, picture
				w.start(&job{want: want, read: time.Duration(1+i%7) * 100 * time.Millisecond, call: time.Second, begins: look})
			}
		}
		if held := w.gauge("ais_picture_memory_bytes"); held < limit-picture {
			w.Errorf("%v bytes are used at the start, want nearly all", held)
		}
		pass(time.Hour)
		if n := len(w.told(&calls)); n != connections*objects {
			w.Errorf("%d calls, want %d", n, connections*objects)
		}
		if highest > limit || highest < limit-picture {
			w.Errorf("%v bytes at the highest, want up to %d", highest, limit)
		}
	})
}

// lane is a waiter of a lane of its own.
func (w *world) laneOf(name string, bytes int64) flow.Waiter {
	c := connection(name, 4)
	c.Project = name
	w.Open(c)
	want := w.waiter("a", name)
	want.Connection, want.Bytes = name, bytes
	return want
}

func TestTurnsForMemory(t *testing.T) {
	t.Run("a large picture is not starved by small ones, and what needs no memory passes", func(t *testing.T) {
		inWorld(t, func(w *world) {
			first, second := w.take(w.laneOf("first", 100*mb)), w.take(w.laneOf("second", 100*mb))
			large, small, none := w.laneOf("large", 150*mb), w.laneOf("small", 10*mb), w.laneOf("none", 0)
			w.wait(large)
			w.wait(small) // It would fit.
			none.Connection = "large"
			w.take(none).Return()
			first.Return()
			if woken := w.told(&w.woken); len(woken) != 1 || woken[0] != "a/large" {
				w.Errorf("woken: %q", woken)
			}
			w.wait(small)
			w.take(large).Return()
			w.take(small).Return()
			second.Return()
		})
	})
	t.Run("lanes take turns, whatever waits in one of them", func(t *testing.T) {
		inWorld(t, func(w *world) {
			all := w.take(w.laneOf("all", 256*mb))
			var order []string
			for i := range 3 {
				for _, connection := range []string{"x", "y"} {
					want := w.laneOf(connection, 200*mb)
					want.ID.Name = fmt.Sprint(connection, i)
					w.start(&job{want: want, call: time.Second, begins: func(j *job) { w.note(&order, j.want.Connection) }})
				}
			}
			all.Return()
			pass(time.Minute)
			if got := fmt.Sprint(w.told(&order)); got != "[x y x y x y]" {
				w.Errorf("order: %s", got)
			}
		})
	})
	t.Run("a picture above the limit is granted when no other is held", func(t *testing.T) {
		inWorld(t, func(w *world) {
			small, huge := w.take(w.laneOf("small", 1)), w.laneOf("huge", 1024*mb)
			w.wait(huge)
			small.Return()
			w.take(huge).Return()
		})
	})
	t.Run("a head that leaves makes way for the next lane", func(t *testing.T) {
		inWorld(t, func(w *world) {
			first, large, small := w.take(w.laneOf("first", 200*mb)), w.laneOf("large", 100*mb), w.laneOf("small", 50*mb)
			w.wait(large)
			w.wait(small)
			w.Leave(large.ID)
			w.take(small).Return()
			first.Return()
		})
	})
	t.Run("what a picture does not take goes to others before its call", func(t *testing.T) {
		inWorld(t, func(w *world) {
			first, second := w.take(w.laneOf("first", 200*mb)), w.laneOf("second", 200*mb)
			w.wait(second)
			first.Slot(50*mb, func(bool) {})
			w.take(second).Return()
			if held := w.gauge("ais_picture_memory_bytes"); held != 50*mb {
				w.Errorf("%v bytes are held", held)
			}
			first.Return()
		})
	})
	t.Run("a picture never has more than was reserved", func(t *testing.T) {
		inWorld(t, func(w *world) {
			ticket := w.take(w.laneOf("c", mb))
			ticket.Slot(200*mb, func(bool) {})
			if held := w.gauge("ais_picture_memory_bytes"); held != mb {
				w.Errorf("%v bytes are held", held)
			}
			ticket.Return()
		})
	})
}

func TestFreeTickets(t *testing.T) {
	inWorld(t, func(w *world) {
		c := connection("c", 1)
		c.Gates = []flow.Gate{{Reason: flow.AccountProblem, Until: time.Now().Add(time.Hour)}}
		c.Budget = flow.Budget{PerDay: 1, PerDayPerNamespace: 1}
		c.Used = flow.Usage{Day: time.Now().UTC().Format(time.DateOnly), Calls: 1}
		w.Open(c)
		free := func(namespace, name string) flow.Waiter {
			want := w.waiter(namespace, name)
			want.Free = true
			return want
		}
		w.Log("they need neither slot nor gate nor budget, and are few at a time")
		var tickets []*flow.Ticket
		for i := range 4 {
			tickets = append(tickets, w.take(free("a", fmt.Sprint(i))))
		}
		if hold := w.wait(free("a", "5th")); hold != nil {
			w.Errorf("hold: %+v", hold)
		}
		tickets = append(tickets, w.take(free("b", "of another namespace")))
		tickets[0].Return()
		tickets[1].Return()
		w.take(free("a", "5th")).Return()

		w.Log("they have no slot")
		w.expect("refused", w.stage(tickets[2]))
		tickets[2].Done(nil)
		if tickets[2].TrySlot(tagging) {
			w.Error("a slot for a ticket without a call")
		}
		if n := w.Usage("c").Calls; n != 1 {
			w.Errorf("%d calls", n)
		}
		for _, ticket := range tickets {
			ticket.Return()
		}
	})
}
