package faults_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestFairness puts one object of a namespace behind thousands of another one, with all slots taken: namespaces take turns, so that it is called within
// two turns of the slots.
func TestFairness(t *testing.T) {
	t.Parallel()
	const concurrency = 4
	n := scale(500, 10_000)
	took := stopwatch()
	w := newWorld(t, "guest")
	w.shareConnection(t, concurrency)
	source := w.page(t, 1)
	shared := func(s *v1alpha1.ImageAnalysisSpec) {
		s.ConnectionRef = v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindCluster, Name: w.namespaces[0]}
	}
	created := stopwatch()
	w.createMany(t, n, func(i int) client.Object { return w.analysis(fmt.Sprintf("crowd-%d", i), source, marked(i), shared) })
	creation := created()

	gate := w.engine.Hold(enginetest.ImageTaggingV2)
	o := w.run(t, process{log: logFile(t)})
	if err := gate.Await(t.Context(), concurrency); err != nil {
		t.Fatal(err)
	}
	w.quiesce(t)
	before := len(w.engine.Calls())
	if before != concurrency {
		t.Errorf("%d calls are open, want %d", before, concurrency)
	}
	guest := w.analysis("guest", source, marked(n), shared)
	guest.Namespace = w.namespaces[1]
	w.create(t, guest)
	w.quiesce(t)
	gate.Release()
	w.awaitReady(t, guest)
	waited := time.Since(guest.CreationTimestamp.Time).Round(time.Second)
	o.kill(t)

	turn := slices.Index(w.callers(), guest.Name)
	if turn < 0 || turn >= before+2*concurrency {
		t.Errorf("the guest was called for as number %d, want it among the first %d", turn+1, before+2*concurrency)
	}
	report(t, "behind %d objects (created in %s) the guest was call number %d, %v after its creation; in %s", n, creation, turn+1, waited, took())
}

// shareConnection makes a ClusterConnection that all namespaces of the world use; it has the name of the first.
func (w *world) shareConnection(t *testing.T, concurrency int32) {
	t.Helper()
	name := w.namespaces[0]
	secret := w.keys(name, w.engine.Account)
	secret.Namespace = operatorNamespace
	spec := w.connection("", w.engine).Spec
	spec.Credentials.AccessKey.SecretRef.Name = name
	spec.Limits = &v1alpha1.Limits{Concurrency: concurrency}
	conn := &v1alpha1.ClusterConnection{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ClusterConnectionSpec{
		ConnectionSpec: spec, AllowedNamespaces: &v1alpha1.AllowedNamespaces{Names: w.namespaces},
	}}
	w.create(t, secret, conn)
}

// callers names the objects of the calls, in the order of the calls.
func (w *world) callers() []string {
	owners := w.owners()
	var names []string
	for _, c := range w.engine.Calls() {
		names = append(names, owners[c.AttemptID])
	}
	return names
}
