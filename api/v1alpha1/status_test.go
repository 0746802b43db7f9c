package v1alpha1_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// namespace makes a namespace for one test. The API server runs without controllers, so it stays there.
func namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := k8s.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

// stored stores an object, with a status if there is one, until the test is over.
func stored(t *testing.T, namespace, text, status string) *unstructured.Unstructured {
	t.Helper()
	obj := manifest(t, text)
	if obj.GetKind() != "ClusterConnection" {
		obj.SetNamespace(namespace)
	}
	if err := k8s.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k8s.Delete(context.WithoutCancel(t.Context()), obj); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	})
	if status != "" {
		obj.Object["status"] = parse(t, status)
		if err := k8s.Status().Update(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	return obj
}

// parse reads numbers as the API server does, and not as floats.
func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	data, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// checkStatus applies each change to a status alone. The API server stores none of them.
func checkStatus(t *testing.T, object, status string, rules []rule) {
	t.Helper()
	base := stored(t, namespace(t), object, status)
	t.Run("every field of the base is kept", func(t *testing.T) {
		if diff := cmp.Diff(parse(t, status), base.Object["status"]); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	})
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			obj := base.DeepCopy()
			r.change.apply(t, obj)
			checkAnswer(t, r, k8s.Status().Update(t.Context(), obj, client.DryRunAll))
		})
	}
}

const analysisStatus = `
observedGeneration: 1
conditions:
- {type: Ready, status: "True", reason: Succeeded, message: koala, observedGeneration: 1, lastTransitionTime: "2026-03-01T12:00:00Z"}
summary: koala, tree
image: {sha256: "0123456789abcdef", format: jpeg, width: 640, height: 480, bytes: 100000}
tagging:
  tags:
  - name: koala
    names: {en: koala, zh: 考拉}
    type: object
    confidence: "98.5"
    boxes: [{left: "1", top: "2.5", width: "3", height: "4", confidence: "98.5"}]
    omittedBoxes: 2
recapture: {verdict: Recaptured, category: recapture, score: "0.99", details: [{label: original, confidence: "0.01"}]}
billedTotal: 2
calls:
- operation: ImageTagging
  state: Claimed
  specHash: "0123456789abcdef"
  inputHash: "0123456789abcdef"
  attempts: 2
  unknownOutcomes: 1
  billed: 1
  claim: {id: a-1, holder: manager-0, startTime: "2026-03-01T12:00:00.000000Z", deadline: "2026-03-01T12:01:00.000000Z"}
  lastError: {class: Unknown, code: AIS.0001, httpStatus: 504, requestID: r-1, message: lost, measure: wait}
  endpoint: https://image.ap-southeast-1.myhuaweicloud.com
  reusedFrom: other
  lastAttemptTime: "2026-03-01T12:00:00.000000Z"
  nextAttemptTime: "2026-03-01T12:00:00.000000Z"
  finishedTime: "2026-03-01T12:00:00Z"`

// call is a list of the least call that the ledger may hold, changed.
func call(change map[string]any) []any {
	c := map[string]any{"operation": "Defog", "state": "Failed", "specHash": "x"}
	for k, v := range change {
		if v == nil {
			delete(c, k)
			continue
		}
		c[k] = v
	}
	return []any{c}
}

