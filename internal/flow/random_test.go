package flow_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ais-operator/ais-operator/internal/flow"
)

// storm is a random run: objects, connections and answers come and go in no order, and after each step the bounds are checked.
type storm struct {
	*world

	rnd     *rand.Rand
	limits  map[string]int // of the open connections
	objects map[flow.ID]*subject
	calls   int
}

// subject is one object of a storm.
type subject struct {
	want    flow.Waiter
	waiting bool
	ticket  *flow.Ticket
	slot    *slot
	calls   string // the operation that is being called
}

const (
	stormBudget = 40
	stormMemory = 256 * mb
)

func TestNothingIsExceededWhateverHappens(t *testing.T) {
	for range 8 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := &storm{world: w, rnd: rand.New(rand.NewPCG(seed, 1)), limits: map[string]int{}, objects: map[flow.ID]*subject{}}
				for range 2_000 {
					s.step()
					s.check()
				}
				if s.calls < 50 {
					w.Errorf("only %d calls began", s.calls)
				}
				for id, o := range s.objects {
					w.Leave(id)
					if o.ticket != nil {
						o.ticket.Return()
					}
				}
			})
		})
	}
}

func (s *storm) step() {
	switch dice := s.rnd.IntN(100); {
	case dice < 2:
		s.open()
	case dice == 2:
		name := fmt.Sprint("c", s.rnd.IntN(4))
		delete(s.limits, name)
		s.Remove(name)
	case dice == 3:
		pass(12 * time.Hour) // Gates open, and every other time a day begins.
	case dice < 10:
		pass(time.Duration(s.rnd.Int64N(int64(20 * time.Second))))
	default:
		s.move()
	}
	synctest.Wait()
}

// open opens or changes one of four connections to one endpoint.
func (s *storm) open() {
	c := connection(fmt.Sprint("c", s.rnd.IntN(4)), 1+s.rnd.IntN(6))
	c.Budget = flow.Budget{PerDay: stormBudget, PerDayPerNamespace: stormBudget / 2}
	c.DefaultLimits.RequestsPerSecond = s.rnd.IntN(3) * 20
	if s.rnd.IntN(2) == 0 {
		c.Gates = s.Gates(c.Name)
	}
	if s.rnd.IntN(3) == 0 {
		c.Claims = []flow.Claim{{Operation: tagging, Until: time.Now().Add(5 * time.Second)}}
	}
	s.limits[c.Name] = c.DefaultLimits.Concurrency
	s.Open(c)
}

// move lets one object do what it may do next, or give up.
func (s *storm) move() {
	want := s.waiter(fmt.Sprint("n", s.rnd.IntN(3)), fmt.Sprint(s.rnd.IntN(8)))
	want.Connection, want.Operation = fmt.Sprint("c", s.rnd.IntN(4)), []string{tagging, recapture}[s.rnd.IntN(2)]
	want.Bytes, want.Free = []int64{0, mb, mb, 30 * mb, 200 * mb}[s.rnd.IntN(5)], s.rnd.IntN(10) == 0
	o := s.objects[want.ID]
	if o == nil {
		o = &subject{want: want}
		s.objects[want.ID] = o
	}
	giveUp := s.rnd.IntN(20) == 0
	switch {
	case o.ticket != nil:
		s.use(o, giveUp)
	case giveUp:
		s.Leave(want.ID)
		o.waiting = false
	default:
		if s.rnd.IntN(4) == 0 || !o.waiting {
			o.want = want
		}
		o.ticket, _ = s.Enter(o.want)
		o.waiting = o.ticket == nil
	}
}

// use takes an object with a ticket one step further.
func (s *storm) use(o *subject, giveUp bool) {
	switch {
	case giveUp || o.want.Free || o.slot != nil && (s.state(o.slot) == "refused" || o.slot.seen && o.calls == ""):
		o.ticket.Return()
		o.ticket, o.slot, o.calls = nil, nil, ""
	case o.slot == nil:
		o.slot = s.stage(o.ticket)
	case o.calls != "":
		answers := [30]error{nil, lost, rejected, broken, throttled, throttled, forbidden, arrears}
		o.ticket.Done(answers[s.rnd.IntN(len(answers))])
		if o.calls = ""; o.ticket.TrySlot(recapture) {
			s.begins(o, recapture)
		}
	}
}

func (s *storm) begins(o *subject, operation string) {
	o.calls = operation
	s.calls++
	running, limit := 0, 1<<30
	for _, other := range s.objects {
		if other.calls == operation {
			running++
		}
	}
	for _, l := range s.limits {
		limit = min(limit, l)
	}
	if running > limit {
		s.Errorf("%d calls of %s at once with a limit of %d", running, operation, limit)
	}
}

func (s *storm) check() {
	s.Helper()
	for _, o := range s.objects {
		if o.calls == "" && o.slot != nil && s.state(o.slot) == "calls" && !o.slot.seen {
			o.slot.seen = true
			s.begins(o, o.want.Operation)
		}
	}
	if held := s.gauge("ais_picture_memory_bytes"); held > stormMemory {
		s.Errorf("%v bytes are held", held)
	}
	for i := range 4 {
		u := s.Usage(fmt.Sprint("c", i))
		if u.Calls > stormBudget {
			s.Errorf("%d calls are billed", u.Calls)
		}
		for _, n := range u.ByNamespace {
			if n > stormBudget/2 {
				s.Errorf("%d calls of a namespace are billed", n)
			}
		}
	}
}
