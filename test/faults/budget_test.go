package faults_test

import (
	"fmt"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestBudget kills the operator with kill -9 in the middle of a day's budget, three times: no day may cost more than it may.
func TestBudget(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	const perDay, concurrency, kills = 10, 2, 3
	n := scale(25, 60)
	w := newWorld(t)
	w.clock.startAtNoon()
	w.connect(t, func(s *v1alpha1.ConnectionSpec) {
		s.Limits.Concurrency, s.Budget = concurrency, &v1alpha1.Budget{CallsPerDay: perDay}
	})
	photo := w.photo(t, 1)
	w.createMany(t, n, func(i int) client.Object { return w.analysis(fmt.Sprintf("koala-%d", i), photo, marked(i)) })

	for range kills {
		w.interfere(at("service: "+string(enginetest.ImageTaggingV2), 2, interference{carriedOut: true, kill: true}))
		o := w.spawn(t)
		o.awaitDeath(t)
		w.interfere(nil)
		w.clock.advance(10 * time.Minute) // Claims of the dead are settled.
	}
	days := 0
	for ; days < n; days++ {
		o := w.run(t, process{log: logFile(t)})
		w.awaitEndOfDay(t, days > 0, perDay)
		w.quiesce(t)
		o.stop(t)
		if w.allFinal(t) {
			break
		}
		w.clock.advance(24 * time.Hour)
	}
	w.checkBills(t)
	byDay := w.billedByDay()
	for day, billed := range byDay {
		if billed > perDay {
			t.Errorf("%d calls were billed on %s, want at most %d", billed, day, perDay)
		}
	}
	if want := (n + kills*concurrency + perDay - 1) / perDay; len(byDay) > want {
		t.Errorf("%d objects took %d days, want at most %d", n, len(byDay), want)
	}
	report(t, "%d objects at %d a day with %d times kill -9: %v, in %s", n, perDay, kills, byDay, took())
}

func (w *world) allFinal(t *testing.T) bool {
	t.Helper()
	for _, obj := range w.payers(t) {
		if !isFinal(obj) {
			return false
		}
	}
	return true
}

// awaitEndOfDay waits until every object has ended or waits for the next day. What was said yesterday does not count if the day is to be used up.
func (w *world) awaitEndOfDay(t *testing.T, usedUp bool, perDay int) {
	t.Helper()
	today := w.clock.now().UTC().Format(time.DateOnly)
	eventually(t, func() string {
		if n := w.billedByDay()[today]; usedUp && n < perDay && !w.allFinal(t) {
			return fmt.Sprintf("%d calls were billed on %s, want %d", n, today, perDay)
		}
		for _, obj := range w.payers(t) {
			if c := readyOf(obj); !isFinal(obj) && c.Reason != v1alpha1.ReasonBudgetExhausted {
				return fmt.Sprintf("%s says %s: %s", obj.GetName(), c.Reason, c.Message)
			}
		}
		return ""
	})
}

// billedByDay counts the billed calls of every UTC day.
func (w *world) billedByDay() map[string]int {
	byDay := map[string]int{}
	for _, c := range w.engine.Calls() {
		if c.Billed {
			byDay[c.Time.UTC().Format(time.DateOnly)]++
		}
	}
	return byDay
}