// callRules hold for the ledger of every kind.
func callRules() []rule {
	claim := func(change map[string]any) []any {
		c := map[string]any{"id": "a", "holder": "h", "startTime": "2026-03-01T12:00:00.000000Z", "deadline": "2026-03-01T12:00:00.000000Z"}
		for k, v := range change {
			c[k] = v
			if v == nil {
				delete(c, k)
			}
		}
		return call(map[string]any{"state": "Claimed", "claim": c})
	}
	calls := func(value []any) set { return set{"status.calls": value} }
	const entry = "status.calls[0]"
	rules := []rule{
		{"a call may have little", calls(call(nil)), "", ""},
		{"a call needs an operation", calls(call(map[string]any{"operation": nil})), entry + ".operation", "Required value"},
		{"an operation is one of the service's", calls(call(map[string]any{"operation": "Painting"})), entry + ".operation", "supported values"},
		{"a call needs a state", calls(call(map[string]any{"state": nil})), entry + ".state", "Required value"},
		{
			"a state is one of four", calls(call(map[string]any{"state": "Paused"})), entry + ".state",
			`supported values: "Claimed", "Succeeded", "Failed", "Unknown"`,
		},
		{"a call needs a hash", calls(call(map[string]any{"specHash": nil})), entry + ".specHash", "Required value"},
		{"a hash may not be empty", calls(call(map[string]any{"specHash": ""})), entry + ".specHash", "should be at least 1 chars long"},
		{"a claim needs no more than this", calls(claim(nil)), "", ""},
		{"a claim's ID may be a UUID", calls(claim(map[string]any{"id": long(36)})), "", ""},
		{"a claim's ID may not be longer", calls(claim(map[string]any{"id": long(37)})), entry + ".claim.id", "may not be more than 36 bytes"},
		{"a claim's holder may have 253 characters", calls(claim(map[string]any{"holder": long(253)})), "", ""},
		{"a claim's holder may not have more", calls(claim(map[string]any{"holder": long(254)})), entry + ".claim.holder", "may not be more than 253 bytes"},
		{"an operation has one entry", calls(slices.Concat(call(nil), call(nil))), "status.calls[1]", "Duplicate value"},
		{"an answer's status is no more than 999", calls(lastError(map[string]any{"httpStatus": int64(1000)})), entry + ".lastError.httpStatus", "less than or equal to 999"},
		{"an answer's status is no less than 0", calls(lastError(map[string]any{"httpStatus": int64(-1)})), entry + ".lastError.httpStatus", "greater than or equal to 0"},
		{"the total is no less than 0", set{"status.billedTotal": int64(-1)}, "status.billedTotal", "greater than or equal to 0"},
	}
	for _, field := range []string{"id", "holder", "startTime", "deadline"} {
		rules = append(rules, rule{"a claim needs " + field, calls(claim(map[string]any{field: nil})), entry + ".claim." + field, "Required value"})
	}
	for _, field := range []string{"attempts", "unknownOutcomes", "billed"} {
		rules = append(rules, rule{field + " is no less than 0", calls(call(map[string]any{field: int64(-1)})), entry + "." + field, "greater than or equal to 0"})
	}
	for field, limit := range map[string]int{"specHash": 64, "inputHash": 64, "endpoint": 512, "reusedFrom": 253} {
		rules = append(rules, bound(entry+"."+field, limit, func(s string) set { return calls(call(map[string]any{field: s})) })...)
	}
	for field, limit := range map[string]int{"class": 32, "code": 64, "requestID": 128, "message": 512, "measure": 1024} {
		rules = append(rules, bound(entry+".lastError."+field, limit, func(s string) set { return calls(lastError(map[string]any{field: s})) })...)
	}
	return rules
}

func lastError(fields map[string]any) []any { return call(map[string]any{"lastError": fields}) }

// bound makes the rules of the longest string of a field. Characters are counted, not bytes.
func bound(field string, limit int, change func(string) set) []rule {
	return []rule{
		{fmt.Sprintf("%s may have %d characters", field, limit), change(strings.Repeat("考", limit)), "", ""},
		{fmt.Sprintf("%s may not have more", field), change(long(limit + 1)), field, fmt.Sprintf("may not be more than %d bytes", limit)},
	}
}

func TestImageAnalysisLedger(t *testing.T) {
	checkStatus(t, imageAnalysis, analysisStatus, callRules())
}

