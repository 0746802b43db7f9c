package faults_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestR3Stale shows the operator the past: a cache that does not move, and one that a restarted process fills from an old list. The claim must meet a
// conflict, and no call be made. The client's own read-your-writes makes the first case quieter; without it, it must be as safe.
func TestR3Stale(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	t.Cleanup(func() { report(t, "in %s", took()) })
	for _, blurred := range []bool{false, true} {
		with := map[bool]string{false: "with", true: "without"}[blurred] + " read-your-writes"
		t.Run("a cache that stands, "+with, func(t *testing.T) {
			t.Parallel()
			standingCache(t, blurred)
		})
		t.Run("a cache filled from the past, "+with, func(t *testing.T) {
			t.Parallel()
			pastCache(t, blurred)
		})
	}
}

// standingCache stops the watch when the first attempt is announced. The attempt fails, and the next one is due while the cache still knows of none.
func standingCache(t *testing.T, blurred bool) {
	t.Helper()
	w, o := connected(t, process{blurred: blurred, log: logFile(t)})
	held := false
	w.interfere(func(e effect) *interference {
		if !held && strings.Contains(e.what, "Claimed") {
			held = true
			o.wire.hold("imageanalyses")
		}
		return nil
	})
	w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCodeStatus(500, "AIS.0506")})
	ia := w.analysis("koala", w.photo(t, 1))
	w.create(t, ia)

	const grace = 500 * time.Millisecond
	eventually(t, func() string {
		w.ready(ia)
		entry := entryOf(ia, v1alpha1.OperationImageTagging)
		switch {
		case entry == nil || entry.NextAttemptTime == nil || time.Since(entry.NextAttemptTime.Time) < grace:
			return "the second attempt is not due"
		case blurred && o.wire.conflicts.Load() == 0:
			return "no conflict yet" // Nothing but the claim keeps the second attempt from being made on what the cache shows.
		}
		return ""
	})
	wantCalls(t, w, 1)
	o.wire.release("imageanalyses")
	w.awaitFinal(t)
	w.quiesce(t)
	wantCalls(t, w, 2)
	w.checkBills(t)
	wantBilled(t, w, 1, 0)
	o.stop(t)
	conflicts := o.wire.conflicts.Load()
	if !blurred && conflicts > 0 {
		t.Errorf("%d conflicts, want none with read-your-writes", conflicts)
	}
	t.Logf("%d conflicts", conflicts)
}

// pastCache restarts the operator with a list of the time before any call was made, and lets it see what happened since only later.
func pastCache(t *testing.T, blurred bool) {
	t.Helper()
	w, first := connected(t, process{blurred: blurred, log: logFile(t)})
	first.stop(t)
	const n = 6
	photo := w.photo(t, 1)
	for i := range n {
		if i%2 == 0 {
			w.create(t, w.analysis(fmt.Sprintf("koala-%d", i), photo, marked(i)))
		} else {
			w.create(t, w.job(fmt.Sprintf("koala-%d", i), photo, markedJob(i)))
		}
	}
	resources := []string{"imageanalyses", "enhancementjobs"}
	past := map[string][]byte{}
	for _, resource := range resources {
		path := first.wire.path(resource)
		past[path] = list(t, path)
	}
	second := w.run(t, process{blurred: blurred, log: logFile(t)})
	w.awaitFinal(t)
	w.quiesce(t)
	second.kill(t)
	before := w.state(t)
	wantCalls(t, w, n)
	w.emptyResults(t)

	third := w.run(t, process{blurred: blurred, log: logFile(t), prepare: func(o *wire) {
		o.past = past
		for _, resource := range resources {
			o.hold(resource)
		}
	}})
	eventually(t, func() string {
		if c := third.wire.conflicts.Load(); c < n {
			return fmt.Sprintf("%d conflicts, want one for each of %d objects", c, n)
		}
		return ""
	})
	wantCalls(t, w, n)
	third.wire.forgetPast()
	for _, resource := range resources {
		third.wire.release(resource)
	}
	w.quiesce(t)
	wantCalls(t, w, n)
	w.checkBills(t)
	after := w.state(t)
	delete(before, "outputs")
	delete(after, "outputs")
	wantEqual(t, before, after)
	third.stop(t)
	t.Logf("%d conflicts", third.wire.conflicts.Load())
}

// list is the present body of a list, as the API server sends it.
func list(t *testing.T, path string) []byte {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(plane.Config)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := httpClient.Get(strings.TrimSuffix(plane.Config.Host, "/") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("list %s: %s %v", path, resp.Status, err)
	}
	return body
}

// emptyResults takes all outputs away, so that none is found in place of a call.
func (w *world) emptyResults(t *testing.T) {
	t.Helper()
	for _, key := range w.stored(t) {
		if err := w.storage.Delete(w.ctx, results, key); err != nil {
			t.Fatal(err)
		}
	}
}
