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

// fill stages tickets until no more are granted, and returns how many calls began.
func (w *world) fill(name string) (calls int, undo func()) {
	var tickets []*flow.Ticket
	var names []flow.ID
	for i := 0; ; i++ {
		want := w.waiter("a", fmt.Sprint(name, i))
		ticket, _ := w.Enter(want)
		if ticket == nil {
			names = append(names, want.ID)
			break
		}
		tickets = append(tickets, ticket)
		if w.state(w.stage(ticket)) == "calls" {
			calls++
		}
	}
	return calls, func() {
		for _, id := range names {
			w.Leave(id)
		}
		for _, ticket := range tickets {
			ticket.Return()
		}
	}
}

func TestThrottlingHalvesAndRecovers(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 8))
		var tickets []*flow.Ticket
		for i := range 8 {
			tickets = append(tickets, w.calling(w.waiter("a", fmt.Sprint(i))))
		}
		waiting := w.take(w.waiter("b", "first afterwards"))
		slots := []*slot{w.stage(waiting)}

		w.Log("answers to calls that began before the cut are the same news")
		for _, ticket := range tickets {
			finish(ticket, throttled)
		}
		w.expect("waits", slots...)
		pass(time.Second - 1)
		w.expect("waits", slots...)
		pass(1)
		w.Log("one call tries")
		w.expect("calls", slots...)
		next := w.take(w.waiter("b", "second"))
		slots = append(slots, w.stage(next))
		w.wait(w.waiter("b", "third"))
		w.expect("calls waits", slots...)
		w.Log("its success lets half as many go as before")
		finish(waiting, nil)
		w.expect("calls calls", slots...)
		w.take(w.waiter("b", "third")).Return()
		finish(next, nil)
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 4}, {37 * time.Second, 4}, {time.Second, 5}, {112 * time.Second, 8}, {time.Hour, 8}} {
			pass(step.after)
			calls, undo := w.fill(fmt.Sprint(step.after))
			undo()
			if calls != step.want {
				w.Errorf("%v later %d calls at once, want %d", step.after, calls, step.want)
			}
		}
	})
}

