package v1alpha1_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

func TestLimitsSchema(t *testing.T) {
	override := func(change map[string]any) any {
		o := map[string]any{"operation": "Defog", "concurrency": int64(1)}
		for k, v := range change {
			o[k] = v
			if v == nil {
				delete(o, k)
			}
		}
		return o
	}
	overrides := func(o ...any) set { return set{"spec.limits.operations": append([]any{}, o...)} }
	const operations = "spec.limits.operations"
	atLeastOne := "at least one of the fields in [concurrency requestsPerSecond timeoutSeconds] must be set"
	rules := []rule{
		{"limits may be empty", set{"spec.limits": map[string]any{}}, "", ""},
		{"each operation may have its own", overrides(override(nil), override(map[string]any{"operation": "DarkEnhance"})), "", ""},
		{"a list of no operation is none", overrides(), operations, "should have at least 1 items"},
		{"an operation has limits once", overrides(override(nil), override(nil)), operations + "[1]", "Duplicate value"},
		{"an override names its operation", overrides(override(map[string]any{"operation": nil})), operations + "[0].operation", "Required value"},
		{"an override replaces something", overrides(override(map[string]any{"concurrency": nil})), operations + "[0]", atLeastOne},
	}
	for field, most := range map[string]int64{"concurrency": 1000, "requestsPerSecond": 10_000, "timeoutSeconds": 3600} {
		rules = slices.Concat(
			rules,
			span("spec.limits."+field, most, func(n int64) set { return set{"spec.limits." + field: n} }),
			span(operations+"[0]."+field, most, func(n int64) set { return overrides(override(map[string]any{field: n})) }),
		)
	}
	checkRules(t, connection, rules)
	checkRules(t, clusterConnection, rules)
}

func TestBudgetSchema(t *testing.T) {
	rules := []rule{
		{
			"a budget bounds something", set{"spec.budget": map[string]any{}}, "spec.budget",
			"at least one of the fields in [callsPerDay callsPerDayPerNamespace] must be set",
		},
		{"a budget may bound both", set{"spec.budget.callsPerDay": int64(10), "spec.budget.callsPerDayPerNamespace": int64(1)}, "", ""},
	}
	for _, path := range []string{"spec.budget.callsPerDay", "spec.budget.callsPerDayPerNamespace"} {
		rules = append(rules, span(path, 1_000_000_000, func(n int64) set { return set{path: n} })...)
	}
	checkRules(t, connection, rules)
	checkRules(t, clusterConnection, rules)
}

// span makes the rules of a number that is at least 1.
func span(field string, most int64, change func(int64) set) []rule {
	return []rule{
		{field + " may be 1", change(1), "", ""},
		{field + " may not be 0", change(0), field, "should be greater than or equal to 1"},
		{fmt.Sprintf("%s may be %d", field, most), change(most), "", ""},
		{field + " may not be more", change(most + 1), field, fmt.Sprintf("should be less than or equal to %d", most)},
	}
}

func TestLimitsOfAnOperation(t *testing.T) {
	defaults := v1alpha1.OperationLimits{Concurrency: 10, Timeout: time.Minute}
	all := v1alpha1.Limits{Concurrency: 4, RequestsPerSecond: 20, TimeoutSeconds: 30}
	with := func(l v1alpha1.Limits, overrides ...v1alpha1.LimitOverride) *v1alpha1.Limits {
		l.Operations = overrides
		return &l
	}
	defog, tagging := v1alpha1.OperationDefog, v1alpha1.OperationImageTagging
	for _, tt := range []struct {
		name   string
		limits *v1alpha1.Limits
		want   v1alpha1.OperationLimits // of Defog
	}{
		{"no limits are the defaults", nil, defaults},
		{"empty limits are the defaults", &v1alpha1.Limits{}, defaults},
		{"what is set for all holds", &all, v1alpha1.OperationLimits{Concurrency: 4, RequestsPerSecond: 20, Timeout: 30 * time.Second}},
		{
			"an override replaces all that it sets", with(all, v1alpha1.LimitOverride{Operation: defog, Concurrency: 1, RequestsPerSecond: 2, TimeoutSeconds: 300}),
			v1alpha1.OperationLimits{Concurrency: 1, RequestsPerSecond: 2, Timeout: 5 * time.Minute},
		},
		{
			"an override may allow more", with(all, v1alpha1.LimitOverride{Operation: defog, Concurrency: 100}),
			v1alpha1.OperationLimits{Concurrency: 100, RequestsPerSecond: 20, Timeout: 30 * time.Second},
		},
		{
			"what an override leaves out is the default where nothing is set for all", with(v1alpha1.Limits{}, v1alpha1.LimitOverride{Operation: defog, RequestsPerSecond: 2}),
			v1alpha1.OperationLimits{Concurrency: 10, RequestsPerSecond: 2, Timeout: time.Minute},
		},
		{
			"another operation's override says nothing", with(all, v1alpha1.LimitOverride{Operation: tagging, Concurrency: 1, TimeoutSeconds: 1}),
			v1alpha1.OperationLimits{Concurrency: 4, RequestsPerSecond: 20, Timeout: 30 * time.Second},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.limits.For(defog)); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReuseSchema(t *testing.T) {
	for _, base := range []string{imageAnalysis, enhancementJob} {
		checkRules(t, base, []rule{
			{"results may be reused", set{"spec.runPolicy.reuse": "SameNamespace"}, "", ""},
			{"results may be left alone", set{"spec.runPolicy.reuse": "Never"}, "", ""},
			{
				"results of other namespaces are not reused", set{"spec.runPolicy.reuse": "Everywhere"}, "spec.runPolicy.reuse",
				`supported values: "SameNamespace", "Never"`,
			},
		})
	}
}
