package faults_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// workload is what the operator is asked to do in a world.
type workload struct {
	name string
	// connects tells that the connection is part of it; else it is Ready before.
	connects bool
	// once tells that its object must not be called a second time when an answer was lost.
	once bool
	// kill9 are the effects after which it is killed for real, too.
	kill9 map[string]bool
	// prepare adds faults of the service and creates the objects.
	prepare func(scene)
}

// scene is a world for what is done in it by name.
type scene struct {
	t *testing.T
	w *world
}

func workloads() []workload {
	twice := func(s *v1alpha1.ImageAnalysisSpec) { s.Recapture = &v1alpha1.Recapture{} }
	once := func(s *v1alpha1.ImageAnalysisSpec) { s.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail }
	clear := func(s *v1alpha1.EnhancementJobSpec) {
		s.DarkEnhance, s.Defog, s.Output.OBS.Key = nil, &v1alpha1.Defog{}, "koala-clear.png"
	}
	return []workload{
		{name: "a connection and an analysis", connects: true, kill9: set("service: ListProjects", "service: ImageTaggingV2"), prepare: func(s scene) {
			s.w.connect(s.t)
			s.w.create(s.t, s.w.analysis("koala", s.w.photo(s.t, 1)))
		}},
		{name: "an analysis of two operations", kill9: set("service: ImageTaggingV2"), prepare: func(s scene) {
			s.w.create(s.t, s.w.analysis("koala", s.w.photo(s.t, 1), twice))
		}},
		{name: "an analysis that is not to be called twice", once: true, prepare: func(s scene) {
			s.w.create(s.t, s.w.analysis("koala", s.w.photo(s.t, 1), once))
		}},
		{name: "an analysis whose first call fails", prepare: func(s scene) {
			s.w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCodeStatus(500, "AIS.0506")})
			s.w.create(s.t, s.w.analysis("koala", s.w.photo(s.t, 1)))
		}},
		{name: "a job", prepare: func(s scene) { s.w.create(s.t, s.w.job("koala", s.w.photo(s.t, 1))) }},
		{
			name: "a job whose output has a name", kill9: set("service: Defog", "storage: PUT /results/koala-clear.png"),
			prepare: func(s scene) { s.w.create(s.t, s.w.job("koala", s.w.photo(s.t, 1), clear)) },
		},
	}
}

func set(names ...string) map[string]bool {
	members := map[string]bool{}
	for _, name := range names {
		members[name] = true
	}
	return members
}

// begin runs an operator, in a process of its own if it is to be killed for real, and starts the workload when it may.
func (l workload) begin(t *testing.T, plan plan, real bool) (*world, *operator) {
	t.Helper()
	w := newWorld(t)
	if !l.connects {
		w.connect(t)
	}
	var o *operator
	if real {
		o = w.spawn(t)
	} else {
		o = w.run(t, process{log: logFile(t)})
	}
	if !l.connects {
		w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: w.meta("default")})
		w.quiesceFor(t, quiet/5)
		w.history()
	}
	w.interfere(plan)
	l.prepare(scene{t, w})
	return w, o
}

// rehearse runs a workload without a crash. It returns its end and its effects, each with its number among those that read alike.
func (l workload) rehearse(t *testing.T) (state map[string]any, points []point) {
	t.Helper()
	w, o := l.begin(t, nil, false)
	w.awaitFinal(t)
	w.quiesce(t)
	state = w.state(t)
	w.checkBills(t)
	count := map[string]int{}
	for _, e := range w.history() {
		if e.aside {
			continue
		}
		count[e.String()]++
		points = append(points, point{e.String(), count[e.String()]})
	}
	o.stop(t)
	return state, points
}

// point is one effect of a run.
type point struct {
	what string
	nth  int
}

// isPassing tells whether the effect depends on who is quicker: an object may be seen before its connection is, or before that is checked.
func (p point) isPassing() bool {
	return strings.Contains(p.what, "Ready="+v1alpha1.ReasonConnectionNotReady) || strings.Contains(p.what, "Ready="+v1alpha1.ReasonWaiting)
}

