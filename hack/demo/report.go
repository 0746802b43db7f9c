package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/hack/demo/page"
)

// Files of the report.
const (
	pageFile    = "index.html"
	resultsFile = "results.json"
)

// maxOutput bounds an output that is read back, in bytes.
const maxOutput = 64 << 20

// result is one object in results.json.
type result struct {
	Kind        string `json:"kind"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	Ready       string `json:"ready"`
	Reason      string `json:"reason"`
	Message     string `json:"message"`
	Summary     string `json:"summary"`
	BilledCalls int    `json:"billedCalls"`
	Output      string `json:"output"` // file beside results.json, or empty
}

// report writes what has become of the objects, says it, and returns in what they have not ended as they should.
func (s *stage) report(ctx context.Context, samples []sample, rows []row) ([]error, error) {
	var problems []error
	objects, list := make([]page.Object, len(rows)), make([]result, len(rows))
	for i, r := range rows {
		o, problem, err := s.show(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.key, err)
		}
		if problem != nil {
			problems = append(problems, problem)
		}
		o.Manifest = manifestOf(samples, r.key)
		objects[i] = o
		list[i] = result{
			Kind: r.kind, Namespace: r.namespace, Name: r.name, Ready: r.ready, Reason: r.reason, Message: r.message,
			Summary: r.summary, BilledCalls: r.billed,
		}
		if o.Output != nil {
			list[i].Output = o.Output.File
		}
	}
	if err := s.writeFiles(objects, list); err != nil {
		return nil, err
	}
	fmt.Printf("\n%s", summarise(rows, !isTerminal(os.Stdout)))
	problem, err := s.compareBills(ctx, rows)
	if problem != nil {
		problems = append(problems, problem)
	}
	fmt.Printf("Look at %s; the same for programs is in %s.\n", filepath.Join(s.out, pageFile), filepath.Join(s.out, resultsFile))
	return problems, err
}

// compareBills holds what the objects say to have cost against what the engine says to have done.
func (s *stage) compareBills(ctx context.Context, rows []row) (problem, err error) {
	billed := 0
	for _, r := range rows {
		billed += r.billed
	}
	answered, err := s.billedByEngine(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Printf("Billed calls: %d in the objects' status, %d in the engine's metrics.\n", billed, answered)
	if billed != answered {
		return fmt.Errorf("the objects say that %d calls were billed, and the engine has answered %d", billed, answered), nil
	}
	return nil, nil
}

// show makes an object's part of the page, and fetches its output. The problem is in what it has not ended as it should.
func (s *stage) show(ctx context.Context, r row) (o page.Object, problem, err error) {
	o = page.Object{
		Kind: r.kind, Namespace: r.namespace, Name: r.name, Ready: cmp.Or(r.ready, "Unknown"), Reason: r.reason, Message: r.message,
		Summary: r.summary, BilledCalls: r.billed,
	}
	if o.Message == o.Summary {
		o.Message = "" // once is enough
	}
	if _, ok := refused[r.name]; ok {
		o.Expected = "Stalled"
	}
	problem = r.check()
	switch x := r.object.(type) {
	case *v1alpha1.ImageAnalysis:
		o.Input = s.inputOf(x.Spec.Image)
		showAnalysis(&o, &x.Status)
	case *v1alpha1.EnhancementJob:
		o.Input = s.inputOf(x.Spec.Image)
		if x.Status.Output != nil {
			wrong, err := s.showJob(ctx, &o, x)
			if err != nil {
				return o, nil, err
			}
			problem = cmp.Or(problem, wrong)
		}
	}
	return o, problem, nil
}

// showJob fetches the output of a job and measures it.
func (s *stage) showJob(ctx context.Context, o *page.Object, job *v1alpha1.EnhancementJob) (problem, err error) {
	stored := job.Status.Output
	data, _, err := s.storage.Get(ctx, stored.Bucket, stored.Key, maxOutput)
	if err != nil {
		return nil, err
	}
	after, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decode the output: %w", err)
	}
	name := job.Name + "-output." + strings.Replace(format, "jpeg", "jpg", 1)
	if err := os.WriteFile(filepath.Join(s.out, name), data, 0o644); err != nil {
		return nil, err
	}
	o.Output = &page.Picture{File: name, Width: after.Bounds().Dx(), Height: after.Bounds().Dy()}
	if o.Input == nil {
		return nil, nil
	}
	before, _, err := image.Decode(bytes.NewReader(s.gallery.files[o.Input.File]))
	if err != nil {
		return nil, fmt.Errorf("decode the input: %w", err)
	}
	figures, problem := judge(job, before, after, s.gallery.truth)
	o.Figures = figures
	if problem != nil {
		problem = fmt.Errorf("EnhancementJob %s/%s: %w", job.Namespace, job.Name, problem)
	}
	return problem, nil
}

func (s *stage) writeFiles(objects []page.Object, list []result) error {
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, resultsFile), append(text, '\n'), 0o644); err != nil {
		return err
	}
	// The pictures first: connections have none.
	rank := map[string]int{"EnhancementJob": 0, "ImageAnalysis": 1, "Connection": 2, "ClusterConnection": 3}
	slices.SortStableFunc(objects, func(a, b page.Object) int { return cmp.Compare(rank[a.Kind], rank[b.Kind]) })
	var b bytes.Buffer
	err = page.Write(&b, page.Report{
		Title: "AIS Operator demo",
		Intro: "What became of the objects of config/samples on a real control plane. Every picture was rendered for this run, so that it is " +
			"known what haze and reduction took away.",
		Objects: objects,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.out, pageFile), b.Bytes(), 0o644)
}

// summarise is the table of the end, unless it stands on the terminal already, and in full the messages of what is not Ready.
func summarise(rows []row, withTable bool) string {
	var b bytes.Buffer
	if withTable {
		for _, line := range formatTable(rows, time.Now(), false) {
			fmt.Fprintln(&b, line)
		}
		fmt.Fprintln(&b)
	}
	for _, r := range rows {
		if r.ready != "True" {
			fmt.Fprintf(&b, "%s: %s\n", r.key, r.message)
		}
	}
	return b.String()
}

func manifestOf(samples []sample, k key) string {
	for _, x := range samples {
		if (key{x.object.GetKind(), x.object.GetNamespace(), x.object.GetName()}) == k {
			return x.manifest
		}
	}
	return ""
}
