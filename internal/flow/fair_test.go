package flow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestNamespacesTakeTurns(t *testing.T) {
	const many = 10_000
	for _, concurrency := range []int{1, 10} {
		t.Run(fmt.Sprintf("one object behind 10,000 of another namespace is called within two turns of %d slots", concurrency), func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(connection("c", concurrency))
				calls, late := []string(nil), -1
				begins := func(j *job) { w.note(&calls, j.want.ID.Namespace) }
				for i := range many {
					call := time.Second + time.Duration(i)*time.Microsecond // No two calls end at once.
					w.start(&job{want: w.waiter("first", fmt.Sprint(i)), call: call, begins: begins})
				}
				time.AfterFunc(10*time.Second+time.Second/2, func() {
					w.mu.Lock()
					late = len(calls)
					w.mu.Unlock()
					w.start(&job{want: w.waiter("second", "one"), call: time.Second, begins: begins})
				})
				pass(2 * many * time.Second)
				if behind := slices.Index(calls, "second") - late; behind < 0 || behind >= 2 {
					w.Errorf("called after %d others", behind)
				}
				if len(calls) != many+1 {
					w.Errorf("%d calls, want %d", len(calls), many+1)
				}
			})
		})
	}
}

func TestOrderOfTurns(t *testing.T) {
	type object struct{ namespace, connection, name string }
	tests := []struct {
		name    string
		waiting []object
		want    []string
	}{
		{"the objects of one connection are called as they came", []object{{"a", "c", "1"}, {"a", "c", "2"}, {"a", "c", "3"}}, []string{"a/1", "a/2", "a/3"}},
		{
			"namespaces alternate",
			[]object{{"a", "c", "1"}, {"a", "c", "2"}, {"a", "c", "3"}, {"b", "c", "1"}, {"b", "c", "2"}, {"d", "c", "1"}},
			[]string{"a/1", "b/1", "d/1", "a/2", "b/2", "a/3"},
		},
		{
			"inside a namespace connections alternate",
			[]object{{"a", "c", "1"}, {"a", "c", "2"}, {"a", "c", "3"}, {"a", "e", "4"}, {"a", "e", "5"}},
			[]string{"a/1", "a/4", "a/2", "a/5", "a/3"},
		},
		{
			"a namespace has no more turns with more connections",
			[]object{{"a", "c", "1"}, {"a", "e", "2"}, {"a", "c", "3"}, {"b", "c", "1"}, {"b", "c", "2"}},
			[]string{"a/1", "b/1", "a/2", "b/2", "a/3"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(connection("c", 1))
				w.Open(connection("e", 1))
				inSlot, ahead := w.calling(w.waiter("x", "in the slot")), w.take(w.waiter("x", "ahead"))
				aheadSlot := w.stage(ahead)
				extra := w.take(w.waiter("y", "fills the window"))
				var calls []string
				for _, o := range tt.waiting {
					want := w.waiter(o.namespace, o.name)
					want.Connection = o.connection
					w.start(&job{want: want, call: time.Second, begins: func(j *job) { w.note(&calls, j.want.ID.Namespace+"/"+j.want.ID.Name) }})
				}
				finish(inSlot, nil)
				w.expect("calls", aheadSlot)
				finish(ahead, nil)
				extra.Return()
				pass(time.Minute)
				if diff := cmp.Diff(tt.want, w.told(&calls)); diff != "" {
					w.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestHowManyTicketsAreAheadOfTheirSlots(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 3))
		var tickets []*flow.Ticket
		take := func(namespace, name string) { tickets = append(tickets, w.take(w.waiter(namespace, name))) }
		w.Log("as many as there are slots")
		for i := range 3 {
			take("a", fmt.Sprint(i))
		}
		w.wait(w.waiter("a", "4th"))
		w.Log("and one more for a namespace that has none, up to twice as many")
		take("b", "1")
		w.wait(w.waiter("b", "2"))
		take("d", "1")
		take("e", "1")
		w.wait(w.waiter("f", "1"))
		w.Log("those that are called are not among them")
		s := w.stage(tickets[0])
		w.expect("calls", s)
		if diff := cmp.Diff([]string{"f/1"}, w.told(&w.woken)); diff != "" {
			w.Errorf("woken (-want +got):\n%s", diff)
		}
		for _, o := range [][2]string{{"a", "4th"}, {"b", "2"}, {"f", "1"}} {
			w.Leave(w.waiter(o[0], o[1]).ID)
		}
		for _, ticket := range tickets {
			ticket.Return()
		}
	})
}

func TestWhatIsHeldBackBlocksNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		gated, spent := connection("gated", 1), connection("spent", 1)
		gated.Gates = []flow.Gate{{Reason: flow.AccountProblem, Message: "Pay.", Until: time.Now().Add(time.Hour)}}
		spent.Budget = flow.Budget{PerDay: 1}
		spent.Used = flow.Usage{Day: time.Now().UTC().Format("2006-01-02"), Calls: 1}
		w.Open(gated)
		w.Open(spent)
		w.Open(connection("c", 1))
		var held []flow.Waiter
		for _, name := range []string{"gated", "spent", "unknown"} {
			want := w.waiter("a", name)
			want.Connection = name
			held = append(held, want)
			w.wait(want)
		}
		finish(w.calling(w.waiter("a", "free to go")), nil)
		for _, want := range held {
			w.Leave(want.ID)
		}
	})
}

