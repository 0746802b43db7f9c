// Package controller sets the controllers of all kinds up in one manager. Each kind has a package of its own below this one.
package controller

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/controller/connection"
	"github.com/ais-operator/ais-operator/internal/controller/enhancementjob"
	"github.com/ais-operator/ais-operator/internal/controller/imageanalysis"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// eventSource is the reporting controller of all events.
const eventSource = "ais-operator"

// Delays of the work queues after an error of the API server. Everything else that is repeated has its delay from the ledger.
const (
	minRetryDelay = 200 * time.Millisecond
	maxRetryDelay = 30 * time.Second
)

// usageDelay is how often at most a connection's count of calls is written into its status.
const usageDelay = 10 * time.Second

// Options of the controllers.
type Options struct {
	// Namespace is the operator's own, where the Secrets of ClusterConnections are.
	Namespace string
	// WatchNamespaces are the namespaces whose objects are looked after; none means all. Restrict has the manager's cache see no others.
	WatchNamespaces []string
	// Guard says which addresses tenants may name.
	Guard netguard.Policy
	// PodIdentity is the operator's own identity at the cloud; nil where its pod has none.
	PodIdentity *ais.PodIdentity
	// MaxOutputBytes bounds an enhanced picture as the service encodes it, and one that is read back from OBS.
	MaxOutputBytes int64
	// Workers is the number of objects of one kind that are looked at at once. Pictures, slots and answers are not waited for in them.
	Workers int
	// PictureMemory bounds the pictures in memory that are about to be sent, or are being sent, in bytes over all connections, and likewise the answers
	// that wait to be stored.
	PictureMemory int64
	// Metrics is where the metrics are registered.
	Metrics prometheus.Registerer
	// UserAgent is sent with every call of the service.
	UserAgent string
	// Now is the clock.
	Now func() time.Time
}

// Setup registers all controllers.
func Setup(ctx context.Context, mgr ctrl.Manager, o Options) error {
	holder, err := holderID()
	if err != nil {
		return err
	}
	registry := &session.Registry{}
	resolver := &session.Resolver{Reader: mgr.GetClient(), Registry: registry}
	recorder := outcome.Logged(mgr.GetEventRecorder(eventSource), mgr.GetLogger())
	dispatcher := newDispatcher(registry, o)
	accounts := login.NewAccounts(o.Now)

	connections := &connection.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Registry: registry, Accounts: accounts, Flow: dispatcher,
		Holder: holder, Recorder: recorder, Namespace: o.Namespace, WatchNamespaces: o.WatchNamespaces, Now: o.Now,
		Opener: session.Opener{
			Guard: o.Guard, MaxOutputBytes: o.MaxOutputBytes, UserAgent: o.UserAgent, Accounts: accounts, Now: o.Now, Namespace: o.Namespace,
			IDTokens: session.ServiceAccounts{Live: mgr.GetAPIReader(), Client: mgr.GetClient()}, PodIdentity: o.PodIdentity,
		},
	}
	if err := connections.SetupWithManager(ctx, mgr, newLimiter); err != nil {
		return err
	}
	p := parts{client: mgr.GetClient(), recorder: recorder, holder: holder, now: o.Now, unstored: o.PictureMemory, metrics: attempt.NewMetrics(o.Metrics)}
	analyses := imageanalysis.New(p.client, resolver, dispatcher, newRunner[*v1alpha1.ImageAnalysis](p))
	if err := analyses.SetupWithManager(ctx, mgr, o.Workers, newLimiter()); err != nil {
		return err
	}
	jobs := enhancementjob.New(p.client, resolver, dispatcher, newRunner[*v1alpha1.EnhancementJob](p), o.MaxOutputBytes)
	if err := jobs.SetupWithManager(ctx, mgr, o.Workers, newLimiter()); err != nil {
		return err
	}
	return mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		<-ctx.Done()
		dispatcher.Close()
		return nil
	}))
}

// newDispatcher makes the flow control of all kinds. What it finds out about a connection is told to the connection's controller, which writes it down,
// and to the objects: those that something holds back say so, and those that nothing holds back any more have to say otherwise, some time after.
func newDispatcher(registry *session.Registry, o Options) *flow.Dispatcher {
	return flow.New(flow.Options{
		Now: o.Now, PictureMemory: o.PictureMemory, Metrics: flow.NewMetrics(o.Metrics),
		Changed: func(connection string, what flow.Change) {
			ref := session.RefOfKey(connection)
			switch what {
			case flow.UsageChanged:
				registry.Note(ref, usageDelay)
			case flow.GateChanged:
				registry.Note(ref, 0)
				registry.Wake(ref)
			case flow.BudgetChanged:
				registry.Wake(ref)
			}
		},
	})
}

// parts are what the runners of all kinds share.
type parts struct {
	client   client.Client
	recorder events.EventRecorder
	holder   string
	now      func() time.Time
	unstored int64 // bytes
	metrics  *attempt.Metrics
}

func newRunner[T attempt.Object](p parts) *attempt.Runner[T] {
	return &attempt.Runner[T]{
		Client: p.client, Recorder: p.recorder, Holder: p.holder, Now: p.now, NewID: uuid.NewString, Jitter: rand.Float64, Metrics: p.metrics,
		UnstoredBytes: p.unstored,
	}
}

func newLimiter() workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](minRetryDelay, maxRetryDelay)
}

// holderID names this process in claims. A restarted process is another one: it does not know which calls the old one made.
func holderID() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name of this host: %w", err)
	}
	return host + "_" + uuid.NewString(), nil
}
