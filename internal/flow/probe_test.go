package flow_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestAGateLetsOneTry(t *testing.T) {
	tests := []struct {
		name   string
		answer error
		gates  []string
		free   bool // the others go on
	}{
		{"a result opens it", nil, nil, true},
		{"so does fault that the service finds with the request", rejected, nil, true},
		{"and with the picture", failure("AIS.0105", 0), nil, true},
		{"and with its address", failure("AIS.0029", 0), nil, true},
		{"the same answer closes it again", retired, []string{"ImageTagging ServiceUnavailable APIG.0101 10m0s"}, false},
		{"another answer about the operation closes it for that", forbidden, []string{"ImageTagging AccountProblem ModelArts.4204 30m0s"}, false},
		{
			"an answer about the account closes that gate, and says nothing about this one", arrears,
			[]string{" AccountProblem AIS.0027 30m0s", "ImageTagging ServiceUnavailable APIG.0101 0s"}, false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(connection("c", 10))
				finish(w.calling(w.waiter("a", "1")), retired)
				second, third := w.waiter("a", "2"), w.waiter("b", "3")
				w.wait(second)
				w.wait(third)
				pass(10*time.Minute - 1)
				if woken := w.told(&w.woken); len(woken) > 0 {
					w.Errorf("woken while it is closed: %q", woken)
				}
				pass(1)
				if diff := cmp.Diff([]string{"a/2"}, w.told(&w.woken)); diff != "" {
					w.Errorf("woken (-want +got):\n%s", diff)
				}
				probe := w.calling(second)
				if hold := w.wait(third); hold == nil || hold.Reason != flow.HoldServiceUnavailable {
					w.Errorf("hold during the try: %+v", hold)
				}
				finish(probe, tt.answer)
				w.expectGates(tt.gates...)
				if woken := w.told(&w.woken); tt.free != (len(woken) == 1) {
					w.Errorf("woken: %q", woken)
				}
				w.Leave(third.ID)
			})
		})
	}
}

func TestAProbeThatProvesNothing(t *testing.T) {
	for name, answer := range map[string]error{
		"a failure inside the service":        broken,
		"a lost answer":                       lost,
		"a throttled call":                    throttled,
		"a gateway that reaches nobody":       &ais.Error{Op: tagging, Code: "APIG.0605", HTTPStatus: 503},
		"credentials that were refused":       failure("APIG.0301", 0),
		"a request that the gateway rejected": failure("APIG.0201", 0),
		"a rejection without a code":          &ais.Error{Op: tagging, HTTPStatus: 400},
	} {
		t.Run(name+" lets another one try after a pause", func(t *testing.T) {
			inWorld(t, func(w *world) {
				c := connection("c", 10)
				c.Gates = []flow.Gate{
					{Reason: flow.AccountProblem, Code: "AIS.0027", Until: time.Now()},
					{Operation: tagging, Reason: flow.ServiceUnavailable, Code: "APIG.0101", Until: time.Now()},
				}
				w.Open(c)
				probe, second, third := w.calling(w.waiter("a", "1")), w.waiter("a", "2"), w.waiter("b", "3")
				w.wait(second)
				w.wait(third)
				w.told(&w.changes)
				finish(probe, answer)
				if hold := w.wait(second); hold == nil || hold.Code != "AIS.0027" {
					w.Errorf("hold: %+v", hold)
				}
				pass(30*time.Second - 1)
				w.expectGates(" AccountProblem AIS.0027 -29.999999999s", "ImageTagging ServiceUnavailable APIG.0101 -29.999999999s")
				if woken := w.told(&w.woken); len(woken) > 0 {
					w.Errorf("woken during the pause: %q", woken)
				}
				if changes := w.told(&w.changes); slices.Contains(changes, "c gate") {
					w.Errorf("told although nothing is new: %q", changes)
				}
				pass(1)
				if diff := cmp.Diff([]string{"a/2"}, w.told(&w.woken)); diff != "" {
					w.Errorf("woken (-want +got):\n%s", diff)
				}
				finish(w.calling(second), nil)
				w.expectGates()
				w.take(third).Return()
			})
		})
	}
}

func TestAThousandObjectsBehindAGateThatProbesDoNotOpen(t *testing.T) {
	inWorld(t, func(w *world) {
		c := connection("c", 10)
		c.Gates = []flow.Gate{{Operation: tagging, Reason: flow.ServiceUnavailable, Code: "APIG.0101", Until: time.Now()}}
		w.Open(c)
		var calls []string
		var repaired atomic.Bool
		for i := range 1000 {
			w.start(&job{
				want: w.waiter("a", fmt.Sprint(i)), answer: func() error {
					if repaired.Load() {
						return nil
					}
					return broken
				},
				begins: func(j *job) { w.note(&calls, j.want.ID.Name) },
			})
		}
		pass(time.Hour - 1)
		if n := len(w.told(&calls)); n != 120 {
			w.Errorf("%d calls within the hour, want one every 30 seconds", n)
		}
		repaired.Store(true)
		pass(1)
		if n := len(w.told(&calls)); n != 880 {
			w.Errorf("%d calls once one has succeeded, want those of all others", n)
		}
	})
}

func TestAProbeWithoutACall(t *testing.T) {
	ends := map[string]func(*world, flow.Waiter) *flow.Ticket{
		"that was not taken": func(w *world, want flow.Waiter) *flow.Ticket {
			w.Leave(want.ID)
			return nil
		},
		"that is returned": func(w *world, want flow.Waiter) *flow.Ticket {
			w.take(want).Return()
			return nil
		},
		"that is returned in a slot": func(w *world, want flow.Waiter) *flow.Ticket {
			w.calling(want).Return()
			return nil
		},
		"whose call was not made": func(w *world, want flow.Waiter) *flow.Ticket {
			ticket := w.calling(want)
			ticket.Done(errors.New("vetoed"))
			return ticket
		},
		"that learns of another gate": func(w *world, want flow.Waiter) *flow.Ticket {
			ticket := w.calling(want)
			ticket.Done(retired)
			return ticket
		},
	}
	for name, end := range ends {
		t.Run("a probe "+name+" lets the next one try", func(t *testing.T) {
			inWorld(t, func(w *world) {
				c := connection("c", 10)
				c.Gates = []flow.Gate{{Reason: flow.AccountProblem, Message: "Pay.", Until: time.Now().Add(-time.Hour)}}
				w.Open(c)
				first, next := w.waiter("a", "1"), w.waiter("a", "2")
				next.Operation = recapture
				busy := w.take(first)
				w.wait(next)
				busy.Return() // Now the other one is the probe.
				if diff := cmp.Diff([]string{"a/2"}, w.told(&w.woken)); diff != "" {
					w.Errorf("woken (-want +got):\n%s", diff)
				}
				w.wait(first)
				ticket := end(w, next)
				if diff := cmp.Diff([]string{"a/1"}, w.told(&w.woken)); diff != "" {
					w.Errorf("woken (-want +got):\n%s", diff)
				}
				finish(w.calling(first), nil)
				if ticket != nil {
					ticket.Return()
				}
				for _, g := range w.Gates("c") {
					if g.Operation == "" {
						w.Errorf("the gate is closed: %+v", g)
					}
				}
			})
		})
	}
}
