package faults_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rclone/gofakes3"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// object is an object with conditions.
type object interface {
	client.Object
	StatusConditions() *[]metav1.Condition
}

// payer is an object that makes paid calls.
type payer interface {
	object
	Ledger() (calls *[]v1alpha1.Call, billedTotal *int32)
}

// ready returns the Ready condition of the object as it is now, if it is about the present spec.
func (w *world) ready(obj object) metav1.Condition {
	if err := k8s.Get(w.ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
		return metav1.Condition{Message: err.Error()}
	}
	return readyOf(obj)
}

func readyOf(obj object) metav1.Condition {
	c := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady)
	if c == nil || c.ObservedGeneration != obj.GetGeneration() {
		return metav1.Condition{}
	}
	return *c
}

// await waits for a reason of the Ready condition.
func (w *world) await(t *testing.T, obj object, reason string) {
	t.Helper()
	eventually(t, func() string {
		if c := w.ready(obj); c.Reason != reason {
			return fmt.Sprintf("%T %s is %q (%s), want %q", obj, obj.GetName(), c.Reason, c.Message, reason)
		}
		return ""
	})
}

func (w *world) awaitReady(t *testing.T, obj object) {
	t.Helper()
	w.await(t, obj, v1alpha1.ReasonSucceeded)
}

// isFinal tells whether nothing more happens to the object until somebody changes it.
func isFinal(obj object) bool {
	c := readyOf(obj)
	return c.Status == metav1.ConditionTrue || c.Reason != "" && meta.IsStatusConditionTrue(*obj.StatusConditions(), v1alpha1.ConditionStalled)
}

// payers lists all objects of the world that make paid calls, by kind and name.
func (w *world) payers(t *testing.T) []payer {
	t.Helper()
	var all []payer
	for _, ns := range w.namespaces {
		var analyses v1alpha1.ImageAnalysisList
		var jobs v1alpha1.EnhancementJobList
		for _, list := range []client.ObjectList{&analyses, &jobs} {
			if err := k8s.List(w.ctx, list, client.InNamespace(ns)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range analyses.Items {
			all = append(all, &analyses.Items[i])
		}
		for i := range jobs.Items {
			all = append(all, &jobs.Items[i])
		}
	}
	return all
}

// awaitFinal waits until all objects are final.
func (w *world) awaitFinal(t *testing.T) {
	t.Helper()
	eventually(t, func() string {
		for _, obj := range w.payers(t) {
			if !isFinal(obj) {
				c := readyOf(obj)
				return fmt.Sprintf("%T %s is not final: %s: %s", obj, obj.GetName(), c.Reason, c.Message)
			}
		}
		return ""
	})
}

// masked are the parts of a status that differ from run to run, or tell how it was reached.
var masked = []string{
	"lastTransitionTime", "startTime", "finishedTime", "lastAttemptTime", "nextAttemptTime", "requestID", "id", "holder", "deadline",
	"attempts", "billed", "billedTotal", "unknownOutcomes", "callsToday", "credentialsVersion", "lastError", "reusedFrom",
}

// state is what the objects say in the end, without what differs from run to run.
func (w *world) state(t *testing.T) map[string]any {
	t.Helper()
	state := map[string]any{}
	for _, obj := range w.payers(t) {
		state[fmt.Sprintf("%T %s", obj, obj.GetName())] = w.statusOf(t, obj)
	}
	var outputs []string
	for _, entry := range w.stored(t) {
		outputs = append(outputs, strings.ReplaceAll(entry, w.namespaces[0], "NAMESPACE"))
	}
	state["outputs"] = outputs
	return state
}

// statusOf is an object's status without what is masked.
func (w *world) statusOf(t *testing.T, obj client.Object) any {
	t.Helper()
	text, err := json.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	replaced := strings.NewReplacer(w.namespaces[0], "NAMESPACE", w.engine.URL, "ENGINE", w.storeURL, "STORAGE", w.web.URL, "WEB",
		strings.TrimPrefix(w.engine.URL, "http://"), "ENGINE").Replace(string(text))
	var tree map[string]any
	if err := json.Unmarshal([]byte(replaced), &tree); err != nil {
		t.Fatal(err)
	}
	return mask(tree["status"])
}

func mask(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if slices.Contains(masked, key) {
				delete(v, key)
				continue
			}
			v[key] = mask(value)
		}
	case []any:
		for i := range v {
			v[i] = mask(v[i])
		}
	}
	return v
}

// stored lists the keys of all outputs in the object storage.
func (w *world) stored(t *testing.T) []string {
	t.Helper()
	list, err := w.backend.ListBucket(w.ctx, results, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, entry := range list.Contents {
		keys = append(keys, entry.Key)
	}
	return keys
}

// entryOf returns an object's entry in the ledger of an operation, or nil.
func entryOf(obj payer, op v1alpha1.Operation) *v1alpha1.Call {
	calls, _ := obj.Ledger()
	for i := range *calls {
		if (*calls)[i].Operation == op {
			return &(*calls)[i]
		}
	}
	return nil
}

// remotes are the operations that are paid for, as the service names them and as the ledger does.
var remotes = map[enginetest.Operation]v1alpha1.Operation{
	enginetest.ImageTaggingV2:     v1alpha1.OperationImageTagging,
	enginetest.RecaptureDetection: v1alpha1.OperationRecaptureDetection,
	enginetest.DarkEnhance:        v1alpha1.OperationDarkEnhance,
	enginetest.Defog:              v1alpha1.OperationDefog,
	enginetest.SuperResolution:    v1alpha1.OperationSuperResolution,
}

// claimed lists the operations of all objects whose attempt was announced and not recorded.
func (w *world) claimed(t *testing.T) []enginetest.Operation {
	t.Helper()
	var found []enginetest.Operation
	for _, obj := range w.payers(t) {
		for remote, op := range remotes {
			if c := entryOf(obj, op); c != nil && c.State == v1alpha1.CallClaimed {
				found = append(found, remote)
			}
		}
	}
	return found
}

// checkBills holds what the objects say they have cost against what the service has billed: never less, and never more than the lost answers explain.
func (w *world) checkBills(t *testing.T, engines ...*enginetest.Server) {
	t.Helper()
	billed, said, unknown := 0, 0, 0
	for _, engine := range append(engines, w.engine) {
		billed += engine.Billed()
		seen := map[string]bool{}
		for _, c := range engine.Calls() {
			if c.AttemptID == "" || seen[c.AttemptID] {
				t.Errorf("the service was called twice for attempt %q", c.AttemptID)
			}
			seen[c.AttemptID] = true
		}
	}
	for _, obj := range w.payers(t) {
		calls, total := obj.Ledger()
		said += int(*total)
		for _, c := range *calls {
			unknown += int(c.UnknownOutcomes)
		}
	}
	if said < billed || said > billed+unknown {
		t.Errorf("the ledgers say that %d calls were billed, of them %d unknown; the service billed %d", said, unknown, billed)
	}
}

func wantEqual(t *testing.T, before, after map[string]any) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the objects have changed (-before +after):\n%s", diff)
	}
}
