package main

import (
	"bytes"
	"image"
	"path"
	"strconv"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/hack/demo/page"
)

// inputOf finds the picture that a spec names; nil for what is no picture of the gallery.
func (s *stage) inputOf(source v1alpha1.ImageSource) *page.Picture {
	name := path.Base(source.URL)
	if source.OBS != nil {
		name = source.OBS.Key
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(s.gallery.files[name]))
	if err != nil {
		return nil
	}
	return &page.Picture{File: name, Width: config.Width, Height: config.Height}
}

// showAnalysis takes over what was found out.
func showAnalysis(o *page.Object, status *v1alpha1.ImageAnalysisStatus) {
	if r := status.Recapture; r != nil {
		o.Verdict, o.Score = string(r.Verdict), string(r.Score)
	}
	if status.Tagging == nil {
		return
	}
	for _, t := range status.Tagging.Tags {
		tag := page.Tag{Name: t.Name, Type: t.Type, Confidence: float(t.Confidence)}
		for _, b := range t.Boxes {
			tag.Boxes = append(tag.Boxes, page.Box{X: float(b.Left), Y: float(b.Top), W: float(b.Width), H: float(b.Height)})
		}
		o.Tags = append(o.Tags, tag)
	}
}

// float reads a decimal; the schema lets no other text pass.
func float(d v1alpha1.Decimal) float64 {
	f, err := strconv.ParseFloat(string(d), 64)
	if err != nil {
		return 0
	}
	return f
}
