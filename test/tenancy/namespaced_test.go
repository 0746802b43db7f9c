package tenancy_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	eventsv1 "k8s.io/api/events/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// watched is the namespace of config/namespaced/example.
const watched = "demo"

// TestTheNamespacedInstallation runs an operator with the rights of config/namespaced/example, which looks after one namespace, and holds the audit log
// against what it may ask for.
func TestTheNamespacedInstallation(t *testing.T) {
	logged.take()
	w, err := newWorld(installation{manifests: "config/namespaced/example", watch: []string{watched}, tenants: []string{watched, blue}})
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.lend(t, "lent", func(s *v1alpha1.ClusterConnectionSpec) {
		s.AllowedNamespaces = to(watched, blue)
		s.AllowedObjects = []v1alpha1.AllowedObjects{{Bucket: results, Prefix: "{namespace}/", Access: v1alpha1.ObjectAccessReadWrite}}
	})
	// The same in both namespaces, the unwatched one first.
	objects := map[string][]object{}
	for _, namespace := range []string{blue, watched} {
		objects[namespace] = []object{
			w.connection(namespace, "default", "keys"),
			analysis(namespace, "own", v1alpha1.ConnectionReference{}, w.page("a")),
			analysis(namespace, "lent", lent("lent"), w.page("b")),
			job(namespace, "lent", lent("lent"), w.page("c"), results, ""),
		}
		for _, obj := range objects[namespace] {
			w.create(t, obj)
		}
		w.create(t, w.keys(namespace, "keys")) // It comes last, so that it is its metadata that has it read.
	}
	for _, obj := range objects[watched] {
		w.awaitReady(t, obj)
	}
	// A Secret of a ClusterConnection that comes later is seen, too.
	late := &v1alpha1.ClusterConnection{ObjectMeta: metaOf("", "late"), Spec: v1alpha1.ClusterConnectionSpec{ConnectionSpec: w.connectionSpec("late")}}
	w.create(t, late)
	w.await(t, late, v1alpha1.ReasonInvalidCredentials,
		`Secret "late" does not exist in namespace "ais-system"; create it with the keys that spec.credentials needs`)
	w.create(t, w.keys(operatorNamespace, "late"))
	w.awaitReady(t, late)

	for _, obj := range objects[blue] {
		if c := w.ready(obj); c.Reason != "" {
			t.Errorf("%T %s in the unwatched namespace says %s: %s", obj, obj.GetName(), c.Reason, c.Message)
		}
	}
	if n := w.engine.Billed(); n != 3 {
		t.Errorf("%d calls, want those of the watched namespace", n)
	}
	checkEvents(t, w)
	if got := logged.take(); len(got) > 0 {
		t.Errorf("the operator complains: %q", got)
	}
	checkRequests(t, w)
}

// checkEvents looks for events where there may be some: those about what is in no namespace are in "default".
func checkEvents(t *testing.T, w *world) {
	t.Helper()
	var events eventsv1.EventList
	if err := w.admin.List(w.ctx, &events); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, e := range events.Items {
		if e.ReportingController == "ais-operator" {
			found[e.Namespace+": "+e.Regarding.Kind] = true
		}
	}
	want := []string{
		"default: ClusterConnection", watched + ": Connection", watched + ": EnhancementJob", watched + ": ImageAnalysis",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// checkRequests stops the operator and looks at all that it has asked the API server for.
func checkRequests(t *testing.T, w *world) {
	t.Helper()
	if err := w.stopOperator(); err != nil {
		t.Fatal(err)
	}
	requests, err := w.audit.Requests(soon(t), manager)
	if err != nil {
		t.Fatal(err)
	}
	if len(requests) < 20 {
		t.Fatalf("the audit log has %d requests of the operator, which cannot be all", len(requests))
	}
	// What may be asked for beside what is in the watched namespace, as namespace, resource and verb.
	beside := []string{
		"/clusterconnections list", "/clusterconnections watch", "/clusterconnections/status update", "/namespaces list", "/namespaces watch",
		operatorNamespace + "/secrets get", operatorNamespace + "/secrets list", operatorNamespace + "/secrets watch",
		"default/events create", "default/events patch",
	}
	for _, r := range requests {
		what := r.Namespace + "/" + r.Resource
		if r.Subresource != "" {
			what += "/" + r.Subresource
		}
		what += " " + r.Verb
		switch {
		case r.Resource == "": // What the API server serves.
		case !r.Allowed:
			t.Errorf("it asked in vain for %s (%s)", what, r.Path)
		case r.Namespace != watched && !slices.Contains(beside, what):
			t.Errorf("it was allowed %s (%s)", what, r.Path)
		}
	}
}
