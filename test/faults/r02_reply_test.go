package faults_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mishap is what goes wrong with one kind of write of an object, and how many times in a row.
type mishap struct {
	name  string // of the object, too
	write string // part of the write's description
	times int
	in    interference

	came int
}

// hits tells whether the effect is a write that is to go wrong now.
func (m *mishap) hits(e effect) bool {
	own := strings.HasSuffix(e.object, "/"+m.name) || e.target == storage && strings.Contains(e.what, "/"+m.name+"-")
	return own && m.came < m.times && strings.Contains(e.what, m.write)
}

// least is how often it must have come. What was carried out is not written again.
func (m *mishap) least() int {
	if m.in.carriedOut {
		return 1
	}
	return m.times
}

// mishaps are the ways in which the claim, the record and the output of an object can fail to be acknowledged.
func mishaps() []*mishap {
	ways := []struct {
		name string
		in   interference
	}{
		{"reply-lost", interference{carriedOut: true}},
		{"connection-lost", interference{}},
		{"conflict", interference{status: 409}},
		{"internal-error", interference{status: 500}},
		{"unavailable", interference{status: 503}},
	}
	var all []*mishap
	for _, way := range ways {
		for _, write := range []string{"Claimed", "Succeeded", "PUT"} {
			for _, n := range timesOf(write) {
				all = append(all, &mishap{
					name: fmt.Sprintf("%s-%s-%d", way.name, strings.ToLower(write), n), write: write, times: n, in: way.in,
				})
			}
		}
	}
	return all
}

// timesOf tells how often in a row a write goes wrong. A picture that could not be stored is kept for 15 s, a status is written anew sooner.
func timesOf(write string) []int {
	switch {
	case write == "PUT":
		return []int{1}
	case *long:
		return []int{1, 2, 3, 4, 5, 6}
	default:
		return []int{1, 3}
	}
}

// TestR2LostReply breaks the replies to writes: the claim, the record, the output. The operator cannot know whether they took place, and must find out
// without a second call.
func TestR2LostReply(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	w, o := connected(t, process{log: logFile(t)})
	all := mishaps()
	photo := w.photo(t, 1)
	w.interfere(func(e effect) *interference {
		for _, m := range all {
			if m.hits(e) {
				m.came++
				return &m.in
			}
		}
		return nil
	})
	for i, m := range all {
		if m.write == "PUT" || i%2 == 0 {
			w.create(t, w.job(m.name, photo, markedJob(i)))
		} else {
			w.create(t, w.analysis(m.name, photo, marked(i)))
		}
	}
	w.awaitFinal(t)
	w.quiesce(t)
	w.interfere(nil)
	w.checkBills(t)
	w.checkEachOnce(t, len(all))
	mishaps := 0
	for _, m := range all {
		mishaps += m.came
		if m.came < m.least() {
			t.Errorf("%s: the mishap came %d times, want %d", m.name, m.came, m.least())
		}
	}
	o.stop(t)
	report(t, "%d objects with %d mishaps in %s", len(all), mishaps, took())
}

// checkEachOnce checks that each of n objects has its result for one call.
func (w *world) checkEachOnce(t *testing.T, n int) {
	t.Helper()
	calls, objects := w.callsByObject(), w.payers(t)
	if len(objects) != n {
		t.Errorf("%d objects, want %d", len(objects), n)
	}
	for _, obj := range objects {
		name := obj.GetName()
		if c := readyOf(obj); c.Status != metav1.ConditionTrue {
			t.Errorf("%s is %s: %s", name, c.Reason, c.Message)
		}
		if _, total := obj.Ledger(); calls[name] != 1 || *total != 1 {
			t.Errorf("%s was called for %d times and says that %d were billed, want one", name, calls[name], *total)
		}
	}
}

// owners tells the object that announced an attempt.
func (w *world) owners() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	owners := map[string]string{}
	for _, e := range w.effects {
		for _, claim := range e.claims {
			_, owners[claim], _ = strings.Cut(e.object, "/")
		}
	}
	return owners
}

// callsByObject counts the calls of the service by the object that announced them.
func (w *world) callsByObject() map[string]int {
	calls := map[string]int{}
	for _, name := range w.callers() {
		calls[name]++
	}
	return calls
}

// TestR2TheRecordOfACallIsOneWrite holds the number of writes that an undisturbed object takes.
func TestR2TheRecordOfACallIsOneWrite(t *testing.T) {
	t.Parallel()
	w, o := connected(t, process{})
	w.create(t, w.analysis("koala", w.photo(t, 1)))
	w.awaitFinal(t)
	w.quiesce(t)
	var got []string
	for _, e := range w.history() {
		if e.target == api && !e.aside {
			claimed := strings.Contains(e.what, "Claimed")
			got = append(got, fmt.Sprintf("%s claimed=%t", e.object, claimed))
		}
	}
	want := []string{"imageanalyses/koala claimed=true", "imageanalyses/koala claimed=false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	o.stop(t)
}
