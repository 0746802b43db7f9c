package ledger_test

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

var seed = flag.Uint64("seed", 0, "of TestLives; 0 draws one")

// TestLives leads many operations through random lives and, once nothing more goes wrong, to their end.
func TestLives(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	for i := range 2000 {
		steps := make([]byte, random.IntN(120))
		for j := range steps {
			steps[j] = byte(random.Uint32())
		}
		if live(t, steps, i%2 == 0); t.Failed() {
			t.Fatalf("life %d of -seed=%d: %v", i, *seed, steps)
		}
	}
}

func FuzzLife(f *testing.F) {
	f.Add([]byte{0, 0}, false)                           // success
	f.Add([]byte{0, 7, 0, 0, 7, 0, 0, 7}, false)         // transient errors
	f.Add([]byte{0, 11, 0, 0, 11, 0, 0, 0}, false)       // crashes
	f.Add([]byte{0, 10, 15, 0, 0}, true)                 // a crash with the policy Fail
	f.Add([]byte{0, 8, 0, 0, 8, 0, 0}, false)            // lost answers
	f.Add([]byte{0, 13, 12, 0, 0}, true)                 // the spec turns and turns back while a call is in flight
	f.Add([]byte{0, 13, 0, 12, 0, 0}, false)             // and after its answer came
	f.Add([]byte{0, 15, 0, 0, 0}, false)                 // a process that was stopped for long
	f.Add([]byte{0, 6, 0, 4, 0, 5, 0, 9, 0, 0, 0}, true) // what a gate holds back
	f.Fuzz(func(t *testing.T, steps []byte, fail bool) { live(t, steps[:min(len(steps), 300)], fail) })
}

// live leads an operation through whatever can happen to it, one byte a step, and then lets every call succeed.
func live(t *testing.T, steps []byte, fail bool) {
	t.Helper()
	l := &life{t: t, now: now, specHash: "A", policy: retryOnce, results: map[string]bool{}, most: 2}
	if fail {
		l.policy, l.most = failFast, 1
	}
	for _, step := range steps {
		if l.step(int(step%16), time.Duration(step/16)*time.Second); t.Failed() {
			return
		}
	}
	for range 8 {
		if l.step(0, 0); t.Failed() || l.ended {
			break
		}
	}
	if !l.ended && !t.Failed() {
		t.Errorf("it has not come to an end: %+v", l.entry)
	}
	if want := l.answered + l.lost; l.total != want && !t.Failed() {
		t.Errorf("billed %d in all, want %d: %d answers and %d lost ones", l.total, want, l.answered, l.lost)
	}
}

// life is one operation of an object whose controllers do what Decide says, and nothing else.
type life struct {
	t        *testing.T
	entry    *v1alpha1.Call
	now      time.Time
	specHash string
	policy   v1alpha1.RunPolicy
	results  map[string]bool // what status holds, by run
	ended    bool

	claims int
	flight *v1alpha1.Call // the claim whose holder is alive and has not recorded yet
	busy   time.Time      // until then the service may be working on a call

	billed   int32 // calls begun since the spec turned to this run that the service billed
	most     int32 // of these
	answered int32 // all calls that were recorded with 2xx
	lost     int32 // all calls whose outcome nobody knows
	total    int32 // status.billedTotal
}

// step lets one thing happen. 0: all goes well; 1 to 9: a call ends with an error of that class; 10 and 11: the process dies, before and after the
// service billed the call; 12 to 14: the spec turns to the run A, B or C; 15: the process is stopped until its claim has run out.
func (l *life) step(what int, later time.Duration) {
	l.t.Helper()
	l.now = l.now.Add(later)
	switch {
	case what >= 12 && what <= 14:
		l.turn(string(rune('A' + what - 12)))
	case l.flight == nil:
		l.reconcile()
	case what == 15:
		l.overtake()
	default:
		l.end(what)
	}
}

// turn changes the spec. The results of other runs are dropped.
func (l *life) turn(specHash string) {
	if specHash == l.specHash {
		return
	}
	l.specHash, l.ended = specHash, false
	if l.flight == nil || l.flight.SpecHash != specHash { // Else its call was counted before and is waited for.
		l.billed = 0
	}
	clear(l.results)
}

// reconcile is what a process does that has nothing in flight.
func (l *life) reconcile() {
	l.t.Helper()
	switch d := l.decide(l.now); d.Next {
	case ledger.Attempt:
		l.claim()
	case ledger.Wait:
		if !d.At.After(l.now) {
			l.t.Errorf("waits until %v, which is past", d.At)
		}
		l.now = d.At
	case ledger.Settle:
		l.lost++
		l.put(ledger.SettleExpired(*l.entry))
	case ledger.Done, ledger.Stop:
		l.ended = true
		l.checkEnd(d)
	}
}

