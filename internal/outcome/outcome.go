// Package outcome is what a step of a reconcile came to, and the one place that turns it into conditions, an event and a result.
//
// A phase returns an Outcome and touches no condition. The first outcome that is not Continue ends the reconcile, and Apply writes it down.
package outcome

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

type kind int

const (
	kindContinue kind = iota
	kindDone
	kindWait
	kindStop
	kindRetry
	kindHold
)

// ConflictDelay is the pause after a write that met a newer version of the object, in which the cache sees that version.
const ConflictDelay = 100 * time.Millisecond

// Outcome is what a step came to. The zero value is Continue.
type Outcome struct {
	kind            kind
	reason, message string
	after           time.Duration
	err             error
}

// Continue goes on with the next phase.
func Continue() Outcome { return Outcome{} }

// Done ends the reconcile: the object is what its spec asks for. Ready becomes True.
func Done(message string) Outcome {
	return Outcome{kind: kindDone, reason: v1alpha1.ReasonSucceeded, message: message}
}

// Wait ends the reconcile until something that may come by itself; Reconciling becomes True. After zero the object is woken by a watch alone.
func Wait(reason, message string, after time.Duration) Outcome {
	return Outcome{kind: kindWait, reason: reason, message: message, after: after}
}

// Stop ends the reconcile until somebody changes the spec; Stalled becomes True. It is no error of the operator and moves no error metric.
func Stop(reason, message string) Outcome {
	return Outcome{kind: kindStop, reason: reason, message: message}
}

// Retry ends the reconcile with an error of the API server or of the operator itself; the work queue repeats it with its own delay.
func Retry(err error) Outcome { return Outcome{kind: kindRetry, err: err} }

// Hold ends the reconcile and leaves the conditions as they are. After zero the object is woken by a watch alone.
func Hold(after time.Duration) Outcome { return Outcome{kind: kindHold, after: after} }

// IsContinue tells whether the next phase is to be run.
func (o Outcome) IsContinue() bool { return o.kind == kindContinue }

// Err is the error of Retry, else nil.
func (o Outcome) Err() error { return o.err }

// Run runs the phases of a reconcile in their order, up to the first that does not continue.
func Run[S any](ctx context.Context, scope S, phases ...func(context.Context, S) Outcome) Outcome {
	for _, phase := range phases {
		if o := phase(ctx, scope); !o.IsContinue() {
			return o
		}
	}
	return Continue()
}

// Object is an object whose conditions an outcome sets.
type Object interface {
	client.Object
	StatusConditions() *[]metav1.Condition
	SetObservedGeneration(generation int64)
}

// Apply sets the object's conditions and returns what controller-runtime is to do. The caller writes the status and then calls the returned announce,
// which sends the event of a transition; there is none when nothing changed.
func Apply(obj Object, o Outcome, recorder events.EventRecorder) (result ctrl.Result, announce func()) {
	result = ctrl.Result{RequeueAfter: o.after}
	if o.kind == kindContinue || o.kind == kindRetry || o.kind == kindHold {
		return result, func() {}
	}
	before := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady).DeepCopy()
	o.setConditions(obj)
	obj.SetObservedGeneration(obj.GetGeneration())
	after := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady)
	if before != nil && before.Reason == after.Reason && before.Message == after.Message {
		return result, func() {}
	}
	return result, func() { o.announce(obj, recorder) }
}

// Progress sets the conditions of an object whose call is about to be made. They are written together with its claim.
func Progress(obj Object, message string) {
	o := Outcome{kind: kindWait, reason: v1alpha1.ReasonProgressing, message: message}
	o.setConditions(obj)
	obj.SetObservedGeneration(obj.GetGeneration())
}

// WriteStatus writes obj's status if it differs from base, and only over the version that base is of. It is written whole: a patch would cost the
// operator and the API server as much again to compute, and replace lists whole, too.
func WriteStatus(ctx context.Context, w client.StatusWriter, obj, base client.Object) error {
	if equality.Semantic.DeepEqual(base, obj) {
		return nil
	}
	return w.Update(ctx, obj)
}

// IsSettled tells whether the object has ended, without a result, for the spec that it has now.
func IsSettled(obj Object) bool {
	stalled := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionStalled)
	return stalled != nil && stalled.Status == metav1.ConditionTrue && stalled.ObservedGeneration == obj.GetGeneration()
}

// IsOpen tells whether the object waits for something: it has neither succeeded nor settled for the spec that it has now.
func IsOpen(obj Object) bool {
	ready := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady)
	succeeded := ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == obj.GetGeneration()
	return !succeeded && !IsSettled(obj)
}

func (o Outcome) setConditions(obj Object) {
	conditions := obj.StatusConditions()
	set := func(kind string, status metav1.ConditionStatus) {
		meta.SetStatusCondition(conditions, metav1.Condition{
			Type: kind, Status: status, Reason: o.reason, Message: truncate(o.message), ObservedGeneration: obj.GetGeneration(),
		})
	}
	ready := metav1.ConditionFalse
	if o.kind == kindDone {
		ready = metav1.ConditionTrue
	}
	set(v1alpha1.ConditionReady, ready)
	onlyWhile := func(kind string, is bool) {
		if is {
			set(kind, metav1.ConditionTrue)
			return
		}
		meta.RemoveStatusCondition(conditions, kind)
	}
	onlyWhile(v1alpha1.ConditionReconciling, o.kind == kindWait)
	onlyWhile(v1alpha1.ConditionStalled, o.kind == kindStop)
}

func (o Outcome) announce(obj runtime.Object, recorder events.EventRecorder) {
	eventType, action := corev1.EventTypeNormal, "Reconcile"
	if o.kind == kindStop || o.kind == kindWait && o.reason != v1alpha1.ReasonProgressing && o.reason != v1alpha1.ReasonWaiting {
		eventType = corev1.EventTypeWarning
	}
	recorder.Eventf(obj, nil, eventType, o.reason, action, "%s", truncate(o.message))
}

// maxMessage keeps messages within what events take (1024 bytes).
const maxMessage = 1000

func truncate(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	cut := maxMessage
	for cut > 0 && s[cut]&0xC0 == 0x80 { // Not in the middle of a UTF-8 sequence.
		cut--
	}
	return s[:cut] + "…"
}
