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

// TestFairness puts one object of a namespace behind thousands of another one, with all slots taken. It has its ticket at once, and once its picture is
// there one call of the others goes before its own: with two namespaces that is what flow control promises, whatever the machine does meanwhile.
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

	// The calls of the first two turns of the slots are held until all are there.
	var gates [2]*enginetest.Gate
	for i := range gates {
		gates[i] = enginetest.NewGate()
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Times: concurrency, Gate: gates[i]})
	}
	o := w.run(t, process{log: logFile(t)})
	// Before a picture is there as much memory is set aside as the largest may take.
	picturesAreThere := func(pictures int) {
		t.Helper()
		want := float64(pictures * len(enginetest.Picture(1, pictureWidth, pictureHeight)))
		eventually(t, func() string {
			got := gauge(t, o.metrics, "ais_picture_memory_bytes")
			return unless(got == want, fmt.Sprintf("the pictures take %v bytes, want the %v of %d pictures", got, want, pictures))
		})
	}
	guest := w.analysis("guest", source, marked(n), shared)
	guest.Namespace = w.namespaces[1]
	picturesAreThere(2 * concurrency)
	w.create(t, guest)
	picturesAreThere(2*concurrency + 1)
	for _, gate := range gates {
		if err := gate.Await(t.Context(), concurrency); err != nil {
			t.Fatal(err)
		}
		gate.Release()
	}
	w.awaitReady(t, guest)
	waited := time.Since(guest.CreationTimestamp.Time).Round(time.Second)
	if turn := slices.Index(w.callers(), guest.Name) / concurrency; turn != 1 {
		t.Errorf("the guest was called for in turn %d after the one in which it came, want the next", turn)
	}
	if peak := w.engine.Peak(enginetest.ImageTaggingV2); peak != concurrency {
		t.Errorf("%d calls were in flight at a time, want %d", peak, concurrency)
	}
	report(t, "behind %d objects (created in %s) the guest was called for in the next turn, %v after its creation; in %s", n, creation, waited, took())
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
