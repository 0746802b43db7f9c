// Package imageanalysis reconciles ImageAnalysis: it has the picture's tags and verdict found out, each at most once for a spec.
package imageanalysis

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/session"
)

// +kubebuilder:rbac:groups=ais-operator.io,resources=imageanalyses,verbs=get;list;watch
// +kubebuilder:rbac:groups=ais-operator.io,resources=imageanalyses/status,verbs=get;update;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// Reconciler reconciles ImageAnalysis.
type Reconciler struct {
	Client   client.Client
	Sessions *session.Resolver
	Runner   *attempt.Runner[*v1alpha1.ImageAnalysis]
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, workers int, limiter workqueue.TypedRateLimiter[reconcile.Request]) error {
	connection := func(o client.Object) []string {
		ia, ok := o.(*v1alpha1.ImageAnalysis)
		if !ok {
			return nil
		}
		return []string{session.IndexValue(ia.Spec.ConnectionRef)}
	}
	if err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.ImageAnalysis{}, session.Index, connection); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("imageanalysis").
		For(&v1alpha1.ImageAnalysis{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(r.Sessions.Registry.Wakes(mgr.GetClient(), func() client.ObjectList { return &v1alpha1.ImageAnalysisList{} })).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: limiter}).
		Complete(r)
}
