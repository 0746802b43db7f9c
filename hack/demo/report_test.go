package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/hack/demo/page"
)

func TestTheFilesOfTheReport(t *testing.T) {
	s := &stage{options: options{out: t.TempDir()}}
	objects := []page.Object{{Kind: "Connection", Name: "c"}, {Kind: "ImageAnalysis", Name: "a"}, {Kind: "EnhancementJob", Name: "e"}}
	list := []result{{Kind: "EnhancementJob", Namespace: "demo", Name: "dark", Ready: "True", BilledCalls: 1, Output: "dark-output.jpg"}}
	if err := s.writeFiles(objects, list); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	text, err := os.ReadFile(filepath.Join(s.out, resultsFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"kind": "EnhancementJob", "namespace": "demo", "name": "dark", "ready": "True", "reason": "", "message": "", "summary": "",
		"billedCalls": 1.0, "output": "dark-output.jpg",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results.json (-want +got):\n%s", diff)
	}
	html, err := os.ReadFile(filepath.Join(s.out, pageFile))
	if err != nil {
		t.Fatal(err)
	}
	job, connection := strings.Index(string(html), `id="enhancementjob--e"`), strings.Index(string(html), `id="connection--c"`)
	if job < 0 || connection < job {
		t.Errorf("the job is at %d of the page and the connection at %d, want it behind", job, connection)
	}
}

func TestAnAnalysisOnThePage(t *testing.T) {
	s := &stage{gallery: gallery{files: map[string][]byte{"small.png": mustEncode(t), "text.jpg": []byte("text")}}}
	status := v1alpha1.ImageAnalysisStatus{
		Recapture: &v1alpha1.RecaptureResult{Verdict: v1alpha1.VerdictOriginal, Score: "0.97"},
		Tagging: &v1alpha1.TaggingResult{Tags: []v1alpha1.Tag{{
			Name: "bar code", Type: "object", Confidence: "98.5", Boxes: []v1alpha1.Box{{Left: "1", Top: "2", Width: "3.5", Height: "4"}},
		}}},
	}
	got := page.Object{Input: s.inputOf(v1alpha1.ImageSource{URL: "http://127.0.0.1:8080/small.png"})}
	showAnalysis(&got, &status)
	want := page.Object{
		Input: &page.Picture{File: "small.png", Width: 8, Height: 8}, Verdict: "Original", Score: "0.97",
		Tags: []page.Tag{{Name: "bar code", Type: "object", Confidence: 98.5, Boxes: []page.Box{{X: 1, Y: 2, W: 3.5, H: 4}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, key := range []string{"text.jpg", "missing.jpg"} {
		if p := s.inputOf(v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Key: key}}); p != nil {
			t.Errorf("%s is shown as %+v", key, p)
		}
	}
}

func mustEncode(t *testing.T) []byte {
	t.Helper()
	data, err := encode("small.png", scene(8, same))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
