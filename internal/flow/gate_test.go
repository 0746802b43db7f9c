package flow_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/flow"
)

// gates shows the closed gates of the connection "c", with the time until they let one try.
func (w *world) gates() []string {
	var shown []string
	for _, g := range w.Gates("c") {
		shown = append(shown, g.Operation+" "+string(g.Reason)+" "+g.Code+" "+time.Until(g.Until).String())
	}
	return shown
}

func (w *world) expectGates(want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.gates()); diff != "" {
		w.Errorf("gates (-want +got):\n%s", diff)
	}
}

func TestWhatClosesAGate(t *testing.T) {
	tests := []struct {
		name   string
		answer error
		gates  []string
		hold   *flow.Hold
		other  bool // another operation is held back, too
	}{
		{
			"arrears hold back the connection", arrears, []string{" AccountProblem AIS.0027 30m0s"},
			&flow.Hold{
				Reason: flow.HoldAccountProblem, Code: "AIS.0027",
				Message: "ImageTagging failed with AIS.0027: No. What to do: " + ais.Measure("AIS.0027"),
			}, true,
		},
		{
			"a subscription holds back its operation", forbidden, []string{"ImageTagging AccountProblem ModelArts.4204 30m0s"},
			&flow.Hold{
				Reason: flow.HoldAccountProblem, Operation: tagging, Code: "ModelArts.4204",
				Message: "ImageTagging failed with ModelArts.4204: No. What to do: " + ais.Measure("ModelArts.4204"),
			}, false,
		},
		{
			"an API that is gone holds back its operation", retired, []string{"ImageTagging ServiceUnavailable APIG.0101 10m0s"},
			&flow.Hold{
				Reason: flow.HoldServiceUnavailable, Operation: tagging, Code: "APIG.0101",
				Message: "ImageTagging failed with APIG.0101: No. What to do: " + ais.Measure("APIG.0101"),
			}, false,
		},
		{
			"so does a page that is none of the API", &ais.Error{Op: tagging, Message: "an HTML page", HTTPStatus: 404},
			[]string{"ImageTagging ServiceUnavailable  10m0s"},
			&flow.Hold{
				Reason: flow.HoldServiceUnavailable, Operation: tagging,
				Message: "ImageTagging failed: an HTML page. What to do: Check spec.endpoints and spec.region of the connection.",
			}, false,
		},
		{"a rejection holds nothing back", rejected, nil, nil, false},
		{"nor does a failure", broken, nil, nil, false},
		{"nor does an unknown outcome", lost, nil, nil, false},
		{"nor do credentials, which the session heeds", failure("APIG.0301", 0), nil, nil, false},
		{"nor does a call that was not made", errors.New("vetoed"), nil, nil, false},
		{"nor does a result", nil, nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.Open(connection("c", 10))
				finish(w.calling(w.waiter("a", "1")), tt.answer)
				w.expectGates(tt.gates...)
				want := w.waiter("a", "2")
				ticket, hold := w.Enter(want)
				if (ticket == nil) != (tt.hold != nil) {
					w.Errorf("a ticket: %t", ticket != nil)
				}
				if diff := cmp.Diff(tt.hold, hold); diff != "" {
					w.Errorf("hold (-want +got):\n%s", diff)
				}
				if ticket != nil {
					ticket.Return()
				}
				w.Leave(want.ID)
				want.Operation = recapture
				if ticket, _ = w.Enter(want); (ticket == nil) != tt.other {
					w.Errorf("a ticket of another operation: %t", ticket != nil)
				}
				if ticket != nil {
					ticket.Return()
				}
				w.Leave(want.ID)
			})
		})
	}
}

func TestCallsFromBeforeAGate(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 10))
		first, same := w.calling(w.waiter("a", "1")), w.calling(w.waiter("a", "2"))
		success, afterwards := w.calling(w.waiter("a", "3")), w.calling(w.waiter("a", "4"))
		reading, staged := w.take(w.waiter("a", "5")), (*slot)(nil)
		finish(first, arrears)
		w.Log("a picture that is ready only now is of no use")
		staged = w.stage(reading)
		w.expect("refused", staged)
		reading.Return()
		pass(time.Minute)
		w.Log("the same answer does not prolong it, and a success does not open it")
		finish(same, arrears)
		w.expectGates(" AccountProblem AIS.0027 29m0s")
		finish(success, nil)
		w.expectGates(" AccountProblem AIS.0027 29m0s")
		w.Log("once a call has opened it, what an older one says is out of date")
		pass(time.Hour)
		finish(w.calling(w.waiter("a", "6")), nil)
		finish(afterwards, arrears)
		w.expectGates()
	})
}

func TestAGateRefusesWhatIsStaged(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 1))
		w.Open(connection("d", 1))
		call, ahead, granted := w.calling(w.waiter("a", "1")), w.take(w.waiter("a", "2")), w.waiter("a", "3")
		other := w.waiter("b", "4")
		other.Connection = "d"
		s := w.stage(ahead)
		w.wait(granted)
		call.Done(arrears)
		w.expect("refused", s)
		w.Log("another connection to the same endpoint goes on")
		finish(w.calling(other), nil)
		ahead.Return()
		call.Return()
		if diff := cmp.Diff([]string{"c gate", "d usage"}, w.told(&w.changes)); diff != "" {
			w.Errorf("changes (-want +got):\n%s", diff)
		}
		if hold := w.wait(granted); hold == nil {
			w.Error("no hold")
		}
		w.Leave(granted.ID)
	})
}

func TestATicketThatWasNotTakenWhenItsGateClosed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Open(connection("c", 2))
		call, ahead := w.calling(w.waiter("a", "1")), []*flow.Ticket{w.take(w.waiter("a", "2")), w.take(w.waiter("a", "3"))}
		first, second := w.waiter("a", "4"), w.waiter("a", "5")
		w.wait(first)
		w.wait(second)
		ahead[0].Return() // The first is granted the ticket, and woken.
		finish(call, arrears)
		if hold := w.wait(first); hold == nil || hold.Reason != flow.HoldAccountProblem {
			w.Errorf("hold: %+v", hold)
		}
		ahead[1].Return()
		w.told(&w.woken)
		pass(30 * time.Minute)
		w.Log("it has kept its place")
		if diff := cmp.Diff([]string{"a/4"}, w.told(&w.woken)); diff != "" {
			w.Errorf("woken (-want +got):\n%s", diff)
		}
		w.Leave(first.ID)
		w.Leave(second.ID)
	})
}
