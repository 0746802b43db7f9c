package faults_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestR6Random breaks a quarter of everything for a while, in an order that a seed decides, and kills the operator now and then. Afterwards nothing breaks
// any more: every object must reach its end soon, for no more than its lost answers explain, and the world come to rest.
func TestR6Random(t *testing.T) {
	t.Parallel()
	seeds := []uint64{*seed}
	if *seed == 0 {
		seeds = []uint64{rand.Uint64()}
		for *long && len(seeds) < 5 {
			seeds = append(seeds, rand.Uint64())
		}
	}
	for _, s := range seeds {
		t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) {
			t.Parallel()
			turmoil(t, s)
		})
	}
}

// chaos is a plan that a seed decides.
type chaos struct {
	mu     sync.Mutex
	random *rand.Rand
	row    int // faults in a row
	faults int
	kills  int
}

// The measure of the turmoil.
const (
	faultRate   = 0.25
	killRate    = 0.05
	mostInARow  = 10
	rowInterval = 70 * time.Millisecond // between two new objects
)

func (c *chaos) plan(e effect) *interference {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.row >= mostInARow || c.random.Float64() >= faultRate {
		c.row = 0
		return nil
	}
	c.row++
	c.faults++
	in := &interference{carriedOut: c.random.IntN(2) == 0}
	if c.random.Float64() < killRate {
		c.kills++
		in.kill = true
		return in
	}
	statuses := map[target][]int{api: {0, 0, 409, 500, 503}, service: {0, 429, 500, 503}, storage: {0, 500, 503}}[e.target]
	if in.status = statuses[c.random.IntN(len(statuses))]; in.status != 0 {
		in.carriedOut = false
	}
	return in
}

func (c *chaos) intN(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

func turmoil(t *testing.T, s uint64) {
	t.Helper()
	took := stopwatch()
	w := newWorld(t)
	w.connect(t, func(s *v1alpha1.ConnectionSpec) { s.Limits.TimeoutSeconds = 10 })
	o := w.run(t, process{log: logFile(t)})
	w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: w.meta("default")})
	c := &chaos{random: rand.New(rand.NewPCG(s, s))}
	w.interfere(c.plan)

	photo := w.photo(t, 1)
	create, end := time.NewTicker(rowInterval), time.After(time.Duration(scale(10, 60))*time.Second)
	defer create.Stop()
	for n, over := 0, false; !over; {
		select {
		case <-create.C:
			w.throwIn(t, n, photo, c)
			n++
		case <-o.done:
			w.clock.advance(time.Duration(c.intN(40)) * time.Second)
			o = w.run(t, process{log: logFile(t), blurred: c.intN(2) == 0})
		case <-end:
			over = true
		}
	}
	w.interfere(nil)
	settled := stopwatch()
	if !w.settle(t, o) {
		for _, obj := range w.payers(t) {
			if r := readyOf(obj); !isFinal(obj) {
				t.Errorf("%s does not come to its end: %s: %s", obj.GetName(), r.Reason, r.Message)
			}
		}
	}
	rest := settled()
	w.quiesceFor(t, time.Duration(scale(1, 5))*time.Second)
	w.checkTurmoil(t)
	report(t, "seed %d: %d objects, %d faults, %d kills; at rest %s after the last; in %s", s, len(w.payers(t)), c.faults, c.kills, rest, took())
}

// throwIn creates another object, and sometimes changes an earlier one.
func (w *world) throwIn(t *testing.T, n int, photo v1alpha1.ImageSource, c *chaos) {
	t.Helper()
	name := fmt.Sprintf("koala-%d", n)
	if c.intN(3) == 0 {
		w.create(t, w.job(name, photo, markedJob(n), func(s *v1alpha1.EnhancementJobSpec) { s.RunPolicy.MaxAttempts = 100 }))
		return
	}
	w.create(t, w.analysis(name, photo, marked(n), func(s *v1alpha1.ImageAnalysisSpec) {
		s.RunPolicy.MaxAttempts = 100
		if c.intN(2) == 0 {
			s.Recapture = &v1alpha1.Recapture{}
		}
		if c.intN(4) == 0 {
			s.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail
		}
	}))
}

// settle lets time pass, by restarts, until every object is final, and tells whether it came to that.
func (w *world) settle(t *testing.T, o *operator) bool {
	t.Helper()
	const rounds = 6
	for range rounds {
		atRest := w.rest(5 * quiet)
		if poll(t, *patience, func() bool { return w.allFinal(t) || atRest() }) && w.allFinal(t) {
			return true
		}
		o = o.restart(t, 10*time.Minute, process{log: logFile(t)})
	}
	return w.allFinal(t)
}

// checkTurmoil holds what every object cost against what it says, and what is stored against what is said to be stored.
func (w *world) checkTurmoil(t *testing.T) {
	t.Helper()
	w.checkBills(t)
	billed := w.billedByEntry(t)
	stored := set(w.stored(t)...)
	for _, obj := range w.payers(t) {
		w.checkSurvivor(t, obj, billed)
		if job, ok := obj.(*v1alpha1.EnhancementJob); ok && job.Status.Output != nil {
			if !stored[job.Status.Output.Key] {
				t.Errorf("the output of %s is not where it says", obj.GetName())
			}
			delete(stored, job.Status.Output.Key)
		}
	}
	for key := range stored {
		t.Logf("%s was stored for a job that has ended without it", key)
	}
}

// billedByEntry counts the billed calls by object and operation.
func (w *world) billedByEntry(t *testing.T) map[string]int {
	t.Helper()
	billed, owners := map[string]int{}, w.owners()
	for _, c := range w.engine.Calls() {
		name := owners[c.AttemptID]
		if name == "" {
			t.Errorf("a call of %s was announced by nobody", c.Operation)
		}
		if c.Billed {
			billed[name+" "+string(remotes[c.Operation])]++
		}
	}
	return billed
}

// checkSurvivor checks the end of one object.
func (w *world) checkSurvivor(t *testing.T, obj payer, billed map[string]int) {
	t.Helper()
	name, state := obj.GetName(), readyOf(obj)
	calls, _ := obj.Ledger()
	lost := 0
	for _, c := range *calls {
		lost += int(c.UnknownOutcomes)
		if n := billed[name+" "+string(c.Operation)]; n > 1+int(c.UnknownOutcomes) {
			t.Errorf("%s of %s was billed %d times with %d lost answers", c.Operation, name, n, c.UnknownOutcomes)
		}
		if c.UnknownOutcomes > 2 {
			t.Errorf("%s of %s was called again after %d lost answers", c.Operation, name, c.UnknownOutcomes)
		}
	}
	if isFinal(obj) && state.Status != metav1.ConditionTrue && (state.Reason != v1alpha1.ReasonUnknownOutcome || lost == 0) {
		t.Errorf("%s ended with %s: %s", name, state.Reason, state.Message)
	}
}
