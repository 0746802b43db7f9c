package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/flow"
)

func TestRate(t *testing.T) {
	tests := []struct {
		name        string
		connections []flow.Limits
		want        []time.Duration // of the calls, after the first object entered
	}{
		{"one call a second", []flow.Limits{{Concurrency: 9, RequestsPerSecond: 1}}, []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}},
		{
			"100 ms' worth of tokens are used at once", []flow.Limits{{Concurrency: 9, RequestsPerSecond: 20}},
			[]time.Duration{0, 0, 50 * time.Millisecond, 100 * time.Millisecond, 150 * time.Millisecond},
		},
		{"none", []flow.Limits{{Concurrency: 9}}, []time.Duration{0, 0, 0, 0}},
		{
			"the lowest of all that share the lane", []flow.Limits{{Concurrency: 9}, {Concurrency: 9, RequestsPerSecond: 2}, {Concurrency: 9, RequestsPerSecond: 4}},
			[]time.Duration{0, time.Second / 2, time.Second},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				for i, limits := range tt.connections {
					c := connection(string(rune('c'+i)), 0)
					c.DefaultLimits = limits
					w.Open(c)
				}
				for range 2 { // Tokens that nobody uses are not kept.
					start, calls := time.Now(), []string(nil)
					for i := range tt.want {
						w.start(&job{want: w.waiter("a", fmt.Sprint(i)), begins: func(*job) { w.note(&calls, time.Since(start).String()) }})
					}
					pass(time.Hour)
					var want []string
					for _, d := range tt.want {
						want = append(want, d.String())
					}
					if diff := cmp.Diff(want, w.told(&calls)); diff != "" {
						w.Errorf("calls began after (-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}

func TestRateAfterThrottling(t *testing.T) {
	inWorld(t, func(w *world) {
		c := connection("c", 10)
		c.DefaultLimits.RequestsPerSecond = 4
		w.Open(c)
		finish(w.calling(w.waiter("a", "1")), throttled)
		pass(time.Second)
		finish(w.calling(w.waiter("a", "2")), nil)
		third := w.take(w.waiter("a", "3"))
		s := w.stage(third)
		pass(490 * time.Millisecond) // At two calls a second, and a little has come back.
		w.expect("waits", s)
		pass(10 * time.Millisecond)
		w.expect("calls", s)
		finish(third, nil)
	})
}
