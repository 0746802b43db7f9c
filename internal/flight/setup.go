package flight

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// SetupWithManager registers the controller of the kind.
func (k *Kind[T, S]) SetupWithManager(ctx context.Context, mgr ctrl.Manager, workers int, limiter workqueue.TypedRateLimiter[reconcile.Request]) error {
	k.Flights = &Flights{}
	indexes := map[string]client.IndexerFunc{
		InputIndex: InputsOf[T],
		session.Index: func(o client.Object) []string {
			obj, ok := o.(T)
			if !ok {
				return nil
			}
			return []string{session.IndexValue(obj.ConnectionRef())}
		},
	}
	for name, values := range indexes {
		if err := mgr.GetFieldIndexer().IndexField(ctx, k.New(), name, values); err != nil {
			return fmt.Errorf("index %s by %s: %w", k.Name, name, err)
		}
	}
	err := ctrl.NewControllerManagedBy(mgr).
		Named(strings.ToLower(k.Name)).
		For(k.New(), builder.WithPredicates(predicate.GenerationChangedPredicate{}, unfinished())).
		WatchesRawSource(k.Sessions.Registry.Wakes(mgr.GetClient(), k.NewList)).
		WatchesRawSource(k.Flights.Source()).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: limiter}).
		Complete(k)
	if err != nil {
		return fmt.Errorf("set up the controller of %s: %w", k.Name, err)
	}
	return mgr.Add(k.Flights)
}

// unfinished drops the finished objects that a process finds when it starts: there is nothing to be done for them, and an object that comes then is not to
// wait behind ten thousand of them.
func unfinished() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(e event.CreateEvent) bool {
		obj, ok := e.Object.(outcome.Object)
		return !ok || outcome.IsOpen(obj) || !obj.GetDeletionTimestamp().IsZero()
	}}
}
