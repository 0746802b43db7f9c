package controller_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/controller"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/session"
)

// What holds objects back, and what lets go of them, wakes them: else they would go on saying what has passed.
func TestWhoIsToldWhatFlowControlFindsOut(t *testing.T) {
	ref := session.Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "default"}
	frozen := &ais.Error{Op: string(ais.ImageTagging), Code: "AIS.0027", HTTPStatus: 403}
	gate := []flow.Gate{{Reason: flow.AccountProblem, Code: "AIS.0027"}}
	tests := []struct {
		name   string
		gates  []flow.Gate
		budget int
		answer error
		want   []string
	}{
		{"a result is counted", nil, 10, nil, []string{"note in 10s"}},
		{"a gate that closes", nil, 10, frozen, []string{"note in 0s", "wake"}},
		{"a gate that opens", gate, 0, nil, []string{"note in 0s", "note in 10s", "wake"}},
		{"a gate that closes anew", gate, 0, frozen, []string{"note in 0s", "wake"}},
		{"a budget that is used up", nil, 1, nil, []string{"note in 10s", "wake"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry, told := &session.Registry{}, []string(nil)
				dispatcher := controller.NewDispatcher(registry, controller.Options{Now: time.Now, PictureMemory: 1, Metrics: prometheus.NewRegistry()})
				dispatcher.Open(flow.Connection{Name: ref.Key(), Gates: tt.gates, Budget: flow.Budget{PerDay: tt.budget}})
				registry.OnWake(func(session.Ref) { told = append(told, "wake") })
				registry.OnChange(func(_ session.Ref, after time.Duration) { told = append(told, "note in "+after.String()) })
				ticket, _ := dispatcher.Enter(flow.Waiter{Connection: ref.Key(), Operation: string(ais.ImageTagging)})
				ticket.Slot(0, func(bool) {})
				synctest.Wait()
				ticket.Done(tt.answer)
				ticket.Return()
				slices.Sort(told)
				if diff := cmp.Diff(tt.want, told); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}
