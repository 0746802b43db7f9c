package main

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// object is any of this project's kinds.
type object interface {
	client.Object
	StatusConditions() *[]metav1.Condition
}

// key identifies an object.
type key struct{ kind, namespace, name string }

// String is how kubectl names it.
func (k key) String() string {
	if k.namespace == "" {
		return k.kind + " " + k.name
	}
	return k.kind + " " + k.namespace + "/" + k.name
}

// row is what an object's status says.
type row struct {
	key

	ready, reason, message string // of the condition Ready; empty before the controller has seen the spec
	summary                string
	stalled                bool
	billed                 int
	created                time.Time
	object                 object
}

// rowOf reads the status of an object.
func rowOf(o object) row {
	r := row{key: key{namespace: o.GetNamespace(), name: o.GetName()}, created: o.GetCreationTimestamp().Time, object: o}
	conditions := *o.StatusConditions()
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil && ready.ObservedGeneration == o.GetGeneration() {
		r.ready, r.reason, r.message = string(ready.Status), ready.Reason, ready.Message
		r.stalled = meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionStalled)
	}
	switch o := o.(type) {
	case *v1alpha1.Connection:
		r.kind = "Connection"
	case *v1alpha1.ClusterConnection:
		r.kind = "ClusterConnection"
	case *v1alpha1.ImageAnalysis:
		r.kind, r.summary, r.billed = "ImageAnalysis", o.Status.Summary, int(o.Status.BilledTotal)
	case *v1alpha1.EnhancementJob:
		r.kind, r.summary, r.billed = "EnhancementJob", o.Status.Summary, int(o.Status.BilledTotal)
	}
	return r
}

// ended tells whether nothing more happens by itself.
func (r row) ended() bool { return r.ready == string(metav1.ConditionTrue) || r.stalled }

// refused are the samples that are there to be refused, and the reason that they must get.
var refused = map[string]string{"rejected": v1alpha1.ReasonRejected}

// check says in what the object has not ended as it should.
func (r row) check() error {
	reason, mustStall := refused[r.name]
	switch {
	case !r.ended():
		return fmt.Errorf("%s has not ended: %s: %s", r.key, r.reason, r.message)
	case mustStall && (!r.stalled || r.reason != reason):
		return fmt.Errorf("%s should be Stalled with reason %s, and is %s: %s", r.key, reason, r.reason, r.message)
	case mustStall && r.billed > 0:
		return fmt.Errorf("%s should cost nothing, and cost %d calls", r.key, r.billed)
	case !mustStall && r.stalled:
		return fmt.Errorf("%s has stalled: %s: %s", r.key, r.reason, r.message)
	}
	return nil
}
