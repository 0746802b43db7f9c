package faults_test

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestPictureMemory has many connections with many slots and large pictures. However many may be called, the pictures in memory keep to their bound.
func TestPictureMemory(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	const concurrency, size = 10, 7_400_000
	memory := int64(scale(32<<20, 64<<20))
	connections := scale(5, 50)
	enough := int64(scale(8, 100))
	w := newWorld(t)
	w.create(t, w.keys("keys", w.engine.Account))

	var served, ended atomic.Int64
	var open atomic.Bool
	gate := enginetest.NewGate()
	answer := enginetest.Reply(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, `{"result":{"tags":[]}}`)
	for i := range connections {
		engine := w.newEngine(t, enginetest.Options{})
		// One call is held until all are, and every one is counted when its answer is about to leave.
		engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Times: enginetest.Always, Gate: gate, Decide: counted(&ended, answer)})
		w.create(t, w.connection(fmt.Sprintf("conn-%d", i), engine, func(s *v1alpha1.ConnectionSpec) { s.Limits.Concurrency = concurrency }))
	}
	head := enginetest.Picture(1, pictureWidth, pictureHeight)
	body := append(head, bytes.Repeat([]byte{0}, size-len(head))...)
	w.mu.Lock()
	w.pages["large.png"] = func(rw http.ResponseWriter) {
		served.Add(1)
		_, _ = rw.Write(body)
	}
	w.mu.Unlock()
	source := v1alpha1.ImageSource{URL: w.web.URL + "/large.png"}
	w.createMany(t, connections*concurrency, func(i int) client.Object {
		return w.analysis(fmt.Sprintf("koala-%d", i), source, marked(i), func(s *v1alpha1.ImageAnalysisSpec) {
			s.ConnectionRef = v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: fmt.Sprintf("conn-%d", i%connections)}
		})
	})

	o := w.run(t, process{pictureMemory: memory, log: logFile(t)})
	var mostPictures int64
	var mostMemory float64
	done := func() bool {
		pictures := served.Load() - ended.Load()
		mostPictures, mostMemory = max(mostPictures, pictures), max(mostMemory, gauge(t, o.metrics, "ais_picture_memory_bytes"))
		return open.Load() && ended.Load() >= enough
	}
	atRest := w.rest(quiet)
	if !poll(t, *patience, func() bool { done(); return served.Load() > 0 && atRest() }) {
		t.Fatal("the pictures do not stop coming")
	}
	held := served.Load()
	open.Store(true)
	gate.Release()
	if !poll(t, 2**patience, done) {
		t.Errorf("only %d calls came to an end", ended.Load())
	}
	o.kill(t)
	if mostPictures > memory/size {
		t.Errorf("%d pictures of %d bytes were in memory, want at most %d", mostPictures, size, memory/size)
	}
	if mostMemory > float64(memory) || mostMemory < size {
		t.Errorf("the metric rose to %.0f bytes, want at most %d and at least a picture", mostMemory, memory)
	}
	report(t, "%d connections of %d slots: %d pictures while all calls were held, never more than %d (%.0f MiB by the metric), in %s",
		connections, concurrency, held, mostPictures, mostMemory/(1<<20), took())
}

// counted counts an answer before it gives it.
func counted(n *atomic.Int64, answer enginetest.Effect) func(enginetest.Operation, *http.Request, []byte) enginetest.Effect {
	return func(enginetest.Operation, *http.Request, []byte) enginetest.Effect {
		return enginetest.Then(func() { n.Add(1) }, answer)
	}
}

// gauge sums the values of a metric.
func gauge(t *testing.T, from prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			sum += m.GetGauge().GetValue()
		}
	}
	return sum
}
