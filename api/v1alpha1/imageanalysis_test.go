package v1alpha1_test

import "testing"

const imageAnalysis = `
kind: ImageAnalysis
metadata: {name: koala}
spec:
  image: {url: "https://example.com/koala.jpg"}
  tagging: {}`

// decimalRules hold for every decimal; good is one that its own range takes.
func decimalRules(path, good string) []rule {
	rules := []rule{{path + " may be " + good, set{path: good}, "", ""}}
	for _, bad := range []string{"", "-1", "+1", ".5", "1.", "01", "1e1", "0x1", "1,5", " 1", "NaN", "0.1234567"} {
		rules = append(rules, rule{path + ` may not be "` + bad + `"`, set{path: bad}, path, `should match '^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$'`})
	}
	return append(rules,
		rule{path + " may not have five digits", set{path: "10000"}, path, "should match"},
		rule{path + " may not be a number", set{path: int64(1)}, path, "must be of type string"},
	)
}

// imageRules hold for the picture of every kind.
func imageRules() []rule {
	object := map[string]any{"bucket": "photos", "key": "koala.jpg"}
	inOBS := func(bucket, key string) set {
		return set{"spec.image": map[string]any{"obs": map[string]any{"bucket": bucket, "key": key}}}
	}
	const one = "exactly one of the fields in [url obs] must be set"
	return []rule{
		{"a picture is required", set{"spec.image": nil}, "spec.image", "Required value"},
		{"a picture may be an object", set{"spec.image": map[string]any{"obs": object}}, "", ""},
		{"a picture is not both", set{"spec.image.obs": object}, "spec.image", one},
		{"a picture is not neither", set{"spec.image": map[string]any{}}, "spec.image", one},

		{"a URL may be http", set{"spec.image.url": "http://example.com/koala.jpg?size=full"}, "", ""},
		{"a URL may not be ftp", set{"spec.image.url": "ftp://example.com/koala.jpg"}, "spec.image.url", `should match '^https?://[^\s]+$'`},
		{"a URL has no blanks", set{"spec.image.url": "https://example.com/a koala.jpg"}, "spec.image.url", "should match"},
		{"a URL has 8 characters or more", set{"spec.image.url": "http://"}, "spec.image.url", "should "},
		{"a URL may have 2048 characters", set{"spec.image.url": "https://" + long(2040)}, "", ""},
		{"a URL may not have more", set{"spec.image.url": "https://" + long(2041)}, "spec.image.url", "may not be more than 2048 bytes"},

		{"an object needs a bucket", set{"spec.image": map[string]any{"obs": map[string]any{"key": "a"}}}, "spec.image.obs.bucket", "Required value"},
		{"an object needs a key", set{"spec.image": map[string]any{"obs": map[string]any{"bucket": "photos"}}}, "spec.image.obs.key", "Required value"},
		{"a bucket may have dots and hyphens", inOBS("my.photos-2", "a"), "", ""},
		{"a bucket has no capitals", inOBS("Photos", "a"), "spec.image.obs.bucket", "should match '^[a-z0-9][a-z0-9.-]*[a-z0-9]$'"},
		{"a bucket has no slash", inOBS("photos/a", "a"), "spec.image.obs.bucket", "should match"},
		{"a bucket has 3 characters or more", inOBS("ab", "a"), "spec.image.obs.bucket", "should be at least 3 chars long"},
		{"a bucket has 63 characters or less", inOBS(long(64), "a"), "spec.image.obs.bucket", "may not be more than 63 bytes"},
		{"a key may not be empty", inOBS("photos", ""), "spec.image.obs.key", "should be at least 1 chars long"},
		{"a key may have 1024 characters", inOBS("photos", long(1024)), "", ""},
		{"a key may not have more", inOBS("photos", long(1025)), "spec.image.obs.key", "may not be more than 1024 bytes"},
	}
}