// TestR1Crash kills the operator at every effect of every workload, before it and after it. Whatever runs afterwards must reach the state that a run
// without a crash reaches, and the crash may cost one call at most: the one whose answer died with the process.
func TestR1Crash(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	var kills, nines counter
	t.Cleanup(func() { report(t, "%d kills and %d times kill -9 in %s", kills.value(), nines.value(), took()) })
	for _, l := range workloads() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			reference, points := l.rehearse(t)
			for _, p := range points {
				if p.isPassing() {
					continue
				}
				for _, after := range []bool{false, true} {
					kills.add(1)
					name := fmt.Sprintf("killed %s %s, number %d", map[bool]string{false: "before", true: "after"}[after], p.what, p.nth)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						l.crash(t, p, after, false, reference)
					})
				}
				if !l.kill9[p.what] {
					continue
				}
				nines.add(1)
				t.Run("kill -9 after "+p.what, func(t *testing.T) {
					t.Parallel()
					l.crash(t, p, true, true, reference)
				})
			}
		})
	}
}

// crash runs a workload with one crash in it. A real one is a kill -9 of a process: it shows that nothing depends on what a dying process still does.
func (l workload) crash(t *testing.T, p point, after, real bool, reference map[string]any) {
	t.Helper()
	w, o := l.begin(t, at(p.what, p.nth, interference{carriedOut: after, kill: true}), real)
	o.awaitDeath(t)
	w.interfere(nil)
	open := w.claimed(t)
	if len(w.stored(t)) > 0 {
		open = nil // The picture is found where it was stored, without a call.
	}
	// What is lost with the process may be called once more; everything else may not.
	allowed := map[enginetest.Operation]int{}
	for _, op := range open {
		allowed[op] = w.engine.Billed(op)
	}

	if len(open) > 0 {
		// Nobody knows what became of the call until its deadline has passed.
		calls := len(w.engine.Calls(open...))
		successor := w.run(t, process{log: logFile(t)})
		w.pass(t)
		w.quiesce(t)
		if n := len(w.engine.Calls(open...)); n != calls {
			t.Errorf("%d calls of %v were made before the deadline of its claim", n-calls, open)
		}
		successor.stop(t)
	}
	w.clock.advance(10 * time.Minute)
	w.run(t, process{log: logFile(t)})
	w.awaitFinal(t)
	w.quiesce(t)

	w.checkBills(t)
	for op := range remotes {
		if n := w.engine.Billed(op); n > 1+allowed[op] {
			t.Errorf("%s was billed %d times, want at most %d", op, n, 1+allowed[op])
		}
	}
	if len(open) > 0 && l.once {
		l.checkOnce(t, w)
		return
	}
	if diff := cmp.Diff(reference, w.state(t)); diff != "" {
		t.Errorf("the end differs from that of a run without a crash (-want +got):\n%s", diff)
	}
}

// checkOnce checks an object whose call was lost and is not to be repeated: it has stopped and says why.
func (l workload) checkOnce(t *testing.T, w *world) {
	t.Helper()
	if n := w.engine.Billed(); n > 1 {
		t.Errorf("%d calls were billed for an object that is not to be called twice", n)
	}
	for _, obj := range w.payers(t) {
		if c := readyOf(obj); c.Reason != v1alpha1.ReasonUnknownOutcome {
			t.Errorf("the object says %s: %s, want %s", c.Reason, c.Message, v1alpha1.ReasonUnknownOutcome)
		}
	}
}

// TestTheRehearsalsAreComplete guards the sweep against a harness that sees nothing.
func TestTheRehearsalsAreComplete(t *testing.T) {
	t.Parallel()
	_, points := workloads()[4].rehearse(t)
	var got []string
	for _, p := range points {
		got = append(got, p.what)
	}
	for _, want := range []string{"api: status of enhancementjobs/koala: DarkEnhance Claimed", "service: DarkEnhance", "storage: PUT", "DarkEnhance Succeeded"} {
		if !slices.ContainsFunc(got, func(what string) bool { return strings.Contains(what, want) }) {
			t.Errorf("no effect %q among %q", want, got)
		}
	}
}
