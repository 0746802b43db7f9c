package attempt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

func TestAFailureIsRecorded(t *testing.T) {
	long := strings.Repeat("考", 2000)
	cut := func(n int) string { return strings.Repeat("考", n-1) + "…" }
	tests := []struct {
		name      string
		err       error
		want      v1alpha1.CallError
		wantState v1alpha1.CallState
		billed    int32
		result    ctrl.Result
		reason    string
	}{
		{
			"as the service told it", &ais.Error{Op: "Defog", Code: "AIS.0014", Message: "The image is bad.", HTTPStatus: 400, RequestID: "r-1"},
			v1alpha1.CallError{
				Class: "Rejected", Code: "AIS.0014", HTTPStatus: 400, RequestID: "r-1", Message: "The image is bad.", Measure: ais.Measure("AIS.0014"),
			}, v1alpha1.CallFailed, 0, ctrl.Result{}, v1alpha1.ReasonRejected,
		},
		{
			"as billed when it was answered 2xx", &ais.Error{Op: "Defog", Code: "AIS.0503", Message: "It is damaged.", HTTPStatus: 200},
			v1alpha1.CallError{Class: "Rejected", Code: "AIS.0503", HTTPStatus: 200, Message: "It is damaged.", Measure: ais.Measure("AIS.0503")},
			v1alpha1.CallFailed, 1, ctrl.Result{}, v1alpha1.ReasonRejected,
		},
		{
			"cut to what status takes", &ais.Error{Op: "Defog", Code: long, Message: long, HTTPStatus: 4000, RequestID: long},
			v1alpha1.CallError{Class: "Service", Code: cut(64), HTTPStatus: 999, RequestID: cut(128), Message: cut(512)},
			v1alpha1.CallFailed, 0, ctrl.Result{RequeueAfter: outcome.ConflictDelay}, v1alpha1.ReasonServiceUnavailable,
		},
		{
			"with the pause that the service asked for", &ais.Error{Op: "Defog", HTTPStatus: 429, RetryAfter: time.Hour},
			v1alpha1.CallError{Class: "Throttled", HTTPStatus: 429}, v1alpha1.CallFailed, 0, ctrl.Result{RequeueAfter: time.Hour}, v1alpha1.ReasonThrottled,
		},
		{
			"as an unknown outcome when the answer was lost", &ais.Error{Op: "Defog", Message: "the connection was closed", HTTPStatus: 502},
			v1alpha1.CallError{Class: "Unknown", HTTPStatus: 502, Message: "the connection was closed"},
			v1alpha1.CallUnknown, 1, ctrl.Result{RequeueAfter: 10 * time.Second}, v1alpha1.ReasonUnknownOutcome,
		},
		{
			"as an unknown outcome when nobody can tell", errors.New("something broke: " + long),
			v1alpha1.CallError{Class: "Unknown", Message: "something broke: " + cut(512-len("something broke: "))},
			v1alpha1.CallUnknown, 1, ctrl.Result{RequeueAfter: 10 * time.Second}, v1alpha1.ReasonUnknownOutcome,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, newJob())
			p := w.process("a")
			p.call = func(_ context.Context, call ais.Call) (answer, error) {
				if err := w.send(call); err != nil {
					return answer{}, err
				}
				return answer{}, tt.err
			}
			if got := p.must(); got != tt.result {
				t.Errorf("result %+v, want %+v", got, tt.result)
			}
			w.wantSent(1)
			w.wantReady(metav1.ConditionFalse, tt.reason)
			entry := entryOf(w.get(), defog)
			if diff := cmp.Diff(&tt.want, entry.LastError); diff != "" {
				t.Errorf("last error (-want +got):\n%s", diff)
			}
			if entry.State != tt.wantState || entry.Billed != tt.billed || w.get().Status.BilledTotal != tt.billed {
				t.Errorf("entry %+v, billedTotal %d, want %s and %d", entry, w.get().Status.BilledTotal, tt.wantState, tt.billed)
			}
		})
	}
}

func TestAFailureThatPassesIsCalledAgainWhenItIsDue(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	succeed := p.call
	p.call = func(_ context.Context, call ais.Call) (answer, error) {
		if err := w.send(call); err != nil {
			return answer{}, err
		}
		return answer{}, &ais.Error{Op: "Defog", HTTPStatus: 503}
	}
	if got, want := p.must(), (ctrl.Result{RequeueAfter: 2 * time.Second}); got != want {
		t.Errorf("result %+v, want %+v", got, want)
	}
	// A restart neither shortens nor loses the delay.
	w.advance(time.Second)
	restarted := w.process("b")
	if got, want := restarted.must(), (ctrl.Result{RequeueAfter: time.Second}); got != want {
		t.Errorf("result %+v, want %+v", got, want)
	}
	w.wantSent(1)
	w.advance(time.Second)
	restarted.call = succeed
	restarted.must()
	w.wantSent(2)
	w.wantDone(1)
	if entry := entryOf(w.get(), defog); entry.Attempts != 2 || entry.LastError != nil {
		t.Errorf("entry %+v, want 2 attempts and no error", entry)
	}
}