func TestPausesAfterThrottling(t *testing.T) {
	later := func(seconds int) error { return failure("APIG.0308", time.Duration(seconds)*time.Second) }
	tests := []struct {
		name    string
		answers []error
		want    []int // seconds between the calls
	}{
		{
			"they double up to a minute", []error{throttled, throttled, throttled, throttled, throttled, throttled, throttled, throttled, nil},
			[]int{1, 2, 4, 8, 16, 32, 60, 60},
		},
		{"a success ends the row", []error{throttled, throttled, nil, throttled, nil}, []int{1, 2, 0, 1}},
		{"so does another failure", []error{throttled, throttled, broken, throttled, nil}, []int{1, 2, 0, 1}},
		{"the service's word counts when it is longer", []error{later(7), throttled, later(1), nil}, []int{7, 2, 4}},
		{
			"a throttled log-in counts, too", []error{&ais.Error{Op: ais.OpCreateToken, Code: "IAM.0012", HTTPStatus: 429}, throttled, nil},
			[]int{1, 2},
		},
		{"a call that was not made lets the next one try", []error{throttled, errors.New("the claim was lost"), throttled, nil}, []int{1, 0, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(connection("c", 1))
				last := time.Time{}
				var pauses []int
				for i, answer := range tt.answers {
					ticket := w.take(w.waiter("a", fmt.Sprint(i)))
					s := w.stage(ticket)
					pass(65 * time.Second)
					if w.expect("calls", s); i > 0 {
						pauses = append(pauses, int(max(0, s.at.Sub(last)).Round(time.Second).Seconds()))
					}
					last = time.Now()
					finish(ticket, answer)
				}
				if diff := cmp.Diff(tt.want, pauses); diff != "" {
					w.Errorf("seconds between calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAnOldCallThatIsThrottledLate(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 8))
		early, late, lateToo := w.calling(w.waiter("a", "1")), w.calling(w.waiter("a", "2")), w.calling(w.waiter("a", "3"))
		finish(early, throttled)
		pass(time.Second)
		finish(w.calling(w.waiter("a", "4")), nil)
		finish(late, throttled) // It began before the cut, and asks for no pause.
		finish(w.calling(w.waiter("a", "5")), nil)

		finish(lateToo, failure("", 5*time.Second)) // It does ask.
		next := w.take(w.waiter("a", "6"))
		s := w.stage(next)
		pass(5*time.Second - 1)
		w.expect("waits", s)
		pass(1)
		w.expect("calls", s)
		finish(next, nil)
	})
}

func TestWhatIsKnownOfTheServiceIsKept(t *testing.T) {
	t.Run("a call from before does not end the row", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.Open(connection("c", 8))
			early, success := w.calling(w.waiter("a", "1")), w.calling(w.waiter("a", "2"))
			finish(early, throttled)
			finish(success, nil)
			pass(time.Second)
			finish(w.calling(w.waiter("a", "3")), throttled)
			next := w.take(w.waiter("a", "4"))
			s := w.stage(next)
			pass(2*time.Second - 1)
			w.expect("waits", s)
			pass(1)
			w.expect("calls", s)
			finish(next, nil)
		})
	})
	t.Run("a success does not end a pause that was asked for meanwhile", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.Open(connection("c", 8))
			early, late := w.calling(w.waiter("a", "1")), w.calling(w.waiter("a", "2"))
			finish(early, throttled)
			pass(time.Second)
			trial := w.calling(w.waiter("a", "3"))
			finish(late, failure("", 5*time.Second))
			finish(trial, nil)
			pass(5 * time.Second)
			if calls, undo := w.fill("x"); calls != 1 {
				w.Errorf("%d calls try", calls)
			} else {
				undo()
			}
		})
	})
	t.Run("what was regained before another pause stays", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.Open(connection("c", 8))
			early, late := w.calling(w.waiter("a", "1")), w.calling(w.waiter("a", "2"))
			finish(early, throttled)
			pass(time.Second)
			finish(w.calling(w.waiter("a", "3")), nil)
			pass(75 * time.Second)
			finish(late, failure("", 5*time.Second))
			pass(5 * time.Second)
			finish(w.calling(w.waiter("a", "4")), nil)
			calls, undo := w.fill("x")
			undo()
			if calls != 6 {
				w.Errorf("%d calls at once, want 6", calls)
			}
		})
	})
	t.Run("a pause outlives the connection", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.Open(connection("c", 8))
			finish(w.calling(w.waiter("a", "1")), failure("", time.Minute))
			w.Remove("c")
			w.Open(connection("c", 8))
			next := w.take(w.waiter("a", "2"))
			s := w.stage(next)
			pass(time.Minute - 1)
			w.expect("waits", s)
			pass(1)
			w.expect("calls", s)
			finish(next, nil)
		})
	})
}

func TestALongPauseKeepsNoPictures(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 4))
		var tickets []*flow.Ticket
		var slots []*slot
		for i := range 7 {
			tickets = append(tickets, w.take(w.waiter("a", fmt.Sprint(i))))
			slots = append(slots, w.stage(tickets[i]))
		}
		reading := w.take(w.waiter("b", "reading"))
		bare := w.waiter("d", "bare")
		bare.Bytes = 0
		tickets = append(tickets, w.take(bare))
		slots = append(slots, w.stage(tickets[7]))
		w.expect("calls calls calls calls waits waits waits waits", slots...)
		tickets[0].Done(failure("", time.Hour))
		w.Log("a picture that is an address may not be there any more after the pause")
		w.expect("calls calls calls calls waits refused refused refused", slots...)
		w.expect("refused", w.stage(reading))
		reading.Return()
		pass(time.Hour)
		w.expect("calls calls calls calls waits refused refused refused", slots...) // Half of the slots are taken up.
		tickets[1].Done(nil)
		tickets[2].Done(nil)
		tickets[3].Done(nil)
		w.expect("calls calls calls calls calls refused refused refused", slots...)
		for _, ticket := range tickets {
			ticket.Return()
		}
	})
}
