package imageanalysis

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// scope is one object during one reconcile, and what its phases have found out.
type scope struct {
	*attempt.Scope[*v1alpha1.ImageAnalysis]

	operations []operation
	session    *session.Session
	picture    intake.Picture
}

// Reconcile brings one object closer to what its spec asks for.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	obj := &v1alpha1.ImageAnalysis{}
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.Runner.Forget(req.NamespacedName)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	s := &scope{Scope: attempt.NewScope(obj), operations: operationsOf(obj)}
	o := outcome.Run(ctx, s, r.recover, r.settled, r.plan, r.connect, r.fetch, r.call, r.conclude)
	return r.Runner.Finish(ctx, s.Scope, o)
}

// recover takes over answers that could not be written.
func (r *Reconciler) recover(ctx context.Context, s *scope) outcome.Outcome {
	return r.Runner.Recover(ctx, s.Scope, func(op v1alpha1.Operation) string {
		for i := range s.operations {
			if s.operations[i].run.Operation == op {
				return s.operations[i].run.SpecHash
			}
		}
		return ""
	})
}

// settled ends the reconcile of an object that nothing more can be done for, and of one that is being deleted.
func (r *Reconciler) settled(_ context.Context, s *scope) outcome.Outcome {
	if outcome.IsSettled(s.Object) || !s.Object.DeletionTimestamp.IsZero() {
		return outcome.Hold(0)
	}
	return outcome.Continue()
}

// plan finds out which operations are to be called. Nothing is fetched for it: a finished object ends here.
func (r *Reconciler) plan(ctx context.Context, s *scope) outcome.Outcome {
	due := false
	for i := range s.operations {
		op := &s.operations[i]
		op.decision = r.decide(s, op)
		due = due || op.decision.Next == ledger.Attempt
	}
	dropStale(s)
	if !due {
		return r.conclude(ctx, s)
	}
	if s.Object.Spec.RunPolicy.Suspend {
		return outcome.Wait(v1alpha1.ReasonSuspended, "spec.runPolicy.suspend is true", 0)
	}
	return outcome.Continue()
}

// decide says what may be done next for an operation. A run whose result went when the spec turned to another run, and back, is made again.
func (r *Reconciler) decide(s *scope, op *operation) ledger.Decision {
	d := r.Runner.Decide(s.Scope, op.run)
	if d.Next == ledger.Done && !op.hasResult(&s.Object.Status) {
		d.Next = ledger.Attempt
	}
	return d
}

// connect finds the session of the connection.
func (r *Reconciler) connect(ctx context.Context, s *scope) outcome.Outcome {
	var o outcome.Outcome
	s.session, o = r.Sessions.Resolve(ctx, s.Object.Namespace, s.Object.Spec.ConnectionRef)
	return o
}

// fetch gets the picture and holds it against the limits of every operation that is due, before anything is paid.
func (r *Reconciler) fetch(ctx context.Context, s *scope) outcome.Outcome {
	var o outcome.Outcome
	s.picture, o = intake.Get(ctx, s.session, intake.Request{
		Namespace: s.Object.Namespace, Image: s.Object.Spec.Image, Delivery: s.Object.Spec.Delivery,
	})
	if !o.IsContinue() {
		return o
	}
	s.Object.Status.Image = s.picture.Status()
	for _, op := range s.operations {
		if op.decision.Next != ledger.Attempt {
			continue
		}
		if o := s.picture.Check(op.name); !o.IsContinue() {
			return o
		}
	}
	return outcome.Continue()
}

// conclude sums the operations up once none is left to be called: the first that waits or stopped speaks for the object.
func (r *Reconciler) conclude(_ context.Context, s *scope) outcome.Outcome {
	s.Object.Status.Summary = summarise(s.Object)
	o := outcome.Done(s.Object.Status.Summary)
	for i := range s.operations {
		d := r.decide(s, &s.operations[i])
		switch next := r.Runner.Outcome(d, s.operations[i].run.Operation); d.Next {
		case ledger.Done:
		case ledger.Stop:
			o = next
		default:
			return next
		}
	}
	return o
}
