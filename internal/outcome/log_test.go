package outcome_test

import (
	"testing"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/events"

	"github.com/ais-operator/ais-operator/internal/outcome"
)

func TestLoggedWritesEachEventOnce(t *testing.T) {
	var lines []string
	log := funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{})
	sent := events.NewFakeRecorder(1)
	_, announce := outcome.Apply(untouched(), outcome.Stop("Rejected", "100% wrong %s"), outcome.Logged(sent, log))
	if lines != nil {
		t.Errorf("logged before status was written: %q", lines)
	}
	announce()
	want := []string{
		`"level"=0 "msg"="100% wrong %s" "object"="*v1alpha1.ImageAnalysis" "namespace"="shop" "name"="koala" "reason"="Rejected"`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if got := <-sent.Events; got != "Warning Rejected 100% wrong %s" {
		t.Errorf("event %q", got)
	}
}
