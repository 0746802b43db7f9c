package outcome

import (
	"fmt"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Logged is a recorder that also writes every event to the log: a transition is one line at Info, and nothing else of a reconcile is.
func Logged(recorder events.EventRecorder, log logr.Logger) events.EventRecorder {
	return loggedRecorder{recorder, log}
}

type loggedRecorder struct {
	events.EventRecorder

	log logr.Logger
}

// Eventf logs the event and sends it.
func (r loggedRecorder) Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any) {
	if obj, ok := regarding.(client.Object); ok {
		r.log.Info(fmt.Sprintf(note, args...), "object", fmt.Sprintf("%T", obj), "namespace", obj.GetNamespace(), "name", obj.GetName(), "reason", reason)
	}
	r.EventRecorder.Eventf(regarding, related, eventtype, reason, action, note, args...)
}
