package api

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/tagging"
)

func TestNumbers(t *testing.T) {
	cases := []struct {
		json string
		want number
		ok   bool
	}{
		{`60`, number{true, 60}, true},
		{`60.5`, number{true, 60.5}, true},
		{`"1.5"`, number{true, 1.5}, true},
		{`" -1 "`, number{true, -1}, true},
		{`1e2`, number{true, 100}, true},
		{`null`, number{}, true},
		{`""`, number{}, true},
		{`"NaN"`, number{}, false},
		{`"Inf"`, number{}, false},
		{`"0x10"`, number{}, false},
		{`"1_000"`, number{}, false},
		{`"1e999"`, number{}, false},
		{`true`, number{}, false},
		{`[1]`, number{}, false},
		{`{}`, number{}, false},
		{`"60%"`, number{}, false},
	}
	for _, c := range cases {
		var got number
		err := json.Unmarshal([]byte(c.json), &got)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%s was read as %+v, %v", c.json, got, err)
		}
	}
}

func TestFlags(t *testing.T) {
	cases := []struct {
		json string
		want flag
		ok   bool
	}{
		{`true`, flag{true, true}, true},
		{`false`, flag{true, false}, true},
		{`"True"`, flag{true, true}, true},
		{`"false"`, flag{true, false}, true},
		{`null`, flag{}, true},
		{`""`, flag{}, true},
		{`1`, flag{}, false},
		{`"yes"`, flag{}, false},
		{`[]`, flag{}, false},
	}
	for _, c := range cases {
		var got flag
		err := json.Unmarshal([]byte(c.json), &got)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%s was read as %+v, %v", c.json, got, err)
		}
	}
}

