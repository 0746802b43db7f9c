package imageanalysis

import (
	"fmt"
	"strings"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/foreign"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// Limits of the schema. What the service answers is cut to them, for an answer that status cannot take would be lost.
const (
	maxTags    = 150
	maxBoxes   = 20
	maxDetails = 16
	maxName    = 128
	maxLabel   = 64
	maxSummary = 256
)

// dropStale takes out of status what belongs to no run of the present spec, so that nobody reads an old result for a new one.
func dropStale(s *scope) {
	tagging, recapture, begun := false, false, false
	for i := range s.operations {
		begun = begun || s.IsBegun(s.operations[i].run)
		done := s.operations[i].decision.Next == ledger.Done
		switch s.operations[i].name {
		case ais.ImageTagging:
			tagging = done
		case ais.RecaptureDetection:
			recapture = done
		default:
		}
	}
	if !tagging {
		s.Object.Status.Tagging = nil
	}
	if !recapture {
		s.Object.Status.Recapture = nil
	}
	if !begun {
		s.Object.Status.Image = nil // It may be that of another reference.
	}
	s.Object.Status.Summary = summarise(s.Object)
}

func taggingResult(result *ais.TagImagesResult) *v1alpha1.TaggingResult {
	tags := result.Tags[:min(len(result.Tags), maxTags)]
	out := &v1alpha1.TaggingResult{Tags: make([]v1alpha1.Tag, 0, len(tags))}
	for _, t := range tags {
		if t.Name == "" {
			continue
		}
		shown := t.Instances[:min(len(t.Instances), maxBoxes)]
		tag := v1alpha1.Tag{
			Name:         foreign.Text(t.Name, maxName),
			Names:        v1alpha1.TagNames{EN: foreign.Text(t.Names.English, maxName), ZH: foreign.Text(t.Names.Chinese, maxName)},
			Type:         foreign.Text(t.Type, maxLabel),
			Confidence:   foreign.Decimal(string(t.Confidence)),
			OmittedBoxes: int32(len(t.Instances) - len(shown)), //nolint:gosec // An answer is bounded: there are fewer than 2^31.
		}
		for _, i := range shown {
			tag.Boxes = append(tag.Boxes, v1alpha1.Box{
				Left: foreign.Decimal(string(i.Box.TopLeftX)), Top: foreign.Decimal(string(i.Box.TopLeftY)),
				Width: foreign.Decimal(string(i.Box.Width)), Height: foreign.Decimal(string(i.Box.Height)),
				Confidence: foreign.Decimal(string(i.Confidence)),
			})
		}
		out.Tags = append(out.Tags, tag)
	}
	return out
}

func recaptureResult(result *ais.DetectRecaptureResult) *v1alpha1.RecaptureResult {
	out := &v1alpha1.RecaptureResult{
		Verdict:  v1alpha1.Verdict(result.Verdict),
		Category: foreign.Text(result.Category, maxLabel),
		Score:    foreign.Decimal(string(result.Score)),
	}
	for _, d := range result.Details[:min(len(result.Details), maxDetails)] {
		if d.Label == "" {
			continue
		}
		out.Details = append(out.Details, v1alpha1.RecaptureDetail{
			Label: foreign.Text(d.Label, maxLabel), Confidence: foreign.Decimal(string(d.Confidence)),
		})
	}
	return out
}

// summarise tells the results in one line: the first tags, then the verdict.
func summarise(ia *v1alpha1.ImageAnalysis) string {
	const shown = 3
	var parts []string
	if t := ia.Status.Tagging; t != nil {
		var names []string
		for _, tag := range t.Tags[:min(len(t.Tags), shown)] {
			names = append(names, tag.Name)
		}
		switch more := len(t.Tags) - shown; {
		case len(t.Tags) == 0:
			names = []string{"no tags"}
		case more > 0:
			names = append(names, fmt.Sprintf("+%d", more))
		}
		parts = append(parts, strings.Join(names, ", "))
	}
	if r := ia.Status.Recapture; r != nil {
		verdict := string(r.Verdict)
		if r.Score != "" {
			verdict += " " + string(r.Score)
		}
		parts = append(parts, verdict)
	}
	return foreign.Text(strings.Join(parts, "; "), maxSummary)
}