func TestImageAnalysisStatus(t *testing.T) {
	tag := func(fields map[string]any) set {
		fields["name"] = "koala"
		return set{"status.tagging.tags": []any{fields}}
	}
	box := func(int) any { return map[string]any{"left": "1", "top": "1", "width": "1", "height": "1"} }
	detail := func(int) any { return map[string]any{"label": "original"} }
	const tags, details = "status.tagging.tags", "status.recapture.details"
	rules := slices.Concat(
		bound("status.summary", 256, func(s string) set { return set{"status.summary": s} }),
		bound("status.image.sha256", 64, func(s string) set { return set{"status.image.sha256": s} }),
		bound("status.image.format", 16, func(s string) set { return set{"status.image.format": s} }),
		bound(tags+"[0].name", 128, func(s string) set { return set{tags: []any{map[string]any{"name": s}}} }),
		bound(tags+"[0].type", 64, func(s string) set { return tag(map[string]any{"type": s}) }),
		bound(tags+"[0].names.en", 128, func(s string) set { return tag(map[string]any{"names": map[string]any{"en": s}}) }),
		bound(tags+"[0].names.zh", 128, func(s string) set { return tag(map[string]any{"names": map[string]any{"zh": s}}) }),
		bound("status.recapture.category", 64, func(s string) set { return set{"status.recapture.category": s} }),
		bound(details+"[0].label", 64, func(s string) set { return set{details: []any{map[string]any{"label": s}}} }),
		[]rule{
			{"a tag's name may not be empty", set{tags: []any{map[string]any{"name": ""}}}, tags + "[0].name", "should be at least 1 chars long"},
			{"a tag needs a name", set{tags: []any{map[string]any{}}}, tags + "[0].name", "Required value"},
			{"150 tags may be found", set{tags: many(150, func(int) any { return map[string]any{"name": "koala"} })}, "", ""},
			{"more are left out", set{tags: many(151, func(int) any { return map[string]any{"name": "koala"} })}, tags, "must have at most 150 items"},
			{"20 boxes may be found", tag(map[string]any{"boxes": many(20, box)}), "", ""},
			{"more are counted", tag(map[string]any{"boxes": many(21, box)}), tags + "[0].boxes", "must have at most 20 items"},
			{"a box may lack what the service left out", tag(map[string]any{"boxes": []any{map[string]any{}}}), "", ""},
			{
				"a box lies in the picture", tag(map[string]any{"boxes": []any{map[string]any{"left": "-1"}}}),
				tags + "[0].boxes[0].left", "should match",
			},
			{"a box may have the largest decimal", tag(map[string]any{"boxes": []any{map[string]any{"left": "9999.999999"}}}), "", ""},
			{"the count of boxes is no less than 0", tag(map[string]any{"omittedBoxes": int64(-1)}), tags + "[0].omittedBoxes", "greater than or equal to 0"},
			{"a confidence is a decimal", tag(map[string]any{"confidence": "high"}), tags + "[0].confidence", "should match"},
			{"a verdict is one of three", set{"status.recapture.verdict": "Maybe"}, "status.recapture.verdict", `supported values: "Original", "Recaptured", "Uncertain"`},
			{"a verdict is required", set{"status.recapture": map[string]any{}}, "status.recapture.verdict", "Required value"},
			{"a score is a decimal", set{"status.recapture.score": "1e-1"}, "status.recapture.score", "should match"},
			{"16 details may be found", set{details: many(16, detail)}, "", ""},
			{"more are left out ", set{details: many(17, detail)}, details, "must have at most 16 items"},
			{"a label may not be empty", set{details: []any{map[string]any{"label": ""}}}, details + "[0].label", "should be at least 1 chars long"},
			{"a detail needs a label", set{details: []any{map[string]any{}}}, details + "[0].label", "Required value"},
			{"a width is no less than 0", set{"status.image.width": int64(-1)}, "status.image.width", "greater than or equal to 0"},
			{"a height is no less than 0", set{"status.image.height": int64(-1)}, "status.image.height", "greater than or equal to 0"},
			{"a size is no less than 0", set{"status.image.bytes": int64(-1)}, "status.image.bytes", "greater than or equal to 0"},
		},
		conditionRules(),
	)
	checkStatus(t, imageAnalysis, analysisStatus, rules)
}

// conditionRules hold for every kind.
func conditionRules() []rule {
	condition := func(i int) any {
		return map[string]any{
			"type": fmt.Sprint("Type", i), "status": "True", "reason": "Succeeded", "message": "", "lastTransitionTime": "2026-03-01T12:00:00Z",
		}
	}
	return []rule{
		{"8 conditions may be there", set{"status.conditions": many(8, condition)}, "", ""},
		{"more may not", set{"status.conditions": many(9, condition)}, "status.conditions", "must have at most 8 items"},
		{"a condition is there once", set{"status.conditions": []any{condition(1), condition(1)}}, "status.conditions[1]", "Duplicate value"},
	}
}

const jobStatus = `
observedGeneration: 1
conditions:
- {type: Ready, status: "True", reason: Succeeded, message: stored, lastTransitionTime: "2026-03-01T12:00:00Z"}
summary: "Defog: 640x480 png"
input: {sha256: "0123456789abcdef", format: jpeg, width: 640, height: 480, bytes: 100000}
output:
  {sha256: "0123456789abcdef", format: png, width: 640, height: 480, bytes: 100000,
   bucket: results, key: shop/koala-0123456789ab, url: "https://results.example.com/shop/koala-0123456789ab", etag: "abc"}
billedTotal: 1
calls: [{operation: Defog, state: Succeeded, specHash: "0123456789abcdef"}]`

func TestEnhancementJobLedger(t *testing.T) { checkStatus(t, enhancementJob, jobStatus, callRules()) }

func TestEnhancementJobStatus(t *testing.T) {
	field := func(path string) func(string) set { return func(s string) set { return set{path: s} } }
	checkStatus(t, enhancementJob, jobStatus, slices.Concat(
		bound("status.summary", 256, field("status.summary")),
		bound("status.output.bucket", 63, field("status.output.bucket")),
		bound("status.output.key", 1024, field("status.output.key")),
		bound("status.output.url", 4096, field("status.output.url")),
		bound("status.output.etag", 128, field("status.output.etag")),
		[]rule{
			{"an output has a bucket", set{"status.output.bucket": nil}, "status.output.bucket", "Required value"},
			{"an output has a key", set{"status.output.key": nil}, "status.output.key", "Required value"},
		},
		conditionRules(),
	))
}
