package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestSlots(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 2))
		var tickets []*flow.Ticket
		var slots []*slot
		for i := range 4 { // Two for the slots, two ahead of them.
			tickets = append(tickets, w.take(w.waiter("a", fmt.Sprint(i))))
			slots = append(slots, w.stage(tickets[i]))
		}
		w.wait(w.waiter("a", "5th"))
		w.expect("calls calls waits waits", slots...)

		w.Log("a slot that comes free is handed over at once, and the next object is woken")
		tickets[1].Done(nil)
		w.expect("calls calls calls waits", slots...)
		if woken := w.told(&w.woken); len(woken) != 1 || woken[0] != "a/5th" {
			w.Errorf("woken: %q", woken)
		}
		w.Log("a slot is free without an answer, too")
		tickets[0].Return()
		w.expect("calls calls calls calls", slots...)
		for _, ticket := range tickets {
			ticket.Return()
		}
		w.take(w.waiter("a", "5th")).Return()
	})
}

func TestLimitsOfALane(t *testing.T) {
	with := func(c flow.Connection, change func(*flow.Connection)) flow.Connection {
		change(&c)
		return c
	}
	tests := []struct {
		name        string
		connections []flow.Connection
		want        int
	}{
		{"one connection", []flow.Connection{connection("c", 3)}, 3},
		{"none counts as one", []flow.Connection{connection("c", 0)}, 1},
		{"the lowest of all that share it", []flow.Connection{connection("c", 3), connection("d", 2), connection("e", 4)}, 2},
		{
			"those of the operation", []flow.Connection{with(connection("c", 3), func(c *flow.Connection) {
				c.Limits = map[string]flow.Limits{tagging: {Concurrency: 1}, recapture: {Concurrency: 2}}
			})}, 1,
		},
		{
			"another endpoint is another lane",
			[]flow.Connection{connection("c", 3), with(connection("d", 1), func(c *flow.Connection) { c.Endpoint = "https://elsewhere.example.com" })}, 3,
		},
		{"another project is another lane", []flow.Connection{connection("c", 3), with(connection("d", 1), func(c *flow.Connection) { c.Project = "q" })}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				for _, c := range tt.connections {
					w.Open(c)
				}
				calls := 0
				for i := range 10 {
					if ticket, _ := w.Enter(w.waiter("a", fmt.Sprint(i))); ticket != nil {
						s := w.stage(ticket)
						defer ticket.Return()
						if w.state(s) == "calls" {
							calls++
						}
						continue
					}
					defer w.Leave(w.waiter("a", fmt.Sprint(i)).ID)
				}
				if calls != tt.want {
					w.Errorf("%d calls at once, want %d", calls, tt.want)
				}
			})
		})
	}
}

func TestOneLaneOfManyConnections(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 1))
		w.Open(connection("d", 1))
		mine, theirs := w.waiter("a", "mine"), w.waiter("b", "theirs")
		theirs.Connection = "d"
		first, second := w.calling(mine), w.take(theirs)
		waiting := w.stage(second)
		w.expect("waits", waiting)
		finish(first, nil)
		w.expect("calls", waiting)
		finish(second, nil)
	})
}

func TestForeignClaims(t *testing.T) {
	inWorld(t, func(w *world) {
		c := connection("c", 2)
		now := time.Now()
		c.Claims = []flow.Claim{
			{Operation: tagging, Until: now.Add(20 * time.Second)}, {Operation: tagging, Until: now.Add(10 * time.Second)},
			{Operation: recapture, Until: now.Add(time.Hour)}, {Operation: tagging, Until: now},
		}
		w.Open(c)
		first, second := w.take(w.waiter("a", "1")), w.take(w.waiter("a", "2"))
		slots := []*slot{w.stage(first), w.stage(second)}
		pass(10*time.Second - 1)
		w.expect("waits waits", slots...)
		pass(1)
		w.expect("calls waits", slots...)

		w.Log("claims count anew with each Open")
		w.Open(connection("c", 2))
		w.expect("calls calls", slots...)
		c.Claims = []flow.Claim{{Operation: tagging, Until: time.Now().Add(time.Minute)}}
		w.Open(c)
		finish(first, nil)
		third := w.take(w.waiter("a", "3"))
		slots = append(slots, w.stage(third))
		w.expect("calls calls waits", slots...)
		w.Log("and go with their connection")
		w.Open(connection("d", 2))
		other := w.waiter("a", "4")
		other.Connection = "d"
		fourth := w.take(other)
		slots = append(slots, w.stage(fourth))
		w.expect("calls calls waits waits", slots...)
		w.Remove("c")
		w.expect("calls calls refused calls", slots...)
		for _, ticket := range []*flow.Ticket{second, third, fourth} {
			ticket.Return()
		}
	})
}

func TestChangedLimitsHoldAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 1))
		var tickets []*flow.Ticket
		var slots []*slot
		stage := func(name string) {
			tickets = append(tickets, w.take(w.waiter("a", name)))
			slots = append(slots, w.stage(tickets[len(tickets)-1]))
		}
		stage("1")
		stage("2")
		w.wait(w.waiter("a", "3"))
		w.expect("calls waits", slots...)

		w.Open(connection("c", 3))
		w.expect("calls calls", slots...)
		stage("3")
		stage("4")
		w.expect("calls calls calls waits", slots...)

		w.Log("calls on their way go on above a lower limit, and no other begins")
		w.Open(connection("c", 1))
		finish(tickets[0], nil)
		finish(tickets[1], nil)
		w.expect("calls calls calls waits", slots...)
		finish(tickets[2], nil)
		w.expect("calls calls calls calls", slots...)
		finish(tickets[3], nil)
	})
}

func TestAnotherOperationOnTheSamePicture(t *testing.T) {
	retiredRecapture := []flow.Gate{{Operation: recapture, Reason: flow.ServiceUnavailable, Until: time.Now().Add(24 * 365 * 100 * time.Hour)}}
	tests := []struct {
		name   string
		before func(*world, *flow.Connection) (after func())
		want   bool
	}{
		{"a free slot is had at once", func(*world, *flow.Connection) func() { return nil }, true},
		{"a slot that another has is not waited for", func(w *world, _ *flow.Connection) func() {
			want := w.waiter("b", "other")
			want.Operation = recapture
			return w.calling(want).Return
		}, false},
		{"a claim of another process occupies it", func(_ *world, c *flow.Connection) func() {
			c.Claims = []flow.Claim{{Operation: recapture, Until: time.Now().Add(time.Hour)}}
			return nil
		}, false},
		{"a closed gate holds it back", func(_ *world, c *flow.Connection) func() {
			c.Gates = retiredRecapture
			return nil
		}, false},
		{"the budget counts it", func(_ *world, c *flow.Connection) func() {
			c.Budget = flow.Budget{PerDay: 1}
			return nil
		}, false},
		{"so does the namespace's", func(_ *world, c *flow.Connection) func() {
			c.Budget = flow.Budget{PerDayPerNamespace: 1}
			return nil
		}, false},
		{"the rate counts it", func(w *world, c *flow.Connection) func() {
			c.Limits = map[string]flow.Limits{recapture: {Concurrency: 5, RequestsPerSecond: 1}}
			w.Open(*c)
			want := w.waiter("b", "other")
			want.Operation = recapture
			return w.calling(want).Return
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				c := connection("c", 1)
				w.Open(c)
				undo := tt.before(w, &c)
				w.Open(c)
				ticket := w.take(w.waiter("a", "1"))
				if ticket.TrySlot(recapture) {
					w.Error("a slot before the first call")
				}
				w.expect("calls", w.stage(ticket))
				if ticket.TrySlot(recapture) {
					w.Error("a second slot during a call")
				}
				ticket.Done(nil)
				if got := ticket.TrySlot(recapture); got != tt.want {
					w.Errorf("slot: %t, want %t", got, tt.want)
				}
				if tt.want {
					ticket.Done(nil)
					if n := w.Usage("c").Calls; n != 2 {
						w.Errorf("%d calls billed, want 2", n)
					}
				}
				ticket.Return()
				if ticket.TrySlot(recapture) {
					w.Error("a slot for a ticket that was returned")
				}
				if undo != nil {
					undo()
				}
			})
		})
	}
}

// A token of the rate comes with time: whoever looks before the alarm rings does not take it from those who wait.
func TestAnotherOperationOnTheSamePictureStandsBehindThoseWhoWait(t *testing.T) {
	inWorld(t, func(w *world) {
		setForward := w.setForward()
		c := connection("c", 5)
		c.Limits = map[string]flow.Limits{recapture: {Concurrency: 5, RequestsPerSecond: 1}}
		w.Open(c)
		first, second := w.waiter("a", "1"), w.waiter("a", "2")
		first.Operation, second.Operation = recapture, recapture
		finish(w.calling(first), nil)
		waiting := w.take(second)
		s := w.stage(waiting)
		other := w.calling(w.waiter("b", "3"))
		other.Done(nil)
		setForward(time.Hour)
		if other.TrySlot(recapture) {
			w.Error("it went before those who wait")
		}
		w.expect("waits", s)
		other.Return()
		pass(time.Second)
		w.expect("calls", s)
		finish(waiting, nil)
	})
}
