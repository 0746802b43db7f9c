package flow_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/flow"
)

func budgeted(perDay, perNamespace int) flow.Connection {
	c := connection("c", 10)
	c.Budget = flow.Budget{PerDay: perDay, PerDayPerNamespace: perNamespace}
	return c
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

func TestWhatIsBilled(t *testing.T) {
	tests := []struct {
		name   string
		answer error
		want   int
	}{
		{"a result", nil, 1},
		{"an unknown outcome", lost, 1},
		{"an error code in a success", &ais.Error{Op: tagging, Code: "AIS.0503", HTTPStatus: 200}, 1},
		{"a rejection is not", rejected, 0},
		{"nor is a failure of the service", broken, 0},
		{"nor a throttled call", throttled, 0},
		{"nor one that a gate closes for", arrears, 0},
		{"nor one that was not made", errors.New("vetoed"), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(budgeted(10, 0))
				finish(w.calling(w.waiter("a", "1")), tt.answer)
				want := flow.Usage{Day: today(), Calls: tt.want, ByNamespace: map[string]int{}}
				if tt.want > 0 {
					want.ByNamespace["a"] = tt.want
				}
				if diff := cmp.Diff(want, w.Usage("c")); diff != "" {
					w.Errorf("usage (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestBudgetOfAConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(budgeted(2, 0))
		w.told(&w.changes)
		first, second := w.calling(w.waiter("a", "1")), w.calling(w.waiter("b", "2"))
		w.Log("what is reserved may come back: that is no reason to tell")
		if hold := w.wait(w.waiter("d", "3")); hold != nil {
			w.Errorf("hold: %+v", hold)
		}
		finish(first, rejected)
		third := w.calling(w.waiter("d", "3"))
		w.wait(w.waiter("a", "4"))
		finish(second, nil)
		finish(third, nil)
		if diff := cmp.Diff([]string{"c usage", "c usage", "c budget"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
		w.Log("what is billed does not")
		want := &flow.Hold{
			Reason: flow.HoldBudget,
			Message: "the connection's budget of billed calls is used up for today (UTC); it begins anew tomorrow, " +
				"or raise spec.budget.callsPerDay of the connection",
		}
		if diff := cmp.Diff(want, w.wait(w.waiter("a", "4"))); diff != "" {
			w.Errorf("hold (-want +got):\n%s", diff)
		}
		w.told(&w.woken)

		w.Log("a raised budget holds at once")
		w.Open(budgeted(3, 0))
		if diff := cmp.Diff([]string{"a/4"}, w.told(&w.woken)); diff != "" {
			w.Errorf("woken (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"c budget"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
		finish(w.calling(w.waiter("a", "4")), nil)
	})
}

func TestBudgetOfANamespace(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(budgeted(0, 1))
		finish(w.calling(w.waiter("a", "1")), nil)
		hold := w.wait(w.waiter("a", "2"))
		if hold == nil || hold.Reason != flow.HoldNamespaceBudget {
			w.Errorf("hold: %+v", hold)
		}
		finish(w.calling(w.waiter("b", "1")), nil)
		w.Leave(w.waiter("a", "2").ID)
		if diff := cmp.Diff([]string{"c usage", "c budget", "c usage", "c budget"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

func TestBudgetsBeginAnewAtMidnight(t *testing.T) {
	inWorld(t, func(w *world) {
		pass(time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(24*time.Hour - time.Minute)))
		w.Open(budgeted(2, 0))
		finish(w.calling(w.waiter("a", "1")), nil)
		over := w.calling(w.waiter("a", "2"))
		w.wait(w.waiter("a", "3"))
		pass(time.Minute - 1)
		if woken := w.told(&w.woken); len(woken) > 0 {
			w.Errorf("woken before midnight: %q", woken)
		}
		pass(1)
		if diff := cmp.Diff([]string{"a/3"}, w.told(&w.woken)); diff != "" {
			w.Errorf("woken (-want +got):\n%s", diff)
		}
		w.Log("a call that is on its way at midnight is billed on the day of its answer")
		third := w.calling(w.waiter("a", "3"))
		w.wait(w.waiter("a", "4"))
		finish(over, nil)
		if diff := cmp.Diff(flow.Usage{Day: today(), Calls: 1, ByNamespace: map[string]int{"a": 1}}, w.Usage("c")); diff != "" {
			w.Errorf("usage (-want +got):\n%s", diff)
		}
		finish(third, nil)
		w.Leave(w.waiter("a", "4").ID)
		w.told(&w.changes)
		pass(24 * time.Hour)
		if n := w.Usage("c").Calls; n != 0 {
			w.Errorf("%d calls on the day after", n)
		}
		if diff := cmp.Diff([]string{"c budget"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

// The clock is set forward over midnight, so that somebody sees the new day before the alarm rings.
func TestADayThatEndsBeforeTheAlarmRings(t *testing.T) {
	tests := []struct {
		name   string
		budget flow.Connection
		see    func(*world, *flow.Ticket)
	}{
		{
			"what is parked anew by somebody who does not look at the day", budgeted(0, 1),
			func(_ *world, busy *flow.Ticket) { busy.Return() },
		},
		{
			"what a call under way held back together with yesterday's", budgeted(2, 0),
			func(w *world, _ *flow.Ticket) { w.Usage("c") },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name+" goes on", func(t *testing.T) {
			inWorld(t, func(w *world) {
				setForward := w.setForward()
				w.Open(tt.budget)
				finish(w.calling(w.waiter("a", "1")), nil)
				busy := w.calling(w.waiter("b", "2"))
				w.wait(w.waiter("a", "3"))
				setForward(24 * time.Hour)
				tt.see(w, busy)
				if diff := cmp.Diff([]string{"a/3"}, w.told(&w.woken)); diff != "" {
					w.Errorf("woken (-want +got):\n%s", diff)
				}
				busy.Return()
				w.take(w.waiter("a", "3")).Return()
			})
		})
	}
}

func TestTheFirstAnswerOfADayBeginsIt(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(budgeted(2, 0))
		call := w.calling(w.waiter("a", "1"))
		pass(24 * time.Hour)
		finish(call, nil)
		if n := w.Usage("c").Calls; n != 1 {
			w.Errorf("%d calls", n)
		}
	})
}

func TestBudgetAfterARestart(t *testing.T) {
	used := func(day string, calls int, byNamespace map[string]int) flow.Usage {
		return flow.Usage{Day: day, Calls: calls, ByNamespace: byNamespace}
	}
	tests := []struct {
		name string
		used []flow.Usage // of one Open after the other
		want flow.Usage
	}{
		{"what status and ledgers know counts", []flow.Usage{used("", 5, map[string]int{"a": 3})}, used("", 5, map[string]int{"a": 3})},
		{
			"of each number the larger counts", []flow.Usage{used("", 5, map[string]int{"a": 3, "b": 1}), used("", 4, map[string]int{"a": 1, "b": 2, "d": 1})},
			used("", 5, map[string]int{"a": 3, "b": 2, "d": 1}),
		},
		{"nothing is lowered", []flow.Usage{used("", 5, map[string]int{"a": 3}), {}}, used("", 5, map[string]int{"a": 3})},
		{"another day counts for nothing", []flow.Usage{used("1999-12-31", 5, map[string]int{"a": 3})}, used("", 0, map[string]int{})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				for _, u := range tt.used {
					c := budgeted(100, 0)
					if c.Used = u; u.Day == "" {
						c.Used.Day = today()
					}
					w.Open(c)
				}
				tt.want.Day = today()
				if diff := cmp.Diff(tt.want, w.Usage("c")); diff != "" {
					w.Errorf("usage (-want +got):\n%s", diff)
				}
				w.Remove("c")
				w.Open(budgeted(100, 0))
				if diff := cmp.Diff(tt.want, w.Usage("c")); diff != "" {
					w.Errorf("usage after the connection was removed and opened (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestALoweredBudgetRefusesWhatIsStaged(t *testing.T) {
	inWorld(t, func(w *world) {
		c := budgeted(4, 0)
		c.DefaultLimits.Concurrency = 2
		w.Open(c)
		var tickets []*flow.Ticket
		var slots []*slot
		for i := range 4 {
			tickets = append(tickets, w.take(w.waiter("a", fmt.Sprint(i))))
			slots = append(slots, w.stage(tickets[i]))
		}
		c.Budget.PerDay = 3
		w.Open(c)
		w.expect("calls calls refused waits", slots...)
		tickets[0].Done(nil)
		tickets[1].Done(rejected)
		w.expect("calls calls refused calls", slots...)
		tickets[3].Done(nil)
		for _, ticket := range tickets {
			ticket.Return()
		}
		finish(w.calling(w.waiter("a", "last")), nil)
		if hold := w.wait(w.waiter("a", "too many")); hold == nil {
			w.Error("no hold")
		}
		w.Leave(w.waiter("a", "too many").ID)
	})
}
