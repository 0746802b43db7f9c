package faults_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestARetiredOperation takes one API away: its objects wait, and those of the others do not notice.
func TestARetiredOperation(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	w, o := connected(t, process{log: logFile(t)})
	w.engine.Add(enginetest.Fault{Operation: enginetest.Defog, Times: enginetest.Always, Do: enginetest.ErrorCode("APIG.0101")})
	photo, n := w.photo(t, 1), scale(10, 100)
	retired := func(i int) func(*v1alpha1.EnhancementJobSpec) {
		return func(s *v1alpha1.EnhancementJobSpec) {
			s.DarkEnhance, s.Defog = nil, &v1alpha1.Defog{Gamma: new(v1alpha1.Decimal(fmt.Sprintf("1.%06d", i)))}
		}
	}
	w.createMany(t, 3*n, func(i int) client.Object {
		switch i % 3 {
		case 0:
			return w.job(fmt.Sprintf("retired-%d", i), photo, retired(i))
		case 1:
			return w.job(fmt.Sprintf("alive-%d", i), photo, markedJob(i))
		default:
			return w.analysis(fmt.Sprintf("alive-%d", i), photo, marked(i))
		}
	})
	eventually(t, func() string {
		for _, obj := range w.payers(t) {
			if c := readyOf(obj); c.Status != "True" && c.Reason != v1alpha1.ReasonServiceUnavailable {
				return fmt.Sprintf("%s says %s: %s", obj.GetName(), c.Reason, c.Message)
			}
		}
		return ""
	})
	w.quiesce(t)
	if n := len(w.engine.Calls(enginetest.Defog)); n > 10 {
		t.Errorf("the retired API was called %d times, want at most the 10 that were on their way", n)
	}
	for _, op := range []enginetest.Operation{enginetest.DarkEnhance, enginetest.ImageTaggingV2} {
		if got := w.engine.Billed(op); got != n {
			t.Errorf("%s was called %d times, want %d", op, got, n)
		}
	}
	o.stop(t)
	report(t, "%d objects, %d calls of the retired API, in %s", 3*n, len(w.engine.Calls(enginetest.Defog)), took())
}

// TestOneProbe has the account frozen for arrears: one object asks for all, and asks again every half an hour, across restarts.
func TestOneProbe(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	const concurrency = 2
	n := scale(50, 200)
	w := newWorld(t)
	w.connect(t, func(s *v1alpha1.ConnectionSpec) { s.Limits.Concurrency = concurrency })
	var paid atomic.Bool
	w.engine.Add(enginetest.Fault{
		Times: enginetest.Always,
		Decide: func(op enginetest.Operation, _ *http.Request, _ []byte) enginetest.Effect {
			if paid.Load() || op != enginetest.ImageTaggingV2 {
				return nil
			}
			return enginetest.ErrorCode("AIS.0027")
		},
	})
	photo := w.photo(t, 1)
	w.createMany(t, n, func(i int) client.Object { return w.analysis(fmt.Sprintf("koala-%d", i), photo, marked(i)) })
	o := w.run(t, process{log: logFile(t)})
	awaitAll(t, w, v1alpha1.ReasonAccountProblem)
	w.awaitGate(t)
	w.quiesce(t)
	first := len(w.engine.Calls())
	if first < 1 || first > concurrency {
		t.Errorf("%d calls, want one, or as many as may be on their way (%d)", first, concurrency)
	}
	hours := scale(1, 3)
	for i := range 6 * hours { // every ten minutes
		o = o.restart(t, 10*time.Minute, process{log: logFile(t)})
		due := (i + 1) / 3
		eventually(t, func() string {
			return unless(len(w.engine.Calls())-first >= due, fmt.Sprintf("%d further calls after %d times ten minutes, want %d", len(w.engine.Calls())-first, i+1, due))
		})
		w.awaitGate(t) // A process that dies between the answer and that has not told the next one.
		w.quiesceFor(t, quiet/2)
		if calls := len(w.engine.Calls()) - first; calls > due {
			t.Fatalf("%d further calls after %d times ten minutes, want %d", calls, i+1, due)
		}
	}
	later := len(w.engine.Calls()) - first
	if w.engine.Billed() != 0 {
		t.Errorf("%d calls were billed", w.engine.Billed())
	}
	paid.Store(true)
	o.restart(t, 31*time.Minute, process{log: logFile(t)})
	w.awaitFinal(t)
	w.quiesce(t)
	if billed := w.engine.Billed(); billed != n {
		t.Errorf("%d calls were billed in the end, want %d", billed, n)
	}
	w.checkBills(t)
	report(t, "%d objects: %d calls at first, %d in %d hours, in %s", n, first, later, hours, took())
}

// awaitGate waits until the connection "default" says that a gate before all its operations is closed.
func (w *world) awaitGate(t *testing.T) {
	t.Helper()
	conn := &v1alpha1.Connection{ObjectMeta: w.meta("default")}
	eventually(t, func() string {
		w.ready(conn)
		gate := conn.Status.Gate
		return unless(gate != nil && gate.Until.After(w.clock.now()), fmt.Sprintf("the gate is not closed: %+v", gate))
	})
}

// awaitAll waits until every object says the same reason.
func awaitAll(t *testing.T, w *world, reason string) {
	t.Helper()
	eventually(t, func() string {
		for _, obj := range w.payers(t) {
			if c := readyOf(obj); c.Reason != reason {
				return fmt.Sprintf("%s says %s: %s", obj.GetName(), c.Reason, c.Message)
			}
		}
		return ""
	})
}

// TestHangingServices has a few services that accept connections and never answer. All of them must be asked at once, and so must the service of another
// connection meanwhile, and its objects be called for.
func TestHangingServices(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	const hanging = 5
	w := newWorld(t)
	w.create(t, w.keys("keys", w.engine.Account))
	gate := enginetest.NewGate()
	for i := range hanging {
		engine := w.newEngine(t, enginetest.Options{})
		engine.Add(enginetest.Fault{Times: enginetest.Always, Gate: gate})
		w.create(t, w.connection(fmt.Sprintf("hanging-%d", i), engine))
	}
	o := w.run(t, process{log: logFile(t)})
	awaitHeld(t, gate, hanging)
	w.create(t, w.connection("default", w.engine), w.analysis("koala", w.photo(t, 1)))
	w.awaitReady(t, &v1alpha1.ImageAnalysis{ObjectMeta: w.meta("koala")})
	asked := 0
	for _, e := range w.past() {
		switch {
		case e.String() == "service: "+string(enginetest.ListProjects):
			asked++
		case strings.HasPrefix(e.object, "connections/hanging-") && strings.Contains(e.what, "Ready=") && asked <= hanging:
			t.Errorf("%s came before the service that answers was asked", e)
		}
	}
	gate.Release()
	o.stop(t)
	report(t, "a connection beside %d that hang, in %s", hanging, took())
}
