package v1alpha1_test

import "testing"

const enhancementJob = `
kind: EnhancementJob
metadata: {name: koala}
spec:
  image: {url: "https://example.com/koala.jpg"}
  defog: {}
  output: {obs: {bucket: results}}`

func TestEnhancementJobPicture(t *testing.T) { checkRules(t, enhancementJob, imageRules()) }

func TestEnhancementJobRun(t *testing.T) { checkRules(t, enhancementJob, runRules()) }

func TestEnhancementJobSchema(t *testing.T) {
	const (
		one    = "exactly one of the fields in [darkEnhance defog superResolution] must be set"
		scale  = "spec.superResolution.scale"
		bucket = "spec.output.obs.bucket"
		key    = "spec.output.obs.key"
	)
	instead := func(s set) set {
		s["spec.defog"] = nil
		return s
	}
	checkRules(t, enhancementJob, []rule{
		{"a spec is required", set{"spec": nil}, "spec", "Required value"},
		{"a picture may be brightened", instead(set{"spec.darkEnhance": map[string]any{}}), "", ""},
		{"a picture may be enlarged", instead(set{"spec.superResolution": map[string]any{}}), "", ""},
		{"nothing may not be asked for", set{"spec.defog": nil}, "spec", one},
		{"two things may not be asked for", set{"spec.darkEnhance": map[string]any{}}, "spec", one},

		{"a brightness may be 0", instead(set{"spec.darkEnhance.brightness": "0"}), "", ""},
		{"a brightness may be 1", instead(set{"spec.darkEnhance.brightness": "1.0"}), "", ""},
		{"a brightness is no more than 1", instead(set{"spec.darkEnhance.brightness": "1.1"}), "spec.darkEnhance", "brightness must be between 0 and 1"},

		{"a gamma may be 0.1", set{"spec.defog.gamma": "0.1"}, "", ""},
		{"a gamma may be 10", set{"spec.defog.gamma": "10"}, "", ""},
		{"a gamma is no less than 0.1", set{"spec.defog.gamma": "0.099999"}, "spec.defog", "gamma must be between 0.1 and 10"},
		{"a gamma is no more than 10", set{"spec.defog.gamma": "10.01"}, "spec.defog", "gamma must be between 0.1 and 10"},
		{"a picture may look unnatural", set{"spec.defog.naturalLook": false}, "", ""},

		{"a picture may grow 3 times", instead(set{scale: int64(3)}), "", ""},
		{"a picture may grow 4 times", instead(set{scale: int64(4)}), "", ""},
		{"a picture may not grow twice", instead(set{scale: int64(2)}), scale, "should be greater than or equal to 3"},
		{"a picture may not grow 5 times", instead(set{scale: int64(5)}), scale, "should be less than or equal to 4"},
		{"a model may be ESPCN", instead(set{"spec.superResolution.model": "ESPCN"}), "", ""},
		{"a model may be SRCNN", instead(set{"spec.superResolution.model": "SRCNN"}), "", ""},
		{
			"a model is one that the service has", instead(set{"spec.superResolution.model": "GAN"}),
			"spec.superResolution.model", `supported values: "ESPCN", "SRCNN"`,
		},

		{"an output is required", set{"spec.output": nil}, "spec.output", "Required value"},
		{"an output needs a place", set{"spec.output": map[string]any{}}, "spec.output.obs", "Required value"},
		{"an output needs a bucket", set{"spec.output.obs": map[string]any{}}, bucket, "Required value"},
		{"a bucket has no capitals", set{bucket: "Results"}, bucket, "should match '^[a-z0-9][a-z0-9.-]*[a-z0-9]$'"},
		{"a bucket has 3 characters or more", set{bucket: "ab"}, bucket, "should be at least 3 chars long"},
		{"a bucket has 63 characters or less", set{bucket: long(64)}, bucket, "may not be more than 63 bytes"},
		{"a key may be chosen", set{key: long(1024)}, "", ""},
		{"a key may not be longer", set{key: long(1025)}, key, "may not be more than 1024 bytes"},
		{"a key may not be empty", set{key: ""}, key, "should be at least 1 chars long"},
	})
	checkRules(t, enhancementJob, decimalRules("spec.defog.gamma", "9.999999"))
}
