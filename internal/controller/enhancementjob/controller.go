// Package enhancementjob reconciles EnhancementJob: it has a picture enhanced, once for a spec, and stores the result in OBS.
package enhancementjob

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/session"
)

// +kubebuilder:rbac:groups=ais-operator.io,resources=enhancementjobs,verbs=get;list;watch
// +kubebuilder:rbac:groups=ais-operator.io,resources=enhancementjobs/status,verbs=update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// Reconciler reconciles EnhancementJob.
type Reconciler struct {
	flight.Kind[*v1alpha1.EnhancementJob, *scope]

	// MaxOutputBytes bounds a stored picture that is read back.
	MaxOutputBytes int64
}

// New makes the reconciler.
func New(c client.Client, sessions *session.Resolver, dispatcher *flow.Dispatcher, runner *attempt.Runner[*v1alpha1.EnhancementJob],
	maxOutputBytes int64,
) *Reconciler {
	runner.KeepsResults = true
	r := &Reconciler{MaxOutputBytes: maxOutputBytes}
	r.Kind = flight.Kind[*v1alpha1.EnhancementJob, *scope]{
		Client: c, Sessions: sessions, Flow: dispatcher, Runner: runner,
		Name:    "EnhancementJob",
		New:     func() *v1alpha1.EnhancementJob { return &v1alpha1.EnhancementJob{} },
		NewList: func() client.ObjectList { return &v1alpha1.EnhancementJobList{} },
		Begin:   begin,
		Plan:    []flight.Phase[*scope]{r.plan, r.Connect, r.admit},
		Prepare: []flight.Phase[*scope]{bounded(r.move), r.fetch, bounded(r.locate), r.giveUp, bounded(r.reuse)},
		Call:    []flight.Phase[*scope]{r.call, r.conclude},
	}
	return r
}
