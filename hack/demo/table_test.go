package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

var (
	morning  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	working  = row{key: key{"EnhancementJob", "demo", "dark"}, ready: "False", reason: "Progressing", message: "DarkEnhance is being called", created: morning}
	done     = row{key: working.key, ready: "True", reason: "Succeeded", message: "stored", summary: "DarkEnhance: 768x512 jpeg", billed: 1, created: morning}
	turnedBy = row{key: key{"ImageAnalysis", "demo", "rejected"}, ready: "False", reason: "Rejected", message: strings.Repeat("é", 60), stalled: true, created: morning}
)

func TestTheTable(t *testing.T) {
	got := formatTable([]row{done, turnedBy, {key: key{"Connection", "demo", "default"}, created: morning}}, morning.Add(3*time.Second), false)
	want := []string{
		"KIND            NAME      READY  REASON     SUMMARY                                               CALLS  AGE",
		"EnhancementJob  dark      True   Succeeded  DarkEnhance: 768x512 jpeg                             1      3s",
		"ImageAnalysis   rejected  False  Rejected   " + strings.Repeat("é", 51) + "…  0      3s",
		"Connection      default                                                                                  3s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func newTestTable(terminal bool, keys ...key) (*table, *bytes.Buffer) {
	var b bytes.Buffer
	t := &table{w: &b, tell: newTeller(&b), terminal: terminal, rows: map[key]row{}}
	for _, k := range keys {
		t.await(k)
	}
	return t, &b
}

func TestTransitionsAreLinesWhereThereIsNoTerminal(t *testing.T) {
	table, said := newTestTable(false, working.key)
	other := row{key: key{"Connection", "other", "default"}, ready: "True", reason: "Succeeded"}
	unseen := row{key: working.key}
	for _, r := range []row{unseen, working, working, other, done, done} {
		table.update(r)
		table.draw()
	}
	if got := strings.Count(said.String(), "\n"); got != 2 {
		t.Errorf("there are %d lines, want one for each of two transitions:\n%s", got, said)
	}
	for _, want := range []string{"EnhancementJob demo/dark             Progressing  DarkEnhance is being called\n", "Succeeded    DarkEnhance: 768x512 jpeg\n"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("there is no %q in\n%s", want, said)
		}
	}
	if !table.ended() {
		t.Error("the table does not know that the object has ended")
	}
}

func TestATerminalIsDrawnInPlace(t *testing.T) {
	table, drawn := newTestTable(true, working.key, turnedBy.key)
	table.update(working)
	if strings.Contains(drawn.String(), "\x1b[3A") {
		t.Error("the first table goes up, over what stands there")
	}
	drawn.Reset()
	table.update(done)
	if !strings.Contains(drawn.String(), "\x1b[3A") {
		t.Errorf("the second table does not go up its three lines: %q", drawn)
	}
	if strings.Count(drawn.String(), eraseLine) != 3 || !strings.HasSuffix(drawn.String(), wrapOn) {
		t.Errorf("lines are left over, or the terminal is left without wrapping: %q", drawn)
	}
	if table.ended() {
		t.Error("one object has not been seen, and the table says that all have ended")
	}
}

func TestRowOf(t *testing.T) {
	job := &v1alpha1.EnhancementJob{}
	job.Namespace, job.Name, job.Generation = "demo", "dark", 2
	job.Status.BilledTotal, job.Status.Summary = 3, "a summary"
	job.Status.Conditions = v1alpha1.Conditions{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: "Rejected", Message: "no", ObservedGeneration: 1},
		{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, ObservedGeneration: 1},
	}
	if r := rowOf(job); r.ended() || r.reason != "" {
		t.Errorf("conditions of an older spec count: %+v", r)
	}
	job.Status.Conditions[0].ObservedGeneration = 2
	r := rowOf(job)
	if !r.ended() || !r.stalled || r.String() != "EnhancementJob demo/dark" || r.billed != 3 || r.summary != "a summary" {
		t.Errorf("the row is %+v", r)
	}
}

func TestWhatIsNotAsItShouldBe(t *testing.T) {
	stalled, accepted, paid := done, turnedBy, turnedBy
	stalled.ready, stalled.stalled, stalled.reason = "False", true, "InvalidSpec"
	accepted.ready, accepted.stalled = "True", false
	paid.billed = 1
	for name, tt := range map[string]struct {
		row  row
		want string
	}{
		"ready":                             {done, ""},
		"refused on purpose":                {turnedBy, ""},
		"still at work":                     {working, "has not ended: Progressing"},
		"stalled":                           {stalled, "has stalled: InvalidSpec"},
		"accepted though it is no picture":  {accepted, "should be Stalled with reason Rejected"},
		"refused, but only after a payment": {paid, "should cost nothing, and cost 1 calls"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.row.check()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
