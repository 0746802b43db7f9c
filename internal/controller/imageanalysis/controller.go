// Package imageanalysis reconciles ImageAnalysis: it has a picture tagged, or examined for recapture, once for a spec.
package imageanalysis

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/session"
)

// +kubebuilder:rbac:groups=ais-operator.io,resources=imageanalyses,verbs=get;list;watch
// +kubebuilder:rbac:groups=ais-operator.io,resources=imageanalyses/status,verbs=update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// Reconciler reconciles ImageAnalysis.
type Reconciler struct {
	flight.Kind[*v1alpha1.ImageAnalysis, *scope]
}

// New makes the reconciler.
func New(c client.Client, sessions *session.Resolver, dispatcher *flow.Dispatcher, runner *attempt.Runner[*v1alpha1.ImageAnalysis]) *Reconciler {
	r := &Reconciler{}
	r.Kind = flight.Kind[*v1alpha1.ImageAnalysis, *scope]{
		Client: c, Sessions: sessions, Flow: dispatcher, Runner: runner,
		Name:    "ImageAnalysis",
		New:     func() *v1alpha1.ImageAnalysis { return &v1alpha1.ImageAnalysis{} },
		NewList: func() client.ObjectList { return &v1alpha1.ImageAnalysisList{} },
		Begin:   begin,
		Plan:    []flight.Phase[*scope]{r.plan, r.Connect, r.admit},
		Prepare: []flight.Phase[*scope]{r.fetch, r.reuse},
		Call:    []flight.Phase[*scope]{r.call, r.conclude},
	}
	return r
}
