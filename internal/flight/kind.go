package flight

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// Object is an object that makes paid calls through a connection.
type Object interface {
	attempt.Object
	// ConnectionRef names the connection.
	ConnectionRef() v1alpha1.ConnectionReference
}

// Scope is one object during one reconcile, on its worker and in flight. The scopes of the kinds embed it.
type Scope[T Object] struct {
	*attempt.Scope[T]

	// Session is that of the connection, since Connect.
	Session *session.Session

	ticket *flow.Ticket
	// bytes is what the picture takes in memory.
	bytes int64
	// queued means that the object waits for its turn.
	queued bool
	// follows means that another object is called for the same picture, or has the place of the result.
	follows bool
}

// NewScope begins a reconcile of obj, which the scope owns from then on.
func NewScope[T Object](obj T) *Scope[T] { return &Scope[T]{Scope: attempt.NewScope(obj)} }

// Holds tells how many bytes of memory the picture takes that was read.
func (s *Scope[T]) Holds(bytes int64) { s.bytes = bytes }

// Shared is the part of the scope that all kinds have.
func (s *Scope[T]) Shared() *Scope[T] { return s }

// Flying is the scope of a kind.
type Flying[T Object] interface {
	Shared() *Scope[T]
	// SpecHash tells what an operation's run is now; empty when the spec does not ask for it any more.
	SpecHash(v1alpha1.Operation) string
}

// Phase is a step of a reconcile. The first that does not continue ends it.
type Phase[S any] = func(context.Context, S) outcome.Outcome

// Kind reconciles the objects of one kind, in three stretches.
type Kind[T Object, S Flying[T]] struct {
	Client   client.Client
	Sessions *session.Resolver
	Runner   *attempt.Runner[T]
	Flow     *flow.Dispatcher
	Flights  *Flights
	// Name of the kind.
	Name string
	// New makes an empty object, and NewList an empty list.
	New     func() T
	NewList func() client.ObjectList
	// Begin makes the scope of an object that was read.
	Begin func(T) S

	// Plan is quick and runs on the worker. Its last phase asks for the object's turn with Admit.
	Plan []Phase[S]
	// Prepare waits for others: it reads the picture, and looks for a result that is there already.
	Prepare []Phase[S]
	// Call makes the paid calls. It has a slot for the operation that was asked for in Plan.
	Call []Phase[S]

	inputs leads[input]
	// places are where results are about to be stored.
	places leads[string]
}

