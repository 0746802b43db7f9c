package flight

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/internal/outcome"
)

// land ends a flight that may have paid. At the end of the process no later reconcile writes down what could not be written at once, so it is tried here.
func (k *Kind[T, S]) land(ctx context.Context, fl *Flight, s S, o outcome.Outcome) {
	result, err := k.finish(ctx, s, o)
	name := client.ObjectKeyFromObject(s.Shared().Object)
	for tries := 0; ctx.Err() != nil && tries < lastTries && k.writeAgain(ctx, name); tries++ {
		<-time.After(lastPause)
	}
	fl.Land(result, err)
}

// How often, with what pauses and for how long each, an answer is written down at the end of the process.
const (
	lastTries   = 5
	lastPause   = 500 * time.Millisecond
	lastTimeout = 2 * time.Second
)

// writeAgain takes an answer over into what the object is now, and says whether that has to be tried again. A cache that has ended shows nothing new.
func (k *Kind[T, S]) writeAgain(ctx context.Context, name types.NamespacedName) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTimeout)
	defer cancel()
	obj := k.New()
	if err := k.Client.Get(ctx, name, obj); err != nil {
		return !apierrors.IsNotFound(err)
	}
	if !k.Runner.IsKept(obj) {
		return false
	}
	s := k.Begin(obj)
	_, _ = k.finish(ctx, s, k.recover(ctx, s)) // What did not succeed is kept, and tried again.
	return k.Runner.IsKept(obj)
}
