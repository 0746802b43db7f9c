// Package connection reconciles Connection and ClusterConnection: it opens their sessions and says whether they work.
//
// Credentials are tried once for a content of the Secret and a spec, never periodically. After the service refused them they are held back, for it
// locks accounts and keys that are tried too often.
package connection

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/session"
)

// +kubebuilder:rbac:groups=ais-operator.io,resources=connections;clusterconnections,verbs=get;list;watch
// +kubebuilder:rbac:groups=ais-operator.io,resources=connections/status;clusterconnections/status,verbs=update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch

// secretIndex is the name of the index over the Secrets that connections refer to.
const secretIndex = "secret"

// Reconciler reconciles both kinds of connections.
type Reconciler struct {
	Client client.Client
	// Live reads Secrets from the API server, so that their content is in no cache.
	Live     client.Reader
	Registry *session.Registry
	// Accounts counts the log-ins of all connections.
	Accounts *login.Accounts
	Flow     *flow.Dispatcher
	// Holder names this process in claims.
	Holder   string
	Opener   session.Opener
	Recorder events.EventRecorder
	// Namespace is the operator's own, where the Secrets of ClusterConnections are.
	Namespace string
	// WatchNamespaces are the namespaces of the Connections that the cache sees; none means all.
	WatchNamespaces []string
	// Now is the clock.
	Now func() time.Time

	learning sync.Mutex
	// learned means that the log-ins of earlier processes are counted.
	learned bool
}

// SetupWithManager registers one controller for each kind.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, limiter func() workqueue.TypedRateLimiter[reconcile.Request]) error {
	for _, k := range r.kinds() {
		if err := mgr.GetFieldIndexer().IndexField(ctx, k.new().object(), secretIndex, k.secretOf); err != nil {
			return fmt.Errorf("index %s by Secret: %w", k.kind, err)
		}
		err := ctrl.NewControllerManagedBy(mgr).
			Named(k.name).
			For(k.new().object(), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
			WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(k.usersOf)).
			WatchesRawSource(r.Registry.Changes(k.kind)).
			WatchesRawSource(k.flights.Source()).
			WithOptions(controller.Options{RateLimiter: limiter()}).
			Complete(reconcile.Func(func(ctx context.Context, req ctrl.Request) (ctrl.Result, error) { return r.reconcile(ctx, k, req) }))
		if err != nil {
			return fmt.Errorf("set up the controller of %s: %w", k.kind, err)
		}
		if err := mgr.Add(k.flights); err != nil {
			return err
		}
	}
	return nil
}
