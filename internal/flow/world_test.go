package flow_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/flow"
)

const (
	tagging   = string(ais.ImageTagging)
	recapture = string(ais.RecaptureDetection)
	mb        = 1 << 20
)

// world is a dispatcher, in a bubble of its own, and what it has told.
type world struct {
	*testing.T
	*flow.Dispatcher
	registry *prometheus.Registry

	mu      sync.Mutex
	woken   []string
	changes []string
}

// inWorld runs a test with time of its own. All must be returned at its end.
func inWorld(t *testing.T, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, registry: prometheus.NewRegistry()}
		w.Dispatcher = flow.New(flow.Options{
			Now: time.Now, PictureMemory: 256 * mb, Metrics: flow.NewMetrics(w.registry),
			Changed: func(connection string, what flow.Change) {
				w.note(&w.changes, connection+" "+map[flow.Change]string{
					flow.GateChanged: "gate", flow.BudgetChanged: "budget", flow.UsageChanged: "usage",
				}[what])
			},
		})
		test(w)
		w.empty()
	})
}

// setForward gives the world a dispatcher whose clock may be set forward, as a machine's is. Alarms ring as if it had not been.
func (w *world) setForward() func(time.Duration) {
	var ahead atomic.Int64
	w.Dispatcher = flow.New(flow.Options{
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, PictureMemory: 256 * mb,
	})
	return func(by time.Duration) { ahead.Add(int64(by)) }
}

// empty sees to it that nothing is held any more.
func (w *world) empty() {
	w.Helper()
	synctest.Wait()
	for _, left := range w.Leftovers() {
		w.Errorf("still held: %s", left)
	}
}

func (w *world) note(list *[]string, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, what)
}

// told returns what was noted in a list since the last time.
func (w *world) told(list *[]string) []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	noted := *list
	*list = nil
	return noted
}

// connection is one with the limits given, to an endpoint that all share.
func connection(name string, concurrency int) flow.Connection {
	return flow.Connection{Name: name, Endpoint: "https://image.example.com", Project: "p", DefaultLimits: flow.Limits{Concurrency: concurrency}}
}

// waiter is an object of a namespace that wants to tag a picture of 1 MB through the connection "c".
func (w *world) waiter(namespace, name string) flow.Waiter {
	return flow.Waiter{
		ID: flow.ID{Kind: "ImageAnalysis", Namespace: namespace, Name: name}, Connection: "c", Operation: tagging, Bytes: mb,
		Wake: func() { w.note(&w.woken, namespace+"/"+name) },
	}
}

// take enters, and fails the test without a ticket.
func (w *world) take(want flow.Waiter) *flow.Ticket {
	w.Helper()
	ticket, hold := w.Enter(want)
	if ticket == nil {
		w.Fatalf("%v has no ticket; hold: %+v", want.ID, hold)
	}
	return ticket
}

// wait enters, fails the test with a ticket, and returns the hold.
func (w *world) wait(want flow.Waiter) *flow.Hold {
	w.Helper()
	ticket, hold := w.Enter(want)
	if ticket != nil {
		w.Fatalf("%v has a ticket", want.ID)
	}
	return hold
}

// slot is what came of asking for a slot.
type slot struct {
	told, ok, seen bool
	at             time.Time
}

// stage asks for a slot.
func (w *world) stage(ticket *flow.Ticket) *slot {
	s := &slot{}
	ticket.Slot(mb, func(ok bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if s.told {
			w.Error("told twice")
		}
		*s = slot{told: true, ok: ok, at: time.Now()}
	})
	return s
}

// state waits until nothing moves, and says what came of a slot.
func (w *world) state(s *slot) string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !s.told:
		return "waits"
	case s.ok:
		return "calls"
	default:
		return "refused"
	}
}

// expect checks the states of slots, in their order.
func (w *world) expect(want string, slots ...*slot) {
	w.Helper()
	got := ""
	for _, s := range slots {
		got += " " + w.state(s)
	}
	if got != " "+want {
		w.Errorf("slots:%s, want %s", got, want)
	}
}

// calling returns a ticket whose call is on its way.
func (w *world) calling(want flow.Waiter) *flow.Ticket {
	w.Helper()
	ticket := w.take(want)
	w.expect("calls", w.stage(ticket))
	return ticket
}

// finish ends the call and returns the ticket.
func finish(ticket *flow.Ticket, err error) {
	ticket.Done(err)
	ticket.Return()
}

// failure is an answer of the service with an error code.
func failure(code string, retryAfter time.Duration) error {
	status := 400
	if code == "" {
		status = 429
	}
	return fmt.Errorf("tag: %w", &ais.Error{Op: tagging, Code: code, Message: "No.", HTTPStatus: status, RetryAfter: retryAfter})
}

// Answers, by class.
var (
	throttled = failure("", 0)
	arrears   = failure("AIS.0027", 0)
	forbidden = failure("ModelArts.4204", 0)
	retired   = failure("APIG.0101", 0)
	broken    = failure("AIS.0003", 0)
	rejected  = failure("AIS.0011", 0)
	lost      = error(&ais.Error{Op: tagging, HTTPStatus: 504})
)

// job is an object that goes all the way by itself.
type job struct {
	want flow.Waiter
	// read and call are how long reading the picture and the call take.
	read, call time.Duration
	// answer, if set, decides how the call ends.
	answer func() error
	// begins and ends, if set, are told of the call.
	begins, ends func(*job)
}

// start has a job enter, and again whenever it is woken or refused, until its call was made.
func (w *world) start(j *job) {
	j.want.Wake = func() { w.enter(j) }
	w.enter(j)
}

// after does something later, or at once when there is nothing to wait for.
func after(d time.Duration, do func()) {
	if d == 0 {
		do()
		return
	}
	time.AfterFunc(d, do)
}

// pass lets time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (w *world) enter(j *job) {
	ticket, _ := w.Enter(j.want)
	if ticket == nil {
		return
	}
	after(j.read, func() {
		ticket.Slot(j.want.Bytes, func(ok bool) {
			if !ok {
				ticket.Return()
				w.enter(j)
				return
			}
			if j.begins != nil {
				j.begins(j)
			}
			after(j.call, func() {
				if j.ends != nil {
					j.ends(j)
				}
				var err error
				if j.answer != nil {
					err = j.answer()
				}
				finish(ticket, err)
				if ais.ClassOf(err) == ais.ClassThrottled {
					w.enter(j)
				}
			})
		})
	})
}
