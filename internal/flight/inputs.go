package flight

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// InputIndex is the name of the index over the inputs that objects have results of, or are being called for.
const InputIndex = "input"

// InputsOf are the values that an object has in the index.
func InputsOf[T Object](obj client.Object) []string {
	o, ok := obj.(T)
	if !ok {
		return nil
	}
	var hashes []string
	calls, _ := o.Ledger()
	for i := range *calls {
		if hash := (*calls)[i].InputHash; hash != "" {
			hashes = append(hashes, hash)
		}
	}
	return hashes
}

// Reuse looks for a result of the run's input among the other objects of the namespace. It returns the object that has one. Without one it returns the
// zero value, and continues if the object is the one that has to call.
func (k *Kind[T, S]) Reuse(ctx context.Context, s S, run ledger.Run, hasResult func(T) bool) (from T, o outcome.Outcome) {
	at := s.Shared()
	run.Endpoint = at.Session.Endpoint
	if at.Object.Policy().Reuse == v1alpha1.ReuseNever || run.InputHash == "" {
		return from, outcome.Continue()
	}
	if from, o, found := k.look(ctx, s, run, hasResult); found {
		return from, o
	}
	name := client.ObjectKeyFromObject(at.Object)
	if !k.inputs.lead(input{name.Namespace, run.Endpoint, run.InputHash}, name) {
		at.follows = true
		return from, outcome.Hold(0) // It is woken when the one that leads has ended.
	}
	// Whoever led before may have ended with a result since.
	from, o, _ = k.look(ctx, s, run, hasResult)
	return from, o
}

// look looks for a result, or somebody who is being called for one, and says whether there is either.
func (k *Kind[T, S]) look(ctx context.Context, s S, run ledger.Run, hasResult func(T) bool) (from T, o outcome.Outcome, found bool) {
	objects, candidates, err := k.candidates(ctx, s.Shared().Object, run, hasResult)
	if err != nil {
		return from, outcome.Retry(err), true
	}
	now := k.Runner.Now()
	switch d := ledger.Reuse(candidates, run, now); {
	case d.Next == ledger.TakeOver:
		return objects[d.Index], outcome.Continue(), true
	case d.Next == ledger.WaitFor && candidates[d.Index].Call.Claim.Holder != k.Runner.Holder:
		// Another process made that call. Its record wakes nobody here.
		return from, outcome.Wait(v1alpha1.ReasonProgressing, "an equal picture is being called for", d.Until.Sub(now)), true
	default:
		return from, outcome.Continue(), false
	}
}

// Adopt ends a run with the result of another object.
func (k *Kind[T, S]) Adopt(s S, run ledger.Run, from string) {
	run.Endpoint, run.ReusedFrom = s.Shared().Session.Endpoint, from
	k.Runner.Adopt(s.Shared().Scope, run)
}

// candidates are the other objects of the namespace that have, or are being called for, the input.
func (k *Kind[T, S]) candidates(ctx context.Context, self T, run ledger.Run, hasResult func(T) bool) ([]T, []ledger.Candidate, error) {
	list := k.NewList()
	err := k.Client.List(ctx, list, client.InNamespace(self.GetNamespace()), client.MatchingFields{InputIndex: run.InputHash}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, nil, err
	}
	var objects []T
	var candidates []ledger.Candidate
	err = meta.EachListItem(list, func(item runtime.Object) error {
		other, ok := item.(T)
		if !ok || other.GetName() == self.GetName() {
			return nil
		}
		calls, _ := other.Ledger()
		for i := range *calls {
			if call := &(*calls)[i]; call.Operation == run.Operation {
				objects = append(objects, other)
				candidates = append(candidates, ledger.Candidate{Name: other.GetName(), Call: call, HasResult: hasResult(other)})
			}
		}
		return nil
	})
	return objects, candidates, err
}

// input is one picture with one operation and its parameters, at one service, for one namespace.
type input struct{ namespace, endpoint, hash string }

// leads lets one object go on with something, such as calling for an input, while the others that are at the same wait until it has ended.
type leads[K comparable] struct {
	mu sync.Mutex
	by map[K]*led
}

// led is what an object goes on with.
type led struct {
	leader  types.NamespacedName
	waiting map[types.NamespacedName]bool
}

// lead tells whether the object is the one that goes on. If it is not, it is returned by resign when the leader has ended.
func (i *leads[K]) lead(what K, name types.NamespacedName) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.by == nil {
		i.by = map[K]*led{}
	}
	l := i.by[what]
	if l == nil {
		l = &led{leader: name, waiting: map[types.NamespacedName]bool{}}
		i.by[what] = l
	}
	if l.leader != name {
		l.waiting[name] = true
	}
	return l.leader == name
}

// resign ends what the object leads, and returns who waits for it.
func (i *leads[K]) resign(name types.NamespacedName) []types.NamespacedName {
	i.mu.Lock()
	defer i.mu.Unlock()
	var waiting []types.NamespacedName
	for what, l := range i.by {
		if l.leader != name {
			continue
		}
		for waiter := range l.waiting {
			waiting = append(waiting, waiter)
		}
		delete(i.by, what)
	}
	return waiting
}

// Reserve keeps a place, where a result is to be stored, for the object until its flight has landed. False tells that another object of the kind has it:
// this one is woken when that has landed.
func (k *Kind[T, S]) Reserve(s S, place string) bool {
	at := s.Shared()
	at.follows = !k.places.lead(place, client.ObjectKeyFromObject(at.Object))
	return !at.follows
}

// release wakes the objects that wait for a result of this one, or for its place.
func (k *Kind[T, S]) release(name types.NamespacedName) {
	for _, waiter := range append(k.inputs.resign(name), k.places.resign(name)...) {
		k.Flights.Wake(waiter)
	}
}
