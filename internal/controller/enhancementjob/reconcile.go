package enhancementjob

import (
	"context"
	"fmt"
	"time"

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
	*attempt.Scope[*v1alpha1.EnhancementJob]

	operation operation
	decision  ledger.Decision
	session   *session.Session
	picture   intake.Picture
	place     place
}

// storageTimeout bounds a phase that speaks to the object storage, so that a storage that does not answer holds no worker.
const storageTimeout = 2 * time.Minute

func bounded(phase func(context.Context, *scope) outcome.Outcome) func(context.Context, *scope) outcome.Outcome {
	return func(ctx context.Context, s *scope) outcome.Outcome {
		ctx, cancel := context.WithTimeout(ctx, storageTimeout)
		defer cancel()
		return phase(ctx, s)
	}
}

// Reconcile brings one object closer to what its spec asks for.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	obj := &v1alpha1.EnhancementJob{}
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.Runner.Forget(req.NamespacedName)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	s := &scope{Scope: attempt.NewScope(obj), operation: operationOf(obj)}
	o := outcome.Run(ctx, s, r.recover, r.settled, r.plan, r.connect, bounded(r.move), r.fetch, bounded(r.locate), r.call, r.conclude)
	return r.Runner.Finish(ctx, s.Scope, o)
}

// recover takes over an answer that could not be stored or written.
func (r *Reconciler) recover(ctx context.Context, s *scope) outcome.Outcome {
	return r.Runner.Recover(ctx, s.Scope, func(op v1alpha1.Operation) string {
		if op == s.operation.run.Operation {
			return s.operation.run.SpecHash
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

// plan finds out what is to be done. Nothing is fetched for it: a finished object ends here.
func (r *Reconciler) plan(ctx context.Context, s *scope) outcome.Outcome {
	s.decision = r.Runner.Decide(s.Scope, s.operation.run)
	if s.decision.Next != ledger.Done {
		// Nobody is to read an old output for the new one. The picture itself stays where it is.
		s.Object.Status.Output, s.Object.Status.Summary = nil, ""
	}
	finished := s.decision.Next == ledger.Done && inPlace(s.Object)
	if finished || s.decision.Next == ledger.Wait || s.decision.Next == ledger.Stop {
		return r.conclude(ctx, s)
	}
	if s.Object.Spec.RunPolicy.Suspend {
		return outcome.Wait(v1alpha1.ReasonSuspended, "spec.runPolicy.suspend is true", 0)
	}
	return outcome.Continue()
}

// connect finds the session of the connection, which must reach the object storage.
func (r *Reconciler) connect(ctx context.Context, s *scope) outcome.Outcome {
	var o outcome.Outcome
	if s.session, o = r.Sessions.Resolve(ctx, s.Object.Namespace, s.Object.Spec.ConnectionRef); !o.IsContinue() {
		return o
	}
	if s.session.Storage == nil {
		return outcome.Wait(v1alpha1.ReasonConnectionNotReady, s.session.Ref.String()+
			" has a password, and the output is stored with an access key; refer to a connection with an access key", 0)
	}
	return outcome.Continue()
}

// fetch gets the picture and holds it against the limits of the operation, before anything is paid.
func (r *Reconciler) fetch(ctx context.Context, s *scope) outcome.Outcome {
	var o outcome.Outcome
	s.picture, o = intake.Get(ctx, s.session, intake.Request{
		Namespace: s.Object.Namespace, Image: s.Object.Spec.Image, Delivery: v1alpha1.DeliveryInline,
	})
	if !o.IsContinue() {
		return o
	}
	s.Object.Status.Input = s.picture.Status()
	s.operation.run.InputHash = ledger.InputHash(s.operation.run.Operation, s.operation.parameters, s.picture.Identity())
	return s.picture.Check(s.operation.name)
}

// conclude tells the outcome from the ledger.
func (r *Reconciler) conclude(_ context.Context, s *scope) outcome.Outcome {
	d := r.Runner.Decide(s.Scope, s.operation.run)
	if o := r.Runner.Outcome(d, s.operation.run.Operation); !o.IsContinue() {
		return o
	}
	s.Object.Status.Summary = summarise(s.Object)
	return outcome.Done(s.Object.Status.Summary)
}

// summarise tells the result in one line, such as "Defog: 768x512 png".
func summarise(ej *v1alpha1.EnhancementJob) string {
	out := ej.Status.Output
	if out == nil {
		return ""
	}
	return fmt.Sprintf("%s: %dx%d %s", operationOf(ej).run.Operation, out.Width, out.Height, out.Format)
}
