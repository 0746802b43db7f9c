package faults_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestReuse deletes finished objects and applies them again: what another object of the namespace knows already is not paid for a second time.
func TestReuse(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	n := scale(20, 200)
	t.Cleanup(func() { report(t, "%d objects each in %s", n, took()) })
	for name, scenario := range map[string]func(*testing.T, int){
		"objects with the picture of another one cost nothing, however often they are applied": reapplied,
		"equal objects that come together are called for once":                                 together,
		"distinct pictures are called for one by one":                                          distinct,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t, n)
		})
	}
}

func reapplied(t *testing.T, n int) {
	t.Helper()
	w, o := connected(t, process{})
	photo := w.photo(t, 1)
	w.create(t, w.analysis("keeper", photo), w.job("keeper", photo))
	w.awaitFinal(t)
	wantCalls(t, w, 2)
	apply := func(i int) client.Object {
		if i%4 == 0 {
			return w.job(fmt.Sprintf("koala-%d", i), photo)
		}
		return w.analysis(fmt.Sprintf("koala-%d", i), photo)
	}
	for round := range 2 {
		w.createMany(t, n, apply)
		w.awaitFinal(t)
		w.quiesce(t)
		wantCalls(t, w, 2)
		w.checkFree(t, round > 0)
		if keys := w.stored(t); len(keys) != 1+(n+3)/4 {
			t.Errorf("%d outputs, want one of each of %d jobs", len(keys), 1+(n+3)/4)
		}
		for i := range n {
			if err := k8s.Delete(w.ctx, apply(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.stop(t)
}

// checkFree checks that every object but the keepers has its result for nothing. A job that is applied again finds the output that it had before.
func (w *world) checkFree(t *testing.T, again bool) {
	t.Helper()
	for _, obj := range w.payers(t) {
		if c := readyOf(obj); c.Status != metav1.ConditionTrue {
			t.Errorf("%s says %s: %s", obj.GetName(), c.Reason, c.Message)
			continue
		}
		if obj.GetName() == "keeper" {
			continue
		}
		calls, total := obj.Ledger()
		found := again && entryOf(obj, v1alpha1.OperationDarkEnhance) != nil
		if *total != 0 || (*calls)[0].ReusedFrom == "" && !found {
			t.Errorf("%s says that it cost %d: %+v", obj.GetName(), *total, *calls)
		}
	}
}

func together(t *testing.T, n int) {
	t.Helper()
	w, o := connected(t, process{})
	photo := w.photo(t, 1)
	w.createMany(t, n, func(i int) client.Object { return w.analysis(fmt.Sprintf("koala-%d", i), photo) })
	w.awaitFinal(t)
	w.quiesce(t)
	wantCalls(t, w, 1)
	// Whoever waits for the first reads its picture and writes its status once, or once more: not whenever another one has ended.
	reads, writes := 0, 0
	for _, e := range w.history() {
		switch {
		case e.target == storage:
			reads++
		case strings.HasPrefix(e.object, "imageanalyses/"):
			writes++
		}
	}
	if reads > 2*n || writes > 2*n+1 {
		t.Errorf("%d equal objects took %d reads of the picture and %d writes of status, want at most two of each for each", n, reads, writes)
	}
	o.stop(t)
}

func distinct(t *testing.T, n int) {
	t.Helper()
	w, o := connected(t, process{})
	sources := make([]v1alpha1.ImageSource, n)
	for i := range sources {
		sources[i] = w.photo(t, i)
	}
	w.createMany(t, n, func(i int) client.Object { return w.analysis(fmt.Sprintf("koala-%d", i), sources[i]) })
	w.awaitFinal(t)
	w.quiesce(t)
	wantCalls(t, w, n)
	o.stop(t)
}