// checkEnd sees to it that the run itself has ended, for a reason that waiting does not cure.
func (l *life) checkEnd(d ledger.Decision) {
	l.t.Helper()
	if l.entry.SpecHash != l.specHash {
		l.t.Errorf("the run %s ends with the entry of %s", l.specHash, l.entry.SpecHash)
	}
	if d.Next == ledger.Done {
		return
	}
	if d.Reason == "" || d.Message == "" {
		l.t.Errorf("stops without saying why: %+v", d)
	}
	switch class := ais.Class(l.entry.LastError.Class); class {
	case ais.ClassThrottled, ais.ClassCredentials, ais.ClassAccount, ais.ClassService:
		l.t.Errorf("gives up because of %s", class)
	default:
	}
}

// decide is what a controller makes of the ledger: a run whose result was dropped is made again.
func (l *life) decide(at time.Time) ledger.Decision {
	d := ledger.Decide(l.entry, l.specHash, l.policy, at)
	if d.Next == ledger.Done && !l.results[l.specHash] {
		d.Next = ledger.Attempt
	}
	return d
}

func (l *life) claim() {
	l.t.Helper()
	if l.now.Before(l.busy) {
		l.t.Errorf("claims at %v although an earlier call may go on until %v", l.now, l.busy)
	}
	if l.billed >= l.most {
		l.t.Errorf("calls again after %d billed calls", l.billed)
	}
	l.claims++
	claim := v1alpha1.Claim{
		ID: strconv.Itoa(l.claims), StartTime: metav1.NewMicroTime(l.now), Deadline: metav1.NewMicroTime(l.now.Add(time.Minute)),
	}
	claimed := ledger.Claim(l.entry, ledger.Run{Operation: run.Operation, SpecHash: l.specHash}, claim)
	l.put(claimed)
	l.flight, l.busy = &claimed, claim.Deadline.Time
	l.checkOthers()
}

// checkOthers sees to it that no other process touches the claim before its deadline, its clock being ahead by as much as clocks may be.
func (l *life) checkOthers() {
	l.t.Helper()
	for _, at := range []time.Time{l.now, l.busy.Add(-time.Microsecond)} {
		for _, specHash := range []string{"A", "B"} {
			if d := ledger.Decide(l.entry, specHash, l.policy, at.Add(ledger.Skew)); d.Next != ledger.Wait {
				l.t.Errorf("another process does not wait for the claim at %v: %+v", at, d)
			}
		}
	}
}

// end ends the call that is in flight.
func (l *life) end(what int) {
	l.t.Helper()
	claimed := *l.flight
	l.flight = nil
	if what >= 10 { // Nobody hears of the answer, and the claim has to run out.
		l.bill(&claimed, what == 11)
		return
	}
	l.busy = l.now
	switch {
	case !l.now.Before(claimed.Claim.Deadline.Time):
		l.fail(&claimed, ais.ClassUnknown)
	case what == 0:
		l.bill(&claimed, true)
		l.answered++
		l.results[claimed.SpecHash] = claimed.SpecHash == l.specHash
		l.put(ledger.RecordSuccess(claimed, l.now))
	default:
		l.fail(&claimed, ais.Classes()[what-1])
	}
}

func (l *life) fail(claimed *v1alpha1.Call, class ais.Class) {
	l.t.Helper()
	if class == ais.ClassUnknown {
		l.bill(claimed, true)
		l.lost++
	}
	f := ledger.Failure{Class: class, Billed: class == ais.ClassUnknown, Error: v1alpha1.CallError{Class: string(class)}}
	l.put(ledger.RecordError(*claimed, f, l.policy, l.now, most))
}

// overtake stops the holder of the claim until another process has settled it. Its record comes too late, and it is not written.
func (l *life) overtake() {
	l.t.Helper()
	l.bill(l.flight, true)
	l.now, l.flight = l.busy.Add(ledger.Skew), nil
	if d := ledger.Decide(l.entry, l.specHash, l.policy, l.now); d.Next != ledger.Settle {
		l.t.Errorf("a claim that has run out is not settled: %+v", d)
	}
	l.reconcile()
}

func (l *life) bill(claimed *v1alpha1.Call, billed bool) {
	if billed && claimed.SpecHash == l.specHash {
		l.billed++
	}
}

// put replaces the entry as a controller does, and checks what holds for every change.
func (l *life) put(next v1alpha1.Call) {
	l.t.Helper()
	old := l.entry
	if old == nil || old.SpecHash != next.SpecHash {
		old = &v1alpha1.Call{}
	}
	if min(next.Billed-old.Billed, next.Attempts-old.Attempts, next.UnknownOutcomes-old.UnknownOutcomes) < 0 {
		l.t.Errorf("a count went down from %+v to %+v", old, next)
	}
	if l.entry != nil && l.entry.Claim != nil && next.Claim != nil {
		l.t.Errorf("claimed over the claim %s", l.entry.Claim.ID)
	}
	if claimed := next.State == v1alpha1.CallClaimed; claimed != (next.Claim != nil) {
		l.t.Errorf("state %s with claim %v", next.State, next.Claim)
	}
	l.total += next.Billed - old.Billed
	l.entry = &next
}