func TestAskingAgain(t *testing.T) {
	tests := []struct {
		name   string
		change func(*flow.Waiter)
		want   []string
	}{
		{"keeps the place", func(*flow.Waiter) {}, []string{"a/1", "a/2"}},
		{"for another operation queues anew", func(w *flow.Waiter) { w.Operation = recapture }, []string{"a/2"}},
		{"without a picture queues anew", func(w *flow.Waiter) { w.Bytes = 0 }, []string{"a/2", "a/1"}},
		{"through another connection queues anew", func(w *flow.Waiter) { w.Connection = "elsewhere" }, []string{"a/2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(connection("c", 1))
				other := connection("elsewhere", 1)
				other.Endpoint = "https://elsewhere.example.com"
				w.Open(other)
				inSlot, ahead := w.calling(w.waiter("a", "in the slot")), w.take(w.waiter("a", "ahead"))
				first, second := w.waiter("a", "1"), w.waiter("a", "2")
				w.wait(first)
				w.wait(second)
				changed := first
				tt.change(&changed)
				if again, _ := w.Enter(changed); again != nil { // The other lane is free.
					again.Return()
				}
				inSlot.Return()
				ahead.Return()
				waiting := map[string]flow.Waiter{"a/1": first, "a/2": second}
				var got []string
				for woken := w.told(&w.woken); len(woken) > 0; woken = w.told(&w.woken) {
					got = append(got, woken...)
					for _, name := range woken {
						w.take(waiting[name]).Return()
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					w.Errorf("woken (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestHowLongNothingButItsTurnKeepsAnObjectWaiting(t *testing.T) {
	inWorld(t, func(w *world) {
		gated := connection("c", 1)
		gated.Gates = []flow.Gate{{Reason: flow.AccountProblem, Message: "Pay.", Until: time.Now().Add(time.Hour)}}
		spent := budgeted(1, 0)
		spent.Used = flow.Usage{Day: today(), Calls: 1}
		w.Open(connection("d", 1)) // Its objects have what slot and tickets there are.
		var others []*flow.Ticket
		for i, namespace := range []string{"a", "a", "b"} {
			other := w.waiter(namespace, fmt.Sprint(i))
			other.Connection = "d"
			others = append(others, w.take(other))
			w.stage(others[i])
		}
		want := w.waiter("shop", "koala")
		check := func(expected time.Duration, what string) {
			w.Helper()
			if got := w.Waited(want.ID); got != expected {
				w.Errorf("%s: it has waited for %s, want %s", what, got, expected)
			}
		}
		check(0, "before it waits")
		w.wait(want)
		pass(time.Minute)
		check(0, "while its connection is not open")
		w.Open(gated)
		w.wait(want)
		pass(time.Minute)
		check(0, "behind a gate")
		w.Open(spent)
		w.wait(want)
		pass(time.Minute)
		check(0, "without a budget")

		w.Open(connection("c", 1))
		check(0, "when the budget is raised")
		pass(time.Minute)
		w.wait(want)
		check(time.Minute, "a minute later")
		if got := w.gauge("ais_oldest_waiting_seconds"); got != 60 {
			w.Errorf("the oldest has waited for %v s", got)
		}
		for _, ticket := range others {
			ticket.Return()
		}
		w.take(want).Return()
		check(0, "once it has its ticket")
	})
}

func TestWhatLetsGoOfAnObjectBeginsItsWaiting(t *testing.T) {
	inWorld(t, func(w *world) {
		pass(time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(23 * time.Hour)))
		c := budgeted(2, 0)
		c.DefaultLimits.Concurrency = 1
		c.Gates = []flow.Gate{{Reason: flow.AccountProblem, Message: "Pay.", Until: time.Now().Add(30 * time.Minute)}}
		w.Open(c)
		probe, next, after, last := w.waiter("a", "1"), w.waiter("a", "2"), w.waiter("a", "3"), w.waiter("a", "4")
		for _, want := range []flow.Waiter{probe, next, after, last} {
			w.wait(want)
		}
		pass(30 * time.Minute)
		ticket := w.calling(probe)
		pass(time.Minute)
		finish(ticket, nil) // The next one has its ticket now.
		pass(5 * time.Second)
		if got := w.Waited(last.ID); got != 5*time.Second {
			w.Errorf("5 seconds after the gate opened it has waited for %s", got)
		}
		finish(w.calling(next), nil)
		pass(time.Hour) // The budget begins anew meanwhile.
		if got := w.Waited(last.ID); got != 31*time.Minute+5*time.Second {
			w.Errorf("31 minutes after midnight it has waited for %s", got)
		}
		w.Leave(after.ID)
		w.Leave(last.ID)
	})
}
