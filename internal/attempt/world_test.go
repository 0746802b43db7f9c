package attempt_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

type (
	job    = v1alpha1.EnhancementJob
	scope  = attempt.Scope[*job]
	answer = attempt.Answer[*job]
)

const (
	defog       = v1alpha1.OperationDefog
	darkEnhance = v1alpha1.OperationDarkEnhance
	timeout     = time.Minute
)

var start = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// koala is the object of most tests.
var koala = types.NamespacedName{Namespace: "shop", Name: "koala"}

// errDown is an API server that did not carry a write out, or did and could not say so.
var errDown = apierrors.NewInternalError(fmt.Errorf("etcd is down"))

// world is an API server, a service and a clock.
type world struct {
	t   *testing.T
	api client.WithWatch

	mu     sync.Mutex
	now    time.Time
	ids    int
	writes int
	sent   []string // the attempts that the service received

	// onWrite stands between a process and the API server, and may carry the write of a status out or not. n counts from 1.
	onWrite func(ctx context.Context, n int, carryOut func() error) error
}

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: start}
	w.api = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&job{}).WithObjects(objects...).
		WithInterceptorFuncs(interceptor.Funcs{SubResourceUpdate: w.update}).Build()
	return w
}

func (w *world) update(ctx context.Context, next client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
	w.mu.Lock()
	w.writes++
	n := w.writes
	w.mu.Unlock()
	carryOut := func() error { return next.SubResource(sub).Update(ctx, obj, opts...) }
	if w.onWrite != nil {
		return w.onWrite(ctx, n, carryOut)
	}
	return carryOut()
}

