// Package attempt makes the paid call of an object safe: claim, call, record.
//
// The claim is written with the resourceVersion that was read, so that of two processes that see the same object only one makes the call. The answer is
// kept in memory until it is in status: a record that could not be written is written again, and the call is never repeated for it. What is left is the
// crash between the service's answer and the record; package ledger calls it an unknown outcome.
package attempt

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// Object is an object that makes paid calls.
type Object interface {
	outcome.Object
	Ledger() (calls *[]v1alpha1.Call, billedTotal *int32)
	Policy() v1alpha1.RunPolicy
}

// Scope is one object during one reconcile.
type Scope[T Object] struct {
	// Object is what the phases read and whose status they write.
	Object T

	base    client.Object
	applied []*record[T]
	// costs were put into the ledger since status was written.
	costs []cost
}

// cost is what an operation has cost.
type cost struct {
	operation       v1alpha1.Operation
	billed, unknown int32
}

// NewScope begins a reconcile of obj, which the scope owns from then on.
func NewScope[T Object](obj T) *Scope[T] {
	return &Scope[T]{Object: obj, base: deepCopy(obj)}
}

// deepCopy copies an object of the API, whose copy is always an object again.
func deepCopy[T client.Object](obj T) client.Object {
	return obj.DeepCopyObject().(client.Object) //nolint:forcetypeassert // Generated code returns the type itself.
}

// write writes status, and takes what is in it then for what was read.
func (s *Scope[T]) write(ctx context.Context, w client.StatusWriter) error {
	if err := outcome.WriteStatus(ctx, w, s.Object, s.base); err != nil {
		return err
	}
	s.base = deepCopy(s.Object)
	return nil
}

// reset takes back what was changed since the last write.
func (s *Scope[T]) reset() {
	s.Object = deepCopy(s.base).(T) //nolint:forcetypeassert // base is a copy of a T.
	s.applied, s.costs = nil, nil
}

// entry returns the operation's entry in the ledger, or nil.
func (s *Scope[T]) entry(op v1alpha1.Operation) *v1alpha1.Call {
	calls, _ := s.Object.Ledger()
	for i := range *calls {
		if (*calls)[i].Operation == op {
			return &(*calls)[i]
		}
	}
	return nil
}

// IsBegun tells whether an attempt of the run was made or a result found for it.
func (s *Scope[T]) IsBegun(run ledger.Run) bool {
	entry := s.entry(run.Operation)
	return entry != nil && entry.SpecHash == run.SpecHash
}

// IsLost tells whether the answer to the run's last attempt was lost and nothing was found of it yet.
func (s *Scope[T]) IsLost(run ledger.Run) bool {
	entry := s.entry(run.Operation)
	return s.IsBegun(run) && entry.State == v1alpha1.CallUnknown && entry.FinishedTime == nil
}

// put replaces the operation's entry and adds what its run was billed since.
func (s *Scope[T]) put(next v1alpha1.Call) {
	calls, billedTotal := s.Object.Ledger()
	billed, unknown := next.Billed, next.UnknownOutcomes
	old := s.entry(next.Operation)
	if old != nil && old.SpecHash == next.SpecHash {
		billed -= old.Billed
		unknown -= old.UnknownOutcomes
	}
	*billedTotal += billed
	if old == nil {
		*calls = append(*calls, next)
	} else {
		*old = next
	}
	if billed > 0 || unknown > 0 {
		s.costs = append(s.costs, cost{next.Operation, billed, unknown})
	}
}