// runRules hold for every kind that makes calls.
func runRules() []rule {
	return []rule{
		{"a ClusterConnection may be used", set{"spec.connectionRef": map[string]any{"kind": "ClusterConnection", "name": "shared"}}, "", ""},
		{
			"no other kind may be used", set{"spec.connectionRef.kind": "Secret"},
			"spec.connectionRef.kind", `supported values: "Connection", "ClusterConnection"`,
		},
		{"a connection's name may not be empty", set{"spec.connectionRef.name": ""}, "spec.connectionRef.name", "should be at least 1 chars long"},
		{"a connection's name may have 253 characters", set{"spec.connectionRef.name": long(253)}, "", ""},
		{"a connection's name may not have more", set{"spec.connectionRef.name": long(254)}, "spec.connectionRef.name", "may not be more than 253 bytes"},

		{"1 attempt may be made", set{"spec.runPolicy.maxAttempts": int64(1)}, "", ""},
		{"100 attempts may be made", set{"spec.runPolicy.maxAttempts": int64(100)}, "", ""},
		{"no attempt is none", set{"spec.runPolicy.maxAttempts": int64(0)}, "spec.runPolicy.maxAttempts", "should be greater than or equal to 1"},
		{"101 attempts are too many", set{"spec.runPolicy.maxAttempts": int64(101)}, "spec.runPolicy.maxAttempts", "should be less than or equal to 100"},
		{"a lost answer may stop the run", set{"spec.runPolicy.unknownOutcome": "Fail"}, "", ""},
		{
			"a lost answer is not ignored", set{"spec.runPolicy.unknownOutcome": "Ignore"},
			"spec.runPolicy.unknownOutcome", `supported values: "RetryOnce", "Fail"`,
		},
		{"an object may be suspended", set{"spec.runPolicy.suspend": true}, "", ""},
	}
}

func TestImageAnalysisPicture(t *testing.T) { checkRules(t, imageAnalysis, imageRules()) }

func TestImageAnalysisRun(t *testing.T) { checkRules(t, imageAnalysis, runRules()) }

func TestImageAnalysisSchema(t *testing.T) {
	const limit, scenes = "spec.tagging.limit", "spec.recapture.scenes"
	checkRules(t, imageAnalysis, []rule{
		{"a spec is required", set{"spec": nil}, "spec", "Required value"},
		{"recapture alone is enough", set{"spec.tagging": nil, "spec.recapture": map[string]any{}}, "", ""},
		{"both may be asked for", set{"spec.recapture": map[string]any{}}, "", ""},
		{"nothing may not be asked for", set{"spec.tagging": nil}, "spec", "at least one of tagging and recapture must be set"},

		{"a picture may be delivered by URL", set{"spec.delivery": "URL"}, "", ""},
		{"a picture may be delivered inline", set{"spec.delivery": "Inline"}, "", ""},
		{"a picture is not delivered by post", set{"spec.delivery": "Post"}, "spec.delivery", `supported values: "Auto", "URL", "Inline"`},

		{"tags may be Chinese", set{"spec.tagging.language": "zh"}, "", ""},
		{"tags may be English", set{"spec.tagging.language": "en"}, "", ""},
		{"tags are in no other language", set{"spec.tagging.language": "de"}, "spec.tagging.language", `supported values: "zh", "en"`},
		{"1 tag may be asked for", set{limit: int64(1)}, "", ""},
		{"150 tags may be asked for", set{limit: int64(150)}, "", ""},
		{"no tag may not", set{limit: int64(0)}, limit, "should be greater than or equal to 1"},
		{"151 tags may not", set{limit: int64(151)}, limit, "should be less than or equal to 150"},
		{"a confidence may be 0", set{"spec.tagging.threshold": "0"}, "", ""},
		{"a confidence may be 100", set{"spec.tagging.threshold": "100.0"}, "", ""},
		{"a confidence is no more than 100", set{"spec.tagging.threshold": "100.01"}, "spec.tagging", "threshold must be between 0 and 100"},

		{"a score may be 0", set{"spec.recapture.threshold": "0.0"}, "", ""},
		{"a score may be 1", set{"spec.recapture.threshold": "1"}, "", ""},
		{"a score is no more than 1", set{"spec.recapture.threshold": "1.000001"}, "spec.recapture", "threshold must be between 0 and 1"},
		{"a scene may be asked for", set{scenes: []any{"recapture"}}, "", ""},
		{"a scene that nobody knows may not", set{scenes: []any{"moon"}}, scenes + "[0]", `supported values: "recapture"`},
		{"a scene is asked for once", set{scenes: []any{"recapture", "recapture"}}, scenes + "[1]", "Duplicate value"},
		{"a list of no scene is none", set{scenes: []any{}}, scenes, "should have at least 1 items"},
	})
	checkRules(t, imageAnalysis, decimalRules("spec.tagging.threshold", "59.999999"))
	checkRules(t, imageAnalysis, decimalRules("spec.recapture.threshold", "0.95"))
}
