package page_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/hack/demo/page"
)

func write(t *testing.T, objects ...page.Object) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, page.Report{Title: "A run", Objects: objects}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	job = page.Object{
		Kind: "EnhancementJob", Namespace: "shop", Name: "lake", Ready: "True", Reason: "Succeeded", Message: "Stored.", BilledCalls: 1,
		Input: &page.Picture{File: "in.png", Width: 200, Height: 100}, Output: &page.Picture{File: "out.png", Width: 600, Height: 300},
		Figures: []page.Figure{{Name: "Haze", Before: "0.40", After: "0.10", Note: "lower is clearer"}}, Manifest: "kind: EnhancementJob\n",
	}
	analysis = page.Object{
		Kind: "ImageAnalysis", Namespace: "shop", Name: "koala", Ready: "True", Reason: "Succeeded", BilledCalls: 2, Verdict: "Recaptured", Score: "0.97",
		Input: &page.Picture{File: "koala.jpg", Width: 400, Height: 200},
		Tags: []page.Tag{
			{Name: "Koala", Type: "animal", Confidence: 98.5, Boxes: []page.Box{{X: 100, Y: 50, W: 40, H: 20}}},
			{Name: "Tree", Confidence: 71},
		},
	}
	refused = page.Object{
		Kind: "EnhancementJob", Namespace: "shop", Name: "small", Ready: "False", Reason: "Rejected", Message: "The picture is 12 x 9 pixels.", Expected: "Stalled",
	}
	waiting = page.Object{Kind: "VideoAnalysis", Namespace: "shop", Name: "clip", Ready: "Unknown", Reason: "Waiting", Message: "Not there yet."}
)

func TestThePageShows(t *testing.T) {
	tests := []struct {
		name   string
		object page.Object
		want   []string
	}{
		{"both pictures of a job and how much larger the second is", job, []string{
			`<img src="in.png" width="200" height="100" alt="Before"`, `<img src="out.png" width="600" height="300" alt="After"`, `<span class="chip">3×</span>`,
		}},
		{"a job's figures and manifest", job, []string{
			`<th scope="row">Haze</th><td class="num">0.40</td><td class="num">0.10</td><td class="note">lower is clearer</td>`, `<pre><code>kind: EnhancementJob`,
		}},
		{"boxes as shares of the picture", analysis, []string{`left:25.00%;top:25.00%;width:10.00%;height:10.00%`, `<em>Koala</em>`}},
		{"tags with the length of their bar", analysis, []string{`<span class="value">98.5</span>`, `<i style="width:98.50%">`, `<i style="width:71.00%">`}},
		{"the verdict with its score", analysis, []string{`<div class="verdict recaptured">`, `<b>Recaptured</b>`, `score 0.97`}},
		{"a refused object with its message as meant", refused, []string{
			`Stalled, as intended</span>`, `The picture is 12 x 9 pixels.`, `Nothing was billed`, `<article class="card stalled" id="enhancementjob-shop-small">`,
		}},
		{"an object that should be ready as unexpected", waiting, []string{`<article class="card unexpected"`, `Not there yet.`, `Ready=Unknown`}},
		{"the name of a kind in words", waiting, []string{`Video analysis`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			html := write(t, tt.object)
			for _, want := range tt.want {
				if !strings.Contains(html, want) {
					t.Errorf("the page does not contain %q", want)
				}
			}
		})
	}
}

func TestTotals(t *testing.T) {
	type totals struct{ Ready, Refused, Surprising, Billed int }
	accepted := refused
	accepted.Ready = "True"
	tests := []struct {
		name    string
		objects []page.Object
		want    totals
	}{
		{"no objects", nil, totals{}},
		{"all as meant", []page.Object{job, analysis, refused}, totals{Ready: 2, Refused: 1, Billed: 3}},
		{"one that is still waiting", []page.Object{job, waiting}, totals{Ready: 1, Surprising: 1, Billed: 1}},
		{"one that ought to have been refused", []page.Object{accepted}, totals{Ready: 1, Surprising: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := page.Report{Objects: tt.objects}
			if diff := cmp.Diff(tt.want, totals{r.Succeeded(), r.Refused(), r.Surprising(), r.BilledCalls()}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	html := write(t, job, analysis, refused, waiting)
	if found := regexp.MustCompile(`(?i)https?://|<script|<link|@import|url\(`).FindAllString(html, -1); found != nil {
		t.Errorf("the page refers to %q", found)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !regexp.MustCompile(`^(#[a-z-]+|in\.png|out\.png|koala\.jpg)$`).MatchString(m[1]) {
			t.Errorf("the page refers to %q", m[1])
		}
	}
}

func TestForeignTextStaysText(t *testing.T) {
	hostile := analysis
	hostile.Message, hostile.Name = `<script>alert(1)</script>`, `"><img>`
	hostile.Tags = []page.Tag{{Name: `<b>x`, Boxes: []page.Box{{X: 1, Y: 1, W: 1, H: 1}}}}
	hostile.Input = &page.Picture{File: "javascript:alert(1)"}
	html := write(t, hostile)
	for _, bad := range []string{"<script", `"><img>`, "<b>x", "javascript:alert", "NaN", "Inf"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteReportsTheWritersError(t *testing.T) {
	if err := page.Write(brokenWriter{}, page.Report{Objects: []page.Object{job}}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want %v", err, errBroken)
	}
}