func TestJudge(t *testing.T) {
	recaptured := func(score string) recaptureResult {
		return recaptureResult{"false", "recapture", score, []labelDetail{{"recapture", score}}}
	}
	original := func(score string) recaptureResult {
		return recaptureResult{"true", "", score, []labelDetail{{"original", score}}}
	}
	cases := []struct {
		name string
		p, t float64
		want recaptureResult
	}{
		{"the reference's example", .9998, .99, recaptured("0.9998")},
		{"just at the threshold", .95, .95, recaptured("0.9500")},
		{"at the threshold when rounded", .949951, .95, recaptured("0.9500")},
		{"just below the threshold", .9499, .95, recaptureResult{
			"uncertainty", "recapture", "0.9499", []labelDetail{{"recapture", "0.9499"}, {"original", "0.0501"}},
		}},
		{"rather an original", .06, .95, recaptureResult{
			"uncertainty", "recapture", "0.0600", []labelDetail{{"original", "0.9400"}, {"recapture", "0.0600"}},
		}},
		{"just an original", .05, .95, original("0.9500")},
		{"surely an original", 0, 1, original("1.0000")},
		{"surely a recapture", 1, 1, recaptured("1.0000")},
		{"a low threshold leaves no doubt", .4, .3, recaptured("0.4000")},
		{"a low threshold and an original", .2, .3, original("0.8000")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, judge(c.p, c.t)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTagsThatAreChosen(t *testing.T) {
	tags := []tagging.Tag{{EN: "a", Confidence: 99}, {EN: "b", Confidence: 59.996}, {EN: "c", Confidence: 59.99}, {EN: "d", Confidence: 0}}
	cases := []struct {
		name string
		task taggingTask
		want string
	}{
		{"those at the threshold when rounded", taggingTask{threshold: 60, limit: 50}, "ab"},
		{"at most the limit, the best first", taggingTask{threshold: 0, limit: 3}, "abc"},
		{"all without a limit", taggingTask{threshold: 0, limit: noLimit}, "abcd"},
		{"none", taggingTask{threshold: 100, limit: 1}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, tag := range c.task.choose(tags) {
				got += tag.EN
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// taggingNumbers are the parameters of a tagging task that can be compared.
type taggingNumbers struct {
	Language  string
	Threshold float64
	Limit     int
}

func TestTaggingParameters(t *testing.T) {
	const bad = "AIS.0501"
	cases := []struct {
		json       string
		v2, v1     taggingNumbers
		bad2, bad1 string
	}{
		{json: `{}`, v2: taggingNumbers{"zh", 60, 50}, v1: taggingNumbers{"zh", 0, 30}},
		{json: `{"language":"","threshold":null,"limit":""}`, v2: taggingNumbers{"zh", 60, 50}, v1: taggingNumbers{"zh", 0, 30}},
		{json: `{"language":"en","threshold":"70.5","limit":"5"}`, v2: taggingNumbers{"en", 70.5, 5}, v1: taggingNumbers{"en", 70.5, 5}},
		{json: `{"threshold":0,"limit":1}`, v2: taggingNumbers{"zh", 0, 1}, v1: taggingNumbers{"zh", 0, 1}},
		{json: `{"threshold":100,"limit":150}`, v2: taggingNumbers{"zh", 100, 150}, v1: taggingNumbers{"zh", 100, 150}},
		{json: `{"threshold":100.1}`, bad2: bad, v1: taggingNumbers{"zh", 0, 30}},
		{json: `{"threshold":-1}`, bad2: bad, v1: taggingNumbers{"zh", 0, 30}},
		{json: `{"limit":151}`, bad2: bad, v1: taggingNumbers{"zh", 0, 151}},
		{json: `{"limit":-1}`, bad2: bad, v1: taggingNumbers{"zh", 0, -1}},
		{json: `{"limit":0}`, bad2: bad, bad1: bad},
		{json: `{"limit":1.5}`, bad2: bad, bad1: bad},
		{json: `{"limit":1e300}`, bad2: bad, bad1: bad},
		{json: `{"language":"fr"}`, bad2: bad, bad1: bad},
		{json: `{"language":1}`, bad2: bad, bad1: bad},
		{json: `{"threshold":"high"}`, bad2: bad, bad1: bad},
		{json: `{"image":1}`, bad2: bad, bad1: bad},
		{json: `[]`, bad2: "AIS.0014", bad1: "AIS.0014"},
		{json: `{`, bad2: "AIS.0014", bad1: "AIS.0014"},
		{json: ``, bad2: "AIS.0014", bad1: "AIS.0014"},
		{json: `{} {}`, bad2: "AIS.0014", bad1: "AIS.0014"},
	}
	check := func(t *testing.T, text string, parse func(body) (source, task, *Error), want taggingNumbers, bad string) {
		t.Helper()
		_, parsed, err := parse(body{json: []byte(text)})
		if err != nil || bad != "" {
			if err == nil || err.Code != bad {
				t.Errorf("error %v, want %q", err, bad)
			}
			return
		}
		got := parsed.(taggingTask)
		if diff := cmp.Diff(want, taggingNumbers{got.language, got.threshold, got.limit}); diff != "" {
			t.Errorf("parameters (-want +got):\n%s", diff)
		}
	}
	for _, c := range cases {
		t.Run(c.json, func(t *testing.T) {
			check(t, c.json, parseTaggingV2, c.v2, c.bad2)
			check(t, c.json, parseTaggingV1, c.v1, c.bad1)
		})
	}
}

func TestOtherParameters(t *testing.T) {
	cases := []struct {
		parse      func(body) (source, task, *Error)
		json, want string // a code, empty when valid
	}{
		{parseRecapture, `{"threshold":2}`, ""}, // the default is used
		{parseRecapture, `{"scene":["recapture"]}`, ""},
		{parseRecapture, `{"scene":[]}`, ""},
		{parseRecapture, `{"scene":["print"]}`, "AIS.0501"},
		{parseRecapture, `{"scene":"recapture"}`, "AIS.0501"},
		{parseDarkEnhance, `{}`, ""},
		{parseDarkEnhance, `{"brightness":0}`, ""},
		{parseDarkEnhance, `{"brightness":"1"}`, ""},
		{parseDarkEnhance, `{"brightness":1.01}`, "AIS.0203"},
		{parseDarkEnhance, `{"brightness":-0.1}`, "AIS.0203"},
		{parseDefog, `{"gamma":"0.1","natural_look":"false"}`, ""},
		{parseDefog, `{"gamma":10,"natural_look":false}`, ""},
		{parseDefog, `{"gamma":0}`, "AIS.0203"},
		{parseDefog, `{"gamma":10.5}`, "AIS.0203"},
		{parseDefog, `{"natural_look":"maybe"}`, "AIS.0203"},
		{parseSuperResolution, `{"scale":3,"model":"ESPCN"}`, ""},
		{parseSuperResolution, `{"scale":"4","model":"SRCNN"}`, ""},
		{parseSuperResolution, `{"model":""}`, ""},
		{parseSuperResolution, `{"scale":2}`, "AIS.0203"},
		{parseSuperResolution, `{"scale":3.5}`, "AIS.0203"},
		{parseSuperResolution, `{"model":"espcn"}`, "AIS.0203"},
		{parseSuperResolution, `"x"`, "AIS.0014"},
	}
	for _, c := range cases {
		_, _, err := c.parse(body{json: []byte(c.json)})
		got := ""
		if err != nil {
			got = err.Code
		}
		if got != c.want {
			t.Errorf("%s: code %q, want %q", c.json, got, c.want)
		}
	}
}

func TestDefaultsOfTheRest(t *testing.T) {
	_, parsed, _ := parseRecapture(body{json: []byte(`{"threshold":7}`)})
	if got := parsed.(recaptureTask).threshold; got != 0.95 {
		t.Errorf("recapture threshold %v", got)
	}
	_, parsed, _ = parseSuperResolution(body{json: []byte(`{}`)})
	if got := parsed.(enhanceTask).scale; got != 3 {
		t.Errorf("scale %v", got)
	}
}
