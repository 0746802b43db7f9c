package tenancy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// taken is the sentence about the place of an output that is somebody else's.
func taken(key string) string {
	return fmt.Sprintf(`object %q in bucket %q was not written for this job and is not overwritten; choose another spec.output.obs.key`, key, results)
}

// TestResultsOfOthers has blue ask for what red has paid for: the same picture, the same operation, the same parameters, the same place.
func TestResultsOfOthers(t *testing.T) {
	w := begin(t)
	w.lend(t, "common", func(s *v1alpha1.ClusterConnectionSpec) {
		s.AllowedNamespaces = to(red, blue)
		s.AllowedObjects = []v1alpha1.AllowedObjects{{Bucket: results, Access: v1alpha1.ObjectAccessReadWrite}}
	})
	picture := w.page("r")
	reds, redsJob := analysis(red, "koala", lent("common"), picture), job(red, "koala", lent("common"), picture, results, "common.png")
	w.create(t, reds, redsJob)
	w.awaitReady(t, reds)
	w.awaitReady(t, redsJob)

	t.Run("the tags are called for", func(t *testing.T) {
		before := w.evidence()
		blues := analysis(blue, "koala", lent("common"), picture)
		w.create(t, blues)
		w.awaitReady(t, blues)
		if entry := blues.Status.Calls[0]; entry.ReusedFrom != "" || blues.Status.BilledTotal != 1 || w.evidence().calls != before.calls+1 {
			t.Errorf("billed %d, entry %+v: it took red's result over", blues.Status.BilledTotal, entry)
		}
	})
	t.Run("the output is neither taken over nor overwritten", func(t *testing.T) {
		blues := job(blue, "koala", lent("common"), picture, results, "common.png")
		w.refused(t, blues, v1alpha1.ReasonInvalidSpec, taken("common.png"), "GET /r", "HEAD /results/common.png")
		if blues.Status.Output != nil {
			t.Errorf("it shows red's output: %+v", blues.Status.Output)
		}
	})
	t.Run("nor is it when both are made at the same time", func(t *testing.T) { raceForAPlace(t, w) })
	t.Run("nor is what nobody's job has written", func(t *testing.T) {
		w.put(t, results, "precious.png", 50, map[string]string{"ais-namespace": "green", "ais-name": "koala"})
		w.refused(t, job(blue, "precious", lent("common"), picture, results, "precious.png"), v1alpha1.ReasonInvalidSpec,
			taken("precious.png"), "GET /r", "HEAD /results/precious.png")
	})
}

// raceForAPlace has jobs of both tenants called at the same time, for outputs at one place.
func raceForAPlace(t *testing.T, w *world) {
	t.Helper()
	gate := w.engine.Hold(enginetest.DarkEnhance)
	t.Cleanup(w.engine.ClearFaults)
	before := w.evidence()
	jobs := []*v1alpha1.EnhancementJob{
		job(red, "racer", lent("common"), w.page("1"), results, "race.png"), job(blue, "racer", lent("common"), w.page("2"), results, "race.png"),
	}
	w.create(t, jobs[0])
	if err := gate.Await(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	w.create(t, jobs[1])
	w.eventually(t, func() string {
		if !slices.Contains(w.web.list()[len(before.fetched):], "GET /2") {
			return "blue's job has not read its picture"
		}
		return ""
	})
	// Another one of blue has come through when it has had its time.
	beside := analysis(blue, "beside-racer", lent("common"), w.page("3"))
	w.create(t, beside)
	w.awaitReady(t, beside)
	w.engine.ClearFaults()
	w.awaitReady(t, jobs[0])
	w.await(t, jobs[1], v1alpha1.ReasonInvalidSpec, taken("race.png"))
	if n := w.evidence().calls - before.calls; n != 2 {
		t.Errorf("%d calls, want one of each but the job that has no place", n)
	}
	writes := 0
	for _, request := range w.store.list()[len(before.stored):] {
		if request == "PUT /results/race.png" {
			writes++
		}
	}
	head, err := w.store.Head(w.ctx, results, "race.png")
	if err != nil || writes != 1 || head.Metadata["ais-namespace"] != red {
		t.Errorf("%d writes, and the object is %v, %v: want red's alone", writes, head.Metadata, err)
	}
}