// Reconcile brings one object closer to what its spec asks for.
func (k *Kind[T, S]) Reconcile(ctx context.Context, req reconcile.Request) (ctrl.Result, error) {
	name := req.NamespacedName
	if k.Flights.OnWay(name) {
		return ctrl.Result{}, nil
	}
	obj := k.New()
	if err := k.Client.Get(ctx, name, obj); err != nil {
		if apierrors.IsNotFound(err) {
			k.Runner.Forget(name)
			k.Flow.Leave(k.id(name))
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	s := k.Begin(obj)
	if k.Runner.IsUnstored(obj) {
		k.Flights.Depart(ctx, name, func(ctx context.Context, fl *Flight) { k.store(ctx, fl, s) })
		return ctrl.Result{}, nil
	}
	o := outcome.Run(ctx, s, append([]Phase[S]{k.recover, k.settled}, k.Plan...)...)
	at := s.Shared()
	if at.ticket != nil {
		k.Flights.Depart(ctx, name, func(ctx context.Context, fl *Flight) { k.prepare(ctx, fl, s) }, at.ticket.Return, func() { k.release(name) })
		return ctrl.Result{}, nil
	}
	if !at.queued {
		k.Flow.Leave(k.id(name))
	}
	return k.finish(ctx, s, o)
}

// store is the only leg of a flight that stores what could not be stored before. The rest of the reconcile follows on a worker.
func (k *Kind[T, S]) store(ctx context.Context, fl *Flight, s S) {
	o := k.recover(ctx, s)
	if o.IsContinue() {
		o = outcome.Hold(outcome.ConflictDelay)
	}
	k.land(ctx, fl, s, o)
}

// prepare is the first leg of a flight with a ticket.
func (k *Kind[T, S]) prepare(ctx context.Context, fl *Flight, s S) {
	at := s.Shared()
	if o := outcome.Run(ctx, s, k.Prepare...); !o.IsContinue() {
		at.ticket.Return()
		if at.follows { // What was found out is found out again when the result is there: the write is spared.
			fl.Land(ctrl.Result{}, nil)
			return
		}
		fl.Land(k.finish(ctx, s, o))
		return
	}
	at.ticket.Slot(at.bytes, func(ok bool) {
		fl.Go(func(ctx context.Context, fl *Flight) { k.call(ctx, fl, s, ok) })
	})
}

// call is the second leg, once there is a slot. Without one something has changed since the object had its ticket, and it begins anew.
func (k *Kind[T, S]) call(ctx context.Context, fl *Flight, s S, ok bool) {
	if !ok {
		s.Shared().ticket.Return()
		fl.Land(ctrl.Result{RequeueAfter: outcome.ConflictDelay}, nil)
		return
	}
	o := outcome.Run(ctx, s, append([]Phase[S]{k.confirm}, k.Call...)...)
	s.Shared().ticket.Return()
	k.land(ctx, fl, s, o)
}

// recover takes over answers that could not be stored or written.
func (k *Kind[T, S]) recover(ctx context.Context, s S) outcome.Outcome {
	return k.Runner.Recover(ctx, s.Shared().Scope, s.SpecHash)
}

// settled ends the reconcile of an object that nothing more can be done for, and of one that is being deleted.
func (k *Kind[T, S]) settled(_ context.Context, s S) outcome.Outcome {
	if obj := s.Shared().Object; outcome.IsSettled(obj) || !obj.GetDeletionTimestamp().IsZero() {
		return outcome.Hold(0)
	}
	return outcome.Continue()
}

// Connect is the phase that finds the session of the connection.
func (k *Kind[T, S]) Connect(ctx context.Context, s S) outcome.Outcome {
	at := s.Shared()
	var o outcome.Outcome
	at.Session, o = k.Sessions.Resolve(ctx, at.Object.GetNamespace(), at.Object.ConnectionRef())
	return o
}

// confirm sees to it that the object may still use its connection, and that the connection is the one that its picture was checked for.
func (k *Kind[T, S]) confirm(ctx context.Context, s S) outcome.Outcome {
	at := s.Shared()
	now, o := k.Sessions.Resolve(ctx, at.Object.GetNamespace(), at.Object.ConnectionRef())
	if o.IsContinue() && now != at.Session {
		return outcome.Hold(outcome.ConflictDelay)
	}
	return o
}

// Turn is what an object asks its turn for.
type Turn struct {
	// Operation is the first that is to be called.
	Operation v1alpha1.Operation
	// Bytes is the most that its picture may take in memory.
	Bytes int64
	// Free means that nothing is to be called.
	Free bool
}

// Admit asks for the object's turn. Until it comes the object waits in a queue, and costs nothing there.
func (k *Kind[T, S]) Admit(s S, t Turn) outcome.Outcome {
	at, name := s.Shared(), client.ObjectKeyFromObject(s.Shared().Object)
	var held *flow.Hold
	at.ticket, held = k.Flow.Enter(flow.Waiter{
		ID: k.id(name), Connection: at.Session.Ref.Key(), Operation: string(t.Operation),
		Bytes: t.Bytes, Free: t.Free, Wake: func() { k.Flights.Wake(name) },
	})
	if at.ticket != nil {
		return outcome.Continue()
	}
	at.queued = true
	says := readyReason(at.Object)
	switch {
	case held != nil && says == reasons[held.Reason]:
		return outcome.Hold(0) // It said so itself, and may have said more.
	case held != nil:
		return outcome.Wait(reasons[held.Reason], held.Message, 0)
	case !blocked[says]:
		return outcome.Hold(0)
	}
	if left := patience - k.Flow.Waited(k.id(name)); left > 0 {
		return outcome.Hold(left + time.Duration(k.Runner.Jitter()*float64(patience)))
	}
	return outcome.Wait(v1alpha1.ReasonProgressing, "waits for its turn", 0)
}

// patience is how long nothing but its turn keeps an object waiting before it says so, if what it says is that somebody has to act. Whatever lets go of
// objects (a gate that opens, another day, a session) wakes all of them once. That reconcile finds this out, writes nothing, and has itself repeated after
// patience, or up to twice that, so that ten thousand do not write at once. Whoever was called by then has said something else with its claim, and the
// write is spared; whoever was not writes once. Nobody looks in between.
const patience = time.Minute

// blocked are the reasons that say that somebody has to act. An object that waits for nothing but its turn is not to show one of them.
var blocked = map[string]bool{
	v1alpha1.ReasonSuspended: true, v1alpha1.ReasonConnectionNotReady: true, v1alpha1.ReasonInvalidCredentials: true,
	v1alpha1.ReasonAccountProblem: true, v1alpha1.ReasonServiceUnavailable: true, v1alpha1.ReasonBudgetExhausted: true,
}

func readyReason(obj outcome.Object) string {
	if c := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady); c != nil && c.ObservedGeneration == obj.GetGeneration() {
		return c.Reason
	}
	return ""
}

// reasons maps what holds an object back to the reason that says who acts.
var reasons = map[flow.HoldReason]string{
	flow.HoldBudget:             v1alpha1.ReasonBudgetExhausted,
	flow.HoldNamespaceBudget:    v1alpha1.ReasonBudgetExhausted,
	flow.HoldAccountProblem:     v1alpha1.ReasonAccountProblem,
	flow.HoldServiceUnavailable: v1alpha1.ReasonServiceUnavailable,
}

// Attempt makes one paid call in the slot that the object has.
func (k *Kind[T, S]) Attempt(ctx context.Context, s S, step attempt.Step[T]) outcome.Outcome {
	at := s.Shared()
	step.Timeout = at.Session.Limits.For(step.Run.Operation).Timeout
	step.Run.Endpoint = at.Session.Endpoint
	step.Answered = func(err error) {
		at.Session.Heed(err) // Before the slot is handed over: the next one is not to try credentials that were refused.
		at.ticket.Done(err)
	}
	return k.Runner.Attempt(ctx, at.Scope, step)
}

// TrySlot asks for the slot of a further operation on the same picture, and does not wait for it. The object must still be allowed to use its connection.
func (k *Kind[T, S]) TrySlot(ctx context.Context, s S, op v1alpha1.Operation) bool {
	return k.confirm(ctx, s).IsContinue() && s.Shared().ticket.TrySlot(string(op))
}

func (k *Kind[T, S]) finish(ctx context.Context, s S, o outcome.Outcome) (ctrl.Result, error) {
	return k.Runner.Finish(ctx, s.Shared().Scope, o)
}

func (k *Kind[T, S]) id(name types.NamespacedName) flow.ID {
	return flow.ID{Kind: k.Name, Namespace: name.Namespace, Name: name.Name}
}
