package api

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
	"github.com/ais-operator/ais-operator/internal/engine/recapture"
)

const (
	sceneRecapture            = "recapture" // the only scene of the API
	labelRecapture            = "recapture"
	labelOriginal             = "original"
	defaultRecaptureThreshold = 0.95
)

// recaptureParameters are those of table 4-1.
type recaptureParameters struct {
	source
	Threshold number   `json:"threshold"`
	Scene     []string `json:"scene"`
}

type recaptureTask struct {
	threshold float64
}

// parseRecapture reads the parameters of recapture detection. A threshold out of
// range is the default; an empty list of scenes is all of them.
func parseRecapture(b body) (source, task, *Error) {
	var p recaptureParameters
	if err := b.decode(&p, recognition); err != nil {
		return p.source, nil, err
	}
	for _, scene := range p.Scene {
		if scene != sceneRecapture {
			return p.source, nil, fail(recognition.parameter)
		}
	}
	return p.source, recaptureTask{threshold: p.Threshold.orWithin(0, 1, defaultRecaptureThreshold)}, nil
}

func (t recaptureTask) memory(width, height int) int64 { return recapture.Memory(width, height) }

func (t recaptureTask) run(ctx context.Context, img *image.NRGBA, _ picture.Header) (*reply, error) {
	found, err := recapture.Detect(ctx, img)
	if err != nil {
		return nil, err
	}
	return jsonResult(judge(found.Score, t.threshold))
}

// recaptureResult is the result of table 4-2. Numbers are strings, as in the
// reference's example.
type recaptureResult struct {
	Suggestion string        `json:"suggestion"`
	Category   string        `json:"category"`
	Score      string        `json:"score"`
	Detail     []labelDetail `json:"detail"`
}

type labelDetail struct {
	Label      string `json:"label"`
	Confidence string `json:"confidence"`
}

// judge turns the probability p of a recapture into a verdict at threshold t:
//
//	p >= t      false        category "recapture", score p
//	p <= 1 - t  true         category "",          score 1 - p
//	otherwise   uncertainty  category "recapture", score p, both labels in detail
//
// So an original has to be as certain as a recapture has to be. A threshold
// below 0.5 leaves no uncertainty, and the first line goes first. p is rounded
// as it is shown, so that the verdict can be recomputed from the answer.
func judge(p, t float64) recaptureResult {
	const precision = 1e4
	p = math.Round(p*precision) / precision
	recaptured := labelDetail{labelRecapture, fraction(p)}
	original := labelDetail{labelOriginal, fraction(1 - p)}
	switch {
	case p >= t:
		return recaptureResult{"false", labelRecapture, recaptured.Confidence, []labelDetail{recaptured}}
	case math.Round((1-p)*precision)/precision >= t:
		return recaptureResult{"true", "", original.Confidence, []labelDetail{original}}
	case p >= 0.5:
		return recaptureResult{"uncertainty", labelRecapture, recaptured.Confidence, []labelDetail{recaptured, original}}
	default:
		return recaptureResult{"uncertainty", labelRecapture, recaptured.Confidence, []labelDetail{original, recaptured}}
	}
}

// fraction is a confidence as the API writes it: "0.9998".
func fraction(x float64) string { return fmt.Sprintf("%.4f", x) }
