package tenancy_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// loan is a way to lend a connection to red, and to take it back.
type loan struct {
	name   string
	allow  *v1alpha1.AllowedNamespaces
	revoke func(t *testing.T, w *world, c *v1alpha1.ClusterConnection)
}

const teamLabel = "team"

var loans = []loan{
	{"by-name", to(red, blue), func(t *testing.T, w *world, c *v1alpha1.ClusterConnection) {
		t.Helper()
		change(t, w, c, func(c *v1alpha1.ClusterConnection) { c.Spec.AllowedNamespaces = to(blue) })
	}},
	{"by-label", &v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{teamLabel: red}}},
		func(t *testing.T, w *world, _ *v1alpha1.ClusterConnection) {
			t.Helper()
			change(t, w, &corev1.Namespace{ObjectMeta: metaOf("", red)}, func(ns *corev1.Namespace) { delete(ns.Labels, teamLabel) })
		}},
}

// TestARevokedNamespace takes a connection back from red, and looks at what comes later, what waits for its slot, and what is between two calls.
func TestARevokedNamespace(t *testing.T) {
	w := begin(t)
	for _, l := range loans {
		change(t, w, &corev1.Namespace{ObjectMeta: metaOf("", red)}, func(ns *corev1.Namespace) { ns.Labels[teamLabel] = red })
		name := "revoked-" + l.name
		c := w.lend(t, name, func(s *v1alpha1.ClusterConnectionSpec) {
			s.AllowedNamespaces = l.allow
			s.Limits = &v1alpha1.Limits{Concurrency: 1}
		})
		refusal := `ClusterConnection "` + name + `" does not allow namespace "red"; ask its owner to add it to spec.allowedNamespaces`

		gate := w.engine.Hold(enginetest.ImageTaggingV2)
		t.Cleanup(w.engine.ClearFaults)
		inFlight := analysis(red, "in-flight-"+l.name, lent(name), w.page("b"))
		inFlight.Spec.RunPolicy.Reuse = v1alpha1.ReuseNever
		inFlight.Spec.Recapture = &v1alpha1.Recapture{} // the second call
		w.create(t, inFlight)
		if err := gate.Await(soon(t), 1); err != nil {
			t.Fatal(err)
		}
		waiting := analysis(red, "waiting-"+l.name, lent(name), w.page("c"))
		waiting.Spec.RunPolicy.Reuse = v1alpha1.ReuseNever
		fetched := len(w.web.list())
		w.create(t, waiting)
		w.eventually(t, func() string { // It has its turn and its picture, and waits for its slot.
			if !slices.Contains(w.web.list()[fetched:], "GET /c") {
				return "the picture was not read"
			}
			return ""
		})

		before := w.evidence()
		l.revoke(t, w, c)
		t.Run(l.name+": what comes later is refused", func(t *testing.T) {
			w.refused(t, analysis(red, "later-"+l.name, lent(name), w.page("d")), v1alpha1.ReasonConnectionNotReady, refusal)
		})
		w.engine.ClearFaults()
		t.Run(l.name+": what waited for its slot is refused", func(t *testing.T) {
			w.await(t, waiting, v1alpha1.ReasonConnectionNotReady, refusal)
			w.untouched(t, before)
		})
		t.Run(l.name+": what was in flight has its result, and makes no second call", func(t *testing.T) {
			w.await(t, inFlight, v1alpha1.ReasonConnectionNotReady, refusal)
			if inFlight.Status.Tagging == nil || inFlight.Status.BilledTotal != 1 {
				t.Errorf("billed %d, tags %v: what is paid for is not to be lost", inFlight.Status.BilledTotal, inFlight.Status.Tagging)
			}
			w.untouched(t, before)
		})
	}
}
