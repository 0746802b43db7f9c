package imageanalysis

import (
	"context"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// scope is one object during one reconcile, and what its phases have found out.
type scope struct {
	*flight.Scope[*v1alpha1.ImageAnalysis]

	operations []operation
	picture    intake.Picture
}

func begin(ia *v1alpha1.ImageAnalysis) *scope {
	return &scope{Scope: flight.NewScope(ia), operations: operationsOf(ia)}
}

// SpecHash tells what an operation's run is now.
func (s *scope) SpecHash(op v1alpha1.Operation) string {
	for i := range s.operations {
		if s.operations[i].run.Operation == op {
			return s.operations[i].run.SpecHash
		}
	}
	return ""
}

// due returns the first operation that is to be called, or nil.
func (s *scope) due() *operation {
	for i := range s.operations {
		if s.operations[i].decision.Next == ledger.Attempt {
			return &s.operations[i]
		}
	}
	return nil
}

// plan finds out which operations are to be called. Nothing is fetched for it: a finished object ends here.
func (r *Reconciler) plan(ctx context.Context, s *scope) outcome.Outcome {
	for i := range s.operations {
		op := &s.operations[i]
		op.decision = r.decide(s, op)
	}
	dropStale(s)
	if s.due() == nil {
		return r.conclude(ctx, s)
	}
	if s.Object.Spec.RunPolicy.Suspend {
		return outcome.Wait(v1alpha1.ReasonSuspended, "spec.runPolicy.suspend is true", 0)
	}
	return outcome.Continue()
}

// decide says what may be done next for an operation. A run whose result went when the spec turned to another run, and back, is made again.
func (r *Reconciler) decide(s *scope, op *operation) ledger.Decision {
	d := r.Runner.Decide(s.Scope.Scope, op.run)
	if d.Next == ledger.Done && !op.hasResult(&s.Object.Status) {
		d.Next = ledger.Attempt
	}
	return d
}

// admit asks for the turn of the first operation.
func (r *Reconciler) admit(_ context.Context, s *scope) outcome.Outcome {
	turn := flight.Turn{Operation: s.due().run.Operation, Bytes: ais.MaxPictureBytes}
	if s.Object.Spec.Delivery == v1alpha1.DeliveryURL {
		turn.Bytes = 0
	}
	return r.Admit(s, turn)
}

// fetch gets the picture and holds it against the limits of every operation that is due, before anything is paid.
func (r *Reconciler) fetch(ctx context.Context, s *scope) outcome.Outcome {
	var o outcome.Outcome
	s.picture, o = intake.Get(ctx, s.Session, intake.Request{
		Namespace: s.Object.Namespace, Image: s.Object.Spec.Image, Delivery: s.Object.Spec.Delivery,
	})
	if !o.IsContinue() {
		return o
	}
	s.Holds(int64(len(s.picture.Image.Data)))
	s.Object.Status.Image = s.picture.Status()
	for i := range s.operations {
		op := &s.operations[i]
		op.run.InputHash = ledger.InputHash(op.run.Operation, op.parameters, s.picture.Identity())
		if op.decision.Next != ledger.Attempt {
			continue
		}
		if o := s.picture.Check(op.name); !o.IsContinue() {
			return o
		}
	}
	return outcome.Continue()
}

// reuse takes over the results that other objects of the namespace have for the same picture.
func (r *Reconciler) reuse(ctx context.Context, s *scope) outcome.Outcome {
	asked := s.due()
	op, o := r.remaining(ctx, s)
	switch {
	case !o.IsContinue():
		return o
	case op == nil:
		return r.conclude(ctx, s)
	case op != asked:
		return outcome.Hold(outcome.ConflictDelay) // The turn was another operation's.
	}
	return outcome.Continue()
}

// remaining returns the first operation that is due and that no other object has a result for, or nil when there is none.
func (r *Reconciler) remaining(ctx context.Context, s *scope) (*operation, outcome.Outcome) {
	for op := s.due(); op != nil; op = s.due() {
		from, o := r.Reuse(ctx, s, op.run, func(ia *v1alpha1.ImageAnalysis) bool { return op.hasResult(&ia.Status) })
		if !o.IsContinue() || from == nil {
			return op, o
		}
		op.take(&s.Object.Status, &from.Status)
		r.Adopt(s, op.run, from.Name)
		op.decision = r.decide(s, op)
	}
	return nil, outcome.Continue()
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
