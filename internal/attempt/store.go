package attempt

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// storeDelay is the pause before a picture that could not be stored is stored again.
const storeDelay = 15 * time.Second

// storeTimeout bounds one try to store a picture.
const storeTimeout = 2 * time.Minute

// deliver stores the picture of an answer, if it has one, for what the object is now.
func (r *Runner[T]) deliver(ctx context.Context, s *Scope[T], rec *record[T]) outcome.Outcome {
	if rec.answer == nil || rec.answer.Store == nil {
		return outcome.Continue()
	}
	switch fresh, err := r.isFresh(ctx, s.Object); {
	case err != nil:
		return outcome.Retry(err)
	case !fresh: // What becomes of the picture is decided anew.
		return outcome.Hold(outcome.ConflictDelay)
	}
	if err := r.store(ctx, rec.answer); err != nil {
		return outcome.Wait(v1alpha1.ReasonTransientError,
			fmt.Sprintf("%s succeeded, but its picture could not be stored: %v. It is kept and stored again", rec.key.op, err), storeDelay)
	}
	return outcome.Continue()
}

// isFresh tells whether the object, which may have been read long ago, is still there and asks for the same.
func (r *Runner[T]) isFresh(ctx context.Context, obj T) (bool, error) {
	now, ok := obj.DeepCopyObject().(T)
	if !ok {
		return false, fmt.Errorf("%T is no object of its kind", obj)
	}
	// A shutdown does not cancel it: the picture is paid for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(obj), now); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return now.GetUID() == obj.GetUID() && now.GetGeneration() == obj.GetGeneration() && now.GetDeletionTimestamp().IsZero(), nil
}

// store puts an answer where it belongs, once. A shutdown does not cancel it: what is stored is not paid for again.
func (r *Runner[T]) store(ctx context.Context, answer *Answer[T]) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := answer.Store(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	answer.Store = nil
	return nil
}