// failWrite makes the nth write fail, carried out or not.
func (w *world) failWrite(nth int, carriedOut bool) {
	w.onWrite = func(_ context.Context, n int, carryOut func() error) error {
		if n != nth {
			return carryOut()
		}
		if carriedOut {
			if err := carryOut(); err != nil {
				return err
			}
		}
		return errDown
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("attempt-%d", w.ids)
}

// send is what a client of the service does: it asks for the veto, and sends.
func (w *world) send(call ais.Call) error {
	if err := call.BeforeSend(); err != nil {
		return fmt.Errorf("Defog: not sent: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, call.AttemptID)
	return nil
}

func (w *world) wantSent(want int) {
	w.t.Helper()
	if len(w.sent) != want {
		w.t.Errorf("the service received %d calls %v, want %d", len(w.sent), w.sent, want)
	}
}

func newJob(change ...func(*job)) *job {
	j := &job{ObjectMeta: metav1.ObjectMeta{Namespace: koala.Namespace, Name: koala.Name, UID: "uid-1", Generation: 1}}
	j.Spec.Image.URL = "https://example.com/koala.jpg"
	j.Spec.RunPolicy = v1alpha1.RunPolicy{MaxAttempts: 8, UnknownOutcome: v1alpha1.UnknownOutcomeRetryOnce}
	for _, f := range change {
		f(j)
	}
	return j
}

func (w *world) get() *job {
	w.t.Helper()
	j := &job{}
	if err := w.api.Get(w.t.Context(), koala, j); err != nil {
		w.t.Fatal(err)
	}
	return j
}

// change is what a user does to the object.
func (w *world) change(f func(*job)) {
	w.t.Helper()
	j := w.get()
	f(j)
	if err := w.api.Update(w.t.Context(), j); err != nil {
		w.t.Fatal(err)
	}
}

func relabel(j *job)    { j.Labels = map[string]string{"relabelled": "yes"} }
func newPicture(j *job) { j.Spec.Image.URL += "?2" }

// entryOf returns the ledger's entry of an operation, or nil.
func entryOf(j *job, op v1alpha1.Operation) *v1alpha1.Call {
	for i := range j.Status.Calls {
		if j.Status.Calls[i].Operation == op {
			return &j.Status.Calls[i]
		}
	}
	return nil
}

// process is one operator: what it knows dies with it.
type process struct {
	*world
	runner *attempt.Runner[*job]
	events *events.FakeRecorder
	ops    []v1alpha1.Operation
	// timeout of one attempt.
	timeout time.Duration
	// bytes is what its answers take in memory.
	bytes int64

	// read is the cache. It shows the API server's objects as they are, unless a test says otherwise.
	read func() *job
	// beforeAttempt lets something happen between the read and the claim.
	beforeAttempt func()
	// call makes a call; the default succeeds.
	call func(context.Context, ais.Call) (answer, error)
}

func (w *world) process(holder string) *process {
	p := &process{world: w, ops: []v1alpha1.Operation{defog}, timeout: timeout, read: w.get, beforeAttempt: func() {}}
	p.events = events.NewFakeRecorder(100)
	p.runner = &attempt.Runner[*job]{
		Client: w.api, Recorder: p.events, Holder: holder, Now: w.clock, NewID: w.newID, Jitter: func() float64 { return 0 },
		UnstoredBytes: 1 << 20,
	}
	p.call = func(_ context.Context, call ais.Call) (answer, error) { return p.answer(nil), w.send(call) }
	return p
}

// answer is a result that goes to status, and somewhere else first if store is set.
func (p *process) answer(store func(context.Context) error) answer {
	return answer{Bytes: p.bytes, Store: store, Apply: func(j *job) { j.Status.Summary += "+done" }}
}

func runOf(j *job, op v1alpha1.Operation) ledger.Run {
	return ledger.Run{Operation: op, SpecHash: ledger.SpecHash(op, nil, j.Spec.Image)}
}

// reconcile does what a controller does.
func (p *process) reconcile(ctx context.Context) (ctrl.Result, error) {
	obj := p.read()
	s := attempt.NewScope(obj)
	o := p.runner.Recover(ctx, s, func(op v1alpha1.Operation) string { return runOf(s.Object, op).SpecHash })
	for _, op := range p.ops {
		if o.IsContinue() {
			o = p.step(ctx, s, op)
		}
	}
	if o.IsContinue() {
		o = outcome.Done(s.Object.Status.Summary)
	}
	return p.runner.Finish(ctx, s, o)
}

func (p *process) step(ctx context.Context, s *scope, op v1alpha1.Operation) outcome.Outcome {
	run := runOf(s.Object, op)
	if p.runner.Decide(s, run).Next == ledger.Attempt {
		p.beforeAttempt()
		o := p.runner.Attempt(ctx, s, attempt.Step[*job]{Run: run, Timeout: p.timeout, Call: p.call})
		if !o.IsContinue() {
			return o
		}
	}
	return p.runner.Outcome(p.runner.Decide(s, run), op)
}

// must reconciles without an error.
func (p *process) must() ctrl.Result {
	p.t.Helper()
	result, err := p.reconcile(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

// wantDone checks that the object has its result, once, and what it has cost.
func (w *world) wantDone(billedTotal int32) {
	w.t.Helper()
	j := w.get()
	entry := entryOf(j, defog)
	switch {
	case entry == nil:
		w.t.Fatal("there is no entry in the ledger")
	case entry.State != v1alpha1.CallSucceeded, entry.Claim != nil:
		w.t.Errorf("entry %+v, want Succeeded", entry)
	case strings.Count(j.Status.Summary, "+done") != 1:
		w.t.Errorf("summary %q, want the result once", j.Status.Summary)
	}
	if j.Status.BilledTotal != billedTotal {
		w.t.Errorf("billedTotal %d, want %d", j.Status.BilledTotal, billedTotal)
	}
	w.wantReady(metav1.ConditionTrue, v1alpha1.ReasonSucceeded)
}

// wantRemembered checks what the process keeps in memory.
func (p *process) wantRemembered(records, unsent int) {
	p.t.Helper()
	if r, u := p.runner.Remembered(); r != records || u != unsent {
		p.t.Errorf("%d records and %d unsent claims are kept, want %d and %d", r, u, records, unsent)
	}
}

func (w *world) wantReady(status metav1.ConditionStatus, reason string) {
	w.t.Helper()
	for _, c := range w.get().Status.Conditions {
		if c.Type == v1alpha1.ConditionReady {
			if c.Status != status || c.Reason != reason {
				w.t.Errorf("Ready is %s (%s: %s), want %s (%s)", c.Status, c.Reason, c.Message, status, reason)
			}
			return
		}
	}
	w.t.Errorf("Ready is missing, want %s (%s)", status, reason)
}
