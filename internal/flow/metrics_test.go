package flow_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ais-operator/ais-operator/internal/flow"
)

// gauge reads one metric without labels; -1 when it is absent.
func (w *world) gauge(name string) float64 {
	w.Helper()
	return w.metric(name, "")
}

// metric reads the sample of a metric whose only label has the value.
func (w *world) metric(name, label string) float64 {
	w.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			if labels := m.GetLabel(); label == "" && len(labels) == 0 || len(labels) == 1 && labels[0].GetValue() == label {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return -1
}

func TestMetrics(t *testing.T) {
	inWorld(t, func(w *world) {
		check := func(want map[string]float64) {
			w.Helper()
			for name, value := range want {
				label := ""
				for _, family := range []string{"ais_calls_in_flight", "ais_objects_waiting", "ais_throttled_total", "ais_slot_wait_seconds"} {
					if name == family {
						label = tagging
					}
				}
				if got := w.metric(name, label); got != value {
					w.Errorf("%s is %v, want %v", name, got, value)
				}
			}
		}
		w.Log("all that is labelled is there from the beginning, at zero")
		check(map[string]float64{
			"ais_calls_in_flight": 0, "ais_objects_waiting": 0, "ais_throttled_total": 0, "ais_slot_wait_seconds": 0, "ais_oldest_waiting_seconds": 0,
			"ais_picture_memory_bytes": 0, "ais_budget_remaining_calls": -1,
		})
		small, large := budgeted(10, 0), connection("d", 10)
		small.DefaultLimits.Concurrency, large.Budget.PerDay = 1, 100
		w.Open(small)
		w.Open(large)
		check(map[string]float64{"ais_budget_remaining_calls": 10})

		call, ahead := w.calling(w.waiter("a", "1")), w.take(w.waiter("a", "2"))
		s := w.stage(ahead)
		pass(time.Second)
		w.wait(w.waiter("a", "3"))
		pass(10 * time.Second)
		w.wait(w.waiter("a", "4"))
		check(map[string]float64{
			"ais_calls_in_flight": 1, "ais_objects_waiting": 2, "ais_slot_wait_seconds": 1, "ais_oldest_waiting_seconds": 10, "ais_picture_memory_bytes": 2 * mb,
		})
		finish(call, nil)
		w.expect("calls", s)
		check(map[string]float64{"ais_calls_in_flight": 1, "ais_objects_waiting": 1, "ais_slot_wait_seconds": 2, "ais_budget_remaining_calls": 9})
		finish(ahead, throttled)
		check(map[string]float64{"ais_throttled_total": 1, "ais_calls_in_flight": 0})

		pass(time.Minute)
		third, fifth, sixth := w.calling(w.waiter("a", "3")), w.waiter("a", "in another lane"), w.waiter("a", "behind it")
		fifth.Operation, sixth.Operation = recapture, recapture
		reading := w.take(fifth)
		w.wait(sixth)
		third.Done(arrears)
		third.Return()
		if got := w.metric("ais_gates_closed", "AccountProblem"); got != 1 {
			w.Errorf("%v gates are closed", got)
		}
		if got := w.metric("ais_gates_closed", "ServiceUnavailable"); got != 0 {
			w.Errorf("%v gates of the other reason are closed", got)
		}
		w.Log("what a gate holds back is not the oldest that waits for its turn")
		w.wait(w.waiter("a", "4"))
		w.wait(w.waiter("a", "5"))
		pass(time.Second)
		check(map[string]float64{"ais_objects_waiting": 2, "ais_oldest_waiting_seconds": 0})
		reading.Return()
		w.Leave(sixth.ID)
		w.Leave(w.waiter("a", "4").ID)
		w.Leave(w.waiter("a", "5").ID)
	})
}

func TestMetricNames(t *testing.T) {
	registry := prometheus.NewRegistry()
	flow.New(flow.Options{Now: time.Now, Metrics: flow.NewMetrics(registry)})
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	flow.New(flow.Options{Now: time.Now}).Close() // Without any.
}
