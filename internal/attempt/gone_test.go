package attempt_test

import (
	"context"
	"errors"
	"testing"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

func TestAnObjectThatWasDeletedDuringTheCall(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	p.call = func(_ context.Context, call ais.Call) (answer, error) {
		if err := w.api.Delete(t.Context(), w.get()); err != nil {
			t.Error(err)
		}
		return p.answer(nil), w.send(call)
	}
	if result := p.must(); !result.IsZero() {
		t.Errorf("result %+v, want none", result)
	}
	w.wantSent(1)
	p.wantRemembered(0, 0)
}

func TestNothingIsRememberedOfClaimsOfAnObjectThatIsGone(t *testing.T) {
	for name, gone := range map[string]func(*process){
		"because it was deleted": func(p *process) { p.runner.Forget(koala) },
		"because another one has its name": func(p *process) {
			again := newJob(func(j *job) { j.UID = "uid-2" })
			p.runner.Recover(p.t.Context(), attempt.NewScope(again), func(v1alpha1.Operation) string { return "" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, newJob())
			p := w.process("a")
			w.failWrite(1, true)
			if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
				t.Fatalf("got %v, want %v", err, errDown)
			}
			p.wantRemembered(0, 1)
			gone(p)
			p.wantRemembered(0, 0)
		})
	}
}

func TestAnObjectThatIsAnotherOneUnderTheSameName(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	// Even if it has the very claim, such as from a backup.
	restored := w.get().Status
	if err := w.api.Delete(t.Context(), w.get()); err != nil {
		t.Fatal(err)
	}
	again := newJob(func(j *job) { j.UID, j.Status = "uid-2", restored })
	if err := w.api.Create(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	again.Status = restored
	if err := w.api.Status().Update(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	p.must()
	if entry := entryOf(w.get(), defog); entry.State != v1alpha1.CallClaimed {
		t.Errorf("the answer for the old object was given to the new one: %+v", entry)
	}
	w.advance(timeout + ledger.Skew)
	p.must()
	w.wantSent(2)
	w.wantDone(2)
}

func TestForget(t *testing.T) {
	w := newWorld(t, newJob())
	p := w.process("a")
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	p.runner.Forget(koala)
	p.wantRemembered(0, 0)
	if got, want := p.must(), (ctrl.Result{RequeueAfter: timeout + ledger.Skew}); got != want {
		t.Errorf("an answer that was forgotten: %+v, want %+v", got, want)
	}
	w.wantSent(1)
}
