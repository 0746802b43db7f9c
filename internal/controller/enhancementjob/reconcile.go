package enhancementjob

import (
	"context"
	"fmt"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// scope is one object during one reconcile, and what its phases have found out.
type scope struct {
	*flight.Scope[*v1alpha1.EnhancementJob]

	operation operation
	decision  ledger.Decision
	lost      bool
	picture   intake.Picture
	place     place
}

func begin(ej *v1alpha1.EnhancementJob) *scope {
	return &scope{Scope: flight.NewScope(ej), operation: operationOf(ej)}
}

// SpecHash tells what an operation's run is now.
func (s *scope) SpecHash(op v1alpha1.Operation) string {
	if op != s.operation.run.Operation {
		return ""
	}
	return s.operation.run.SpecHash
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

// plan finds out what is to be done. Nothing is fetched for it: a finished object ends here.
func (r *Reconciler) plan(ctx context.Context, s *scope) outcome.Outcome {
	s.decision = r.Runner.Decide(s.Scope.Scope, s.operation.run)
	if s.decision.Next != ledger.Done {
		// Nobody is to read an old output for the new one. The picture itself stays where it is.
		s.Object.Status.Output, s.Object.Status.Summary = nil, ""
	}
	if !s.IsBegun(s.operation.run) {
		s.Object.Status.Input = nil // It may be that of another reference.
	}
	// The picture may be there although its record is not: it is looked for before the run ends without it.
	s.lost = s.decision.Next == ledger.Stop && s.IsLost(s.operation.run)
	finished := s.decision.Next == ledger.Done && inPlace(s.Object)
	if finished || s.decision.Next == ledger.Wait || s.decision.Next == ledger.Stop && !s.lost {
		return r.conclude(ctx, s)
	}
	if s.Object.Spec.RunPolicy.Suspend {
		return outcome.Wait(v1alpha1.ReasonSuspended, "spec.runPolicy.suspend is true", 0)
	}
	return outcome.Continue()
}

// admit asks for the job's turn. To copy an output that is there already, or to look for one, takes no call.
func (r *Reconciler) admit(_ context.Context, s *scope) outcome.Outcome {
	turn := flight.Turn{Operation: s.operation.run.Operation, Bytes: ais.MaxPictureBytes}
	if s.lost || s.decision.Next == ledger.Done && s.Object.Status.Output != nil {
		turn.Free, turn.Bytes = true, headerBytes
	}
	return r.Admit(s, turn)
}

// fetch gets the picture and holds it against the limits of the operation, before anything is paid.
func (r *Reconciler) fetch(ctx context.Context, s *scope) outcome.Outcome {
	if s.lost {
		s.operation.run.InputHash = inputHashOf(s.Object)
		return outcome.Continue()
	}
	var o outcome.Outcome
	s.picture, o = intake.Get(ctx, s.Session, intake.Request{
		Namespace: s.Object.Namespace, Image: s.Object.Spec.Image, Delivery: v1alpha1.DeliveryInline,
	})
	if !o.IsContinue() {
		return o
	}
	s.Holds(int64(len(s.picture.Image.Data)))
	s.Object.Status.Input = s.picture.Status()
	s.operation.run.InputHash = ledger.InputHash(s.operation.run.Operation, s.operation.parameters, s.picture.Identity())
	return s.picture.Check(s.operation.name)
}

// giveUp ends a run whose answer was lost and whose picture is not there.
func (r *Reconciler) giveUp(ctx context.Context, s *scope) outcome.Outcome {
	if !s.lost {
		return outcome.Continue()
	}
	r.Runner.GiveUp(s.Scope.Scope, s.operation.run)
	return r.conclude(ctx, s)
}

// conclude tells the outcome from the ledger.
func (r *Reconciler) conclude(_ context.Context, s *scope) outcome.Outcome {
	d := r.Runner.Decide(s.Scope.Scope, s.operation.run)
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
