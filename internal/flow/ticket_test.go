package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/flow"
)

// stations are how far an object may have come, with what brings it there. The connection "c" has one slot and a budget, and a gate that lets one
// try.
var stations = []struct {
	name string
	come func(*world, flow.Waiter) (*flow.Ticket, *slot)
}{
	{"waiting", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		busy := w.take(w.waiter("a", "busy"))
		w.wait(want)
		return busy, nil
	}},
	{"granted", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		busy := w.take(w.waiter("a", "busy"))
		w.wait(want)
		busy.Return()
		return nil, nil
	}},
	{"taken", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) { return w.take(want), nil }},
	{"staged", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		w.Open(oneCall(time.Minute))
		ticket := w.take(want)
		return ticket, w.stage(ticket)
	}},
	{"calling", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		ticket := w.take(want)
		return ticket, w.stage(ticket)
	}},
	{"ended", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		ticket := w.calling(want)
		ticket.Done(rejected)
		return ticket, nil
	}},
	{"calling again", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		ticket := w.calling(want)
		ticket.Done(rejected)
		ticket.TrySlot(recapture)
		return ticket, nil
	}},
	{"refused", func(w *world, want flow.Waiter) (*flow.Ticket, *slot) {
		ticket := w.take(want)
		w.Remove("c")
		s := w.stage(ticket)
		w.Open(oneCall(0))
		return ticket, s
	}},
}

// oneCall is a connection through which everything goes one by one. Another process has its slot for a while.
func oneCall(foreign time.Duration) flow.Connection {
	c := budgeted(1, 1)
	c.DefaultLimits = flow.Limits{Concurrency: 1}
	c.Gates = []flow.Gate{{Reason: flow.AccountProblem, Message: "Pay.", Until: time.Now().Add(-time.Hour)}}
	if foreign > 0 {
		c.Claims = []flow.Claim{{Operation: tagging, Until: time.Now().Add(foreign)}}
	}
	return c
}

func TestEveryWayOutGivesBackWhatWasReserved(t *testing.T) {
	ways := []struct {
		name string
		out  func(*world, flow.ID, *flow.Ticket)
	}{
		{"leaves and returns", func(w *world, id flow.ID, ticket *flow.Ticket) {
			w.Leave(id)
			if ticket != nil {
				ticket.Return()
				ticket.Return()
			}
		}},
		{"loses its connection", func(w *world, _ flow.ID, ticket *flow.Ticket) {
			w.Remove("c")
			if ticket != nil {
				ticket.Return()
			}
			w.Open(oneCall(0))
		}},
		{"finds its connection at another endpoint", func(w *world, id flow.ID, ticket *flow.Ticket) {
			c := oneCall(0)
			c.Endpoint = "https://elsewhere.example.com"
			w.Open(c)
			w.Leave(id)
			if ticket != nil {
				ticket.Return()
			}
			w.Open(oneCall(0))
		}},
		{"is past the end of its day", func(w *world, id flow.ID, ticket *flow.Ticket) {
			pass(48 * time.Hour)
			w.Leave(id)
			if ticket != nil {
				ticket.Done(rejected)
				ticket.Return()
			}
		}},
	}
	for _, station := range stations {
		for _, way := range ways {
			t.Run("an object that is "+station.name+" and "+way.name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.Open(oneCall(0))
					want := w.waiter("a", "1")
					ticket, s := station.come(w, want)
					way.out(w, want.ID, ticket)
					if s != nil && w.state(s) == "waits" {
						w.Error("was not told")
					}
					w.empty()
					pass(time.Minute)
					finish(w.calling(w.waiter("a", "next")), nil) // The slot, the budget, the memory and the gate are there.
				})
			})
		}
	}
}

func TestLeave(t *testing.T) {
	t.Run("a ticket that was not taken goes to the next", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.Open(oneCall(0))
			busy, first, second := w.take(w.waiter("a", "busy")), w.waiter("a", "1"), w.waiter("a", "2")
			w.wait(first)
			w.wait(second)
			busy.Return()
			w.Leave(first.ID)
			if diff := cmp.Diff([]string{"a/1", "a/2"}, w.told(&w.woken)); diff != "" {
				w.Errorf("woken (-want +got):\n%s", diff)
			}
			w.take(second).Return()
		})
	})
	t.Run("a ticket that was taken stays", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.Open(oneCall(0))
			ticket := w.take(w.waiter("a", "1"))
			w.Leave(w.waiter("a", "1").ID)
			w.wait(w.waiter("a", "2"))
			w.expect("calls", w.stage(ticket))
			ticket.Return()
			w.Leave(w.waiter("a", "2").ID)
		})
	})
	t.Run("whoever does not wait may leave", func(t *testing.T) {
		inWorld(t, func(w *world) { w.Leave(flow.ID{}) })
	})
}

func TestAPromisedTicketForSomethingElse(t *testing.T) {
	tests := []struct {
		name   string
		change func(*flow.Waiter)
		held   int64 // bytes; 0: it waits again
	}{
		{"a smaller picture gives back the rest", func(w *flow.Waiter) { w.Bytes = 1 }, 1},
		{"a larger one queues anew", func(w *flow.Waiter) { w.Bytes = 2 * mb }, 0},
		{"another operation queues anew", func(w *flow.Waiter) { w.Operation = recapture }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(oneCall(0))
				busy, first, second := w.take(w.waiter("a", "busy")), w.waiter("a", "1"), w.waiter("a", "2")
				w.wait(first)
				w.wait(second)
				busy.Return()
				tt.change(&first)
				ticket, _ := w.Enter(first)
				if got := w.gauge("ais_picture_memory_bytes"); ticket != nil && int64(got) != tt.held {
					w.Errorf("%v bytes are held, want %d", got, tt.held)
				}
				if (ticket != nil) != (tt.held > 0) {
					w.Errorf("a ticket: %t", ticket != nil)
				}
				if ticket != nil {
					ticket.Return()
				}
				w.take(second).Return()
				w.Leave(first.ID)
			})
		})
	}
}

func TestMisuseOfATicket(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 1))
		ticket := w.take(w.waiter("a", "1"))
		ticket.Done(nil) // It has no slot.
		s := w.stage(ticket)
		w.expect("calls", s)
		w.expect("refused", w.stage(ticket))
		ticket.Done(nil)
		ticket.Done(nil)
		if n := w.Usage("c").Calls; n != 1 {
			w.Errorf("%d calls are billed", n)
		}
		ticket.Return()
		ticket.Done(nil)
		w.expect("refused", w.stage(ticket))
		if n := w.Usage("c").Calls; n != 1 {
			w.Errorf("%d calls are billed in the end", n)
		}
	})
}
