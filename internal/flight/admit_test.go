package flight_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// passenger is the scope of an object that asks for its turn.
type passenger struct {
	*flight.Scope[*v1alpha1.ImageAnalysis]
}

func (passenger) SpecHash(v1alpha1.Operation) string { return "" }

// counter is where objects ask for their turns, and what they wrote there.
type counter struct {
	kind    flight.Kind[*v1alpha1.ImageAnalysis, passenger]
	session *session.Session
	writes  int
}

func newCounter() *counter {
	return &counter{
		kind: flight.Kind[*v1alpha1.ImageAnalysis, passenger]{
			Name: "ImageAnalysis", Flights: &flight.Flights{}, Flow: flow.New(flow.Options{Now: time.Now}),
			Runner: &attempt.Runner[*v1alpha1.ImageAnalysis]{Jitter: rand.Float64},
		},
		session: &session.Session{Ref: session.Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "default"}},
	}
}

func (c *counter) open(gates ...flow.Gate) {
	c.kind.Flow.Open(flow.Connection{Name: c.session.Ref.Key(), DefaultLimits: flow.Limits{Concurrency: 1}, Gates: gates})
}

// admit is a reconcile up to the phase that asks for the object's turn. It tells after how long it is to be repeated, if at all.
func (c *counter) admit(obj *v1alpha1.ImageAnalysis) time.Duration {
	s := passenger{flight.NewScope(obj)}
	s.Session = c.session
	before := reason(obj)
	result, _ := outcome.Apply(obj, c.kind.Admit(s, flight.Turn{Operation: v1alpha1.OperationImageTagging}), events.NewFakeRecorder(1))
	if reason(obj) != before {
		c.writes++
	}
	return result.RequeueAfter
}

// admitAll does the same with many, and sorts what it is told.
func (c *counter) admitAll(all []*v1alpha1.ImageAnalysis) []time.Duration {
	repeats := make([]time.Duration, len(all))
	for i, obj := range all {
		repeats[i] = c.admit(obj)
	}
	slices.Sort(repeats)
	return repeats
}

func reason(obj *v1alpha1.ImageAnalysis) string {
	if c := meta.FindStatusCondition(obj.Status.Conditions, v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

func TestAfterAGateHasOpenedObjectsSayThatTheyWaitForTheirTurn(t *testing.T) {
	const n = 1000
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		c.open(flow.Gate{Reason: flow.AccountProblem, Message: "Pay.", Until: time.Now().Add(30 * time.Minute)})
		all := make([]*v1alpha1.ImageAnalysis, n)
		for i := range all {
			all[i] = &v1alpha1.ImageAnalysis{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint(i)}}
			c.admit(all[i])
			if got := reason(all[i]); got != v1alpha1.ReasonAccountProblem {
				t.Fatalf("behind the gate it says %q", got)
			}
		}
		<-time.After(29 * time.Minute)
		c.open() // One has its ticket from here on, and never returns it.
		waiting := all[1:]
		c.writes = 0

		t.Log("woken at once, they write nothing")
		repeats := c.admitAll(waiting)
		if repeats[0] < time.Minute || repeats[len(repeats)-1] >= 2*time.Minute || len(slices.Compact(repeats)) < n/2 {
			t.Errorf("they come again after %s to %s, want one to two minutes, each in its own time", repeats[0], repeats[len(repeats)-1])
		}
		if c.writes != 0 {
			t.Errorf("%d of %d objects wrote when the gate opened", c.writes, n)
		}
		t.Log("and once when they come again, and then no more")
		<-time.After(2 * time.Minute)
		for range 2 {
			if repeats := c.admitAll(waiting); repeats[n-2] != 0 {
				t.Errorf("a reconcile is repeated after %s", repeats[n-2])
			}
		}
		if got := reason(waiting[0]); got != v1alpha1.ReasonProgressing || c.writes != len(waiting) {
			t.Errorf("%d of %d objects wrote, the first says %q", c.writes, len(waiting), got)
		}
		c.kind.Flow.Close()
	})
}
