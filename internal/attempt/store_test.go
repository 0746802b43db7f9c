package attempt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
)

// storage takes pictures unless it is broken.
type storage struct {
	broken bool
	tries  int
}

func (s *storage) put(context.Context) error {
	s.tries++
	if s.broken {
		return errors.New("the bucket is full")
	}
	return nil
}

// storing makes the process store its answers.
func (p *process) storing(s *storage) {
	p.call = func(_ context.Context, call ais.Call) (answer, error) { return p.answer(s.put), p.send(call) }
}

func TestAPictureIsStoredUntilItIsStored(t *testing.T) {
	w := newWorld(t, newJob())
	p, s := w.process("a"), &storage{broken: true}
	p.storing(s)
	for try := 1; try <= 2; try++ {
		if got, want := p.must(), (ctrl.Result{RequeueAfter: 15 * time.Second}); got != want {
			t.Errorf("try %d: %+v, want %+v", try, got, want)
		}
		w.wantReady(metav1.ConditionFalse, v1alpha1.ReasonTransientError)
		if entry := entryOf(w.get(), defog); entry.State != v1alpha1.CallClaimed {
			t.Errorf("try %d: the entry is %+v before the picture is stored", try, entry)
		}
		w.advance(time.Hour) // Far beyond the deadline, which is not for storing.
	}
	if message := w.get().Status.Conditions[0].Message; !strings.Contains(message, "the bucket is full") {
		t.Errorf("message %q does not say why", message)
	}
	s.broken = false
	p.must()
	w.wantSent(1)
	w.wantDone(1)
	if s.tries != 3 {
		t.Errorf("%d tries to store, want 3", s.tries)
	}
}

func TestAPictureIsStoredOnce(t *testing.T) {
	w := newWorld(t, newJob())
	p, s := w.process("a"), &storage{}
	p.storing(s)
	w.failWrite(2, false)
	if _, err := p.reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want %v", err, errDown)
	}
	p.must()
	w.wantDone(1)
	if s.tries != 1 {
		t.Errorf("stored %d times, want once although the record was written twice", s.tries)
	}
}

func TestAPictureThatNobodyWantsIsNotStored(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*world)
		wantSent int // in the end
	}{
		{"because the spec has moved on", func(w *world) { w.change(newPicture) }, 2},
		{"because the object is being deleted", func(w *world) {
			if err := w.api.Delete(w.t.Context(), w.get()); err != nil {
				w.t.Fatal(err)
			}
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, newJob(func(j *job) { j.Finalizers = []string{"ais-operator.io/test"} }))
			p, s := w.process("a"), &storage{broken: true}
			p.storing(s)
			p.must()
			tt.change(w)
			s.broken = false
			p.must()
			w.wantSent(tt.wantSent)
			if stored := s.tries - 1; stored != tt.wantSent-1 {
				t.Errorf("%d pictures stored, want none of the first call", stored)
			}
			j := w.get()
			if entry := entryOf(j, defog); entry.State != v1alpha1.CallSucceeded || j.Status.BilledTotal != int32(tt.wantSent) {
				t.Errorf("entry %+v, billedTotal %d: the cost must stay", entry, j.Status.BilledTotal)
			}
			if got := strings.Count(j.Status.Summary, "+done"); got != tt.wantSent-1 {
				t.Errorf("%d results in status, want none of the first call", got)
			}
		})
	}
}

// jobs makes as many objects as there are answers that a process keeps for a storage that does not take them.
func jobs(n int) []client.Object {
	var objects []client.Object
	for i := range n {
		objects = append(objects, newJob(func(j *job) {
			j.Name, j.UID = fmt.Sprintf("job-%02d", i), types.UID(fmt.Sprintf("uid-%02d", i))
		}))
	}
	return objects
}

// readsOf makes a process see one object.
func (p *process) readsOf(name string) {
	p.read = func() *job {
		j := &job{}
		if err := p.api.Get(p.t.Context(), types.NamespacedName{Namespace: koala.Namespace, Name: name}, j); err != nil {
			p.t.Fatal(err)
		}
		return j
	}
}

func TestNoCallWhileTooManyPicturesWait(t *testing.T) {
	const most = 16
	tests := []struct {
		name string
		free func(*process, *storage)
	}{
		{"until one of them is stored", func(p *process, s *storage) {
			s.broken = false
			p.must()
		}},
		{"until the object of one of them is gone", func(p *process, _ *storage) {
			p.runner.Forget(types.NamespacedName{Namespace: koala.Namespace, Name: "job-00"})
		}},
		{"until the object of one of them is another one under the same name", func(p *process, _ *storage) {
			old := p.read()
			if err := p.api.Delete(p.t.Context(), old); err != nil {
				p.t.Fatal(err)
			}
			again := newJob(func(j *job) { j.Name, j.UID = old.Name, "uid-again" })
			if err := p.api.Create(p.t.Context(), again); err != nil {
				p.t.Fatal(err)
			}
			p.runner.Recover(p.t.Context(), attempt.NewScope(again), func(v1alpha1.Operation) string { return "" })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, jobs(most+1)...)
			p, s := w.process("a"), &storage{broken: true}
			p.storing(s)
			for i := range most + 1 {
				p.readsOf(fmt.Sprintf("job-%02d", i))
				p.must()
			}
			w.wantSent(most)
			if got := p.read(); entryOf(got, defog) != nil || got.Status.Conditions[0].Reason != v1alpha1.ReasonTransientError {
				t.Errorf("the object without a call has %+v", got.Status)
			}
			p.readsOf("job-00")
			tt.free(p, s)
			p.readsOf(fmt.Sprintf("job-%02d", most))
			p.must()
			w.wantSent(most + 1)
		})
	}
}

func TestNoCallWhileWaitingPicturesTakeTooMuchMemory(t *testing.T) {
	w := newWorld(t, jobs(5)...)
	p, s := w.process("a"), &storage{broken: true}
	p.storing(s)
	p.bytes = 400 << 10 // 1 MiB is allowed.
	for i := range 5 {
		p.readsOf(fmt.Sprintf("job-%02d", i))
		p.must()
	}
	w.wantSent(3)
	s.broken = false
	for i := range 5 {
		p.readsOf(fmt.Sprintf("job-%02d", i))
		p.must()
	}
	w.wantSent(5)
}

func TestObjectsShareARunner(t *testing.T) {
	const n = 8
	w := newWorld(t, jobs(n)...)
	first := w.process("a")
	errs := make(chan error, n)
	for i := range n {
		p := *first // The same runner, with a storage and an object of its own.
		p.readsOf(fmt.Sprintf("job-%02d", i))
		s := &storage{}
		p.storing(s)
		go func() {
			_, err := p.reconcile(t.Context())
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	w.wantSent(n)
}
