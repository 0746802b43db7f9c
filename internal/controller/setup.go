// Package controller sets the controllers of all kinds up in one manager. Each kind has a package of its own below this one.
package controller

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/google/uuid"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/controller/connection"
	"github.com/ais-operator/ais-operator/internal/controller/enhancementjob"
	"github.com/ais-operator/ais-operator/internal/controller/imageanalysis"
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

// Options of the controllers.
type Options struct {
	// Namespace is the operator's own, where the Secrets of ClusterConnections are.
	Namespace string
	// Guard says which addresses tenants may name.
	Guard netguard.Policy
	// MaxOutputBytes bounds an enhanced picture as the service encodes it, and one that is read back from OBS.
	MaxOutputBytes int64
	// Workers is the number of objects of one kind that are worked on at once.
	Workers int
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

	connections := &connection.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Registry: registry, Recorder: recorder, Namespace: o.Namespace, Now: o.Now,
		Opener: session.Opener{Guard: o.Guard, MaxOutputBytes: o.MaxOutputBytes, UserAgent: o.UserAgent, Now: o.Now},
	}
	if err := connections.SetupWithManager(ctx, mgr, newLimiter); err != nil {
		return err
	}
	analyses := &imageanalysis.Reconciler{
		Client: mgr.GetClient(), Sessions: resolver, Runner: newRunner[*v1alpha1.ImageAnalysis](mgr, recorder, holder, o),
	}
	if err := analyses.SetupWithManager(ctx, mgr, o.Workers, newLimiter()); err != nil {
		return fmt.Errorf("set up the controller of ImageAnalysis: %w", err)
	}
	jobs := &enhancementjob.Reconciler{
		Client: mgr.GetClient(), Sessions: resolver, MaxOutputBytes: o.MaxOutputBytes,
		Runner: newRunner[*v1alpha1.EnhancementJob](mgr, recorder, holder, o),
	}
	if err := jobs.SetupWithManager(ctx, mgr, o.Workers, newLimiter()); err != nil {
		return fmt.Errorf("set up the controller of EnhancementJob: %w", err)
	}
	return nil
}

func newRunner[T attempt.Object](mgr ctrl.Manager, recorder events.EventRecorder, holder string, o Options) *attempt.Runner[T] {
	return &attempt.Runner[T]{
		Client: mgr.GetClient(), Recorder: recorder, Holder: holder, Now: o.Now, NewID: uuid.NewString, Jitter: rand.Float64,
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
