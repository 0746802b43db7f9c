package ais

import (
	"context"
	"encoding/json"
	"errors"
)

// DetectRecaptureRequest asks whether a picture was taken of another picture.
// What is unset is not sent, and the service's own default holds.
type DetectRecaptureRequest struct {
	Image Image
	// Threshold separates real from fake, from 0 to 1; the service's default
	// is 0.95.
	Threshold Decimal
	// Scenes are what to look for; "recapture" is the only one there is. None:
	// all.
	Scenes []string
}

// DetectRecaptureResult is the verdict on a picture.
type DetectRecaptureResult struct {
	Verdict Verdict
	// Category names the kind of fake; empty for an original.
	Category string
	// Score is the overall confidence, from 0 to 1.
	Score Decimal
	// Details are the confidences of the single findings.
	Details []RecaptureDetail
	// Raw is the whole answer.
	Raw json.RawMessage
	// RequestID identifies the call to the vendor's support.
	RequestID string
}

// RecaptureDetail is one finding.
type RecaptureDetail struct {
	// Label is "original" or "recapture".
	Label string `json:"label"`
	// Confidence is from 0 to 1.
	Confidence Decimal `json:"confidence"`
}

// Verdict says whether a picture is an original.
type Verdict string

// The verdicts; the API calls them suggestion true, false and uncertainty.
const (
	VerdictOriginal   Verdict = "Original"
	VerdictRecaptured Verdict = "Recaptured"
	VerdictUncertain  Verdict = "Uncertain"
)

// UnmarshalJSON reads a suggestion, which decides alone what the answer means:
// an unknown one is an answer that was not understood.
func (v *Verdict) UnmarshalJSON(data []byte) error {
	var suggestion text
	if err := suggestion.UnmarshalJSON(data); err != nil {
		return err
	}
	switch suggestion {
	case "true":
		*v = VerdictOriginal
	case "false":
		*v = VerdictRecaptured
	case "uncertainty":
		*v = VerdictUncertain
	default:
		return errors.New("the suggestion is none of true, false and uncertainty")
	}
	return nil
}

// DetectRecapture tells an original from a picture of a picture: API reference
// 4.1.
// https://support.huaweicloud.com/intl/en-us/api-image/image_03_0026.html
//
//ais:operation POST /v1.0/image/recapture-detect
func (c *Client) DetectRecapture(ctx context.Context, call Call, req DetectRecaptureRequest) (*DetectRecaptureResult, error) {
	params := struct {
		Threshold Decimal  `json:"threshold,omitempty"`
		Scene     []string `json:"scene,omitempty"`
	}{req.Threshold, req.Scenes}
	var result recaptureResult
	a, err := c.recognise(ctx, RecaptureDetection, call, req.Image, params, &result)
	if err != nil {
		return nil, err
	}
	return &DetectRecaptureResult{
		Verdict:   result.Suggestion,
		Category:  result.Category,
		Score:     result.Score,
		Details:   result.Detail,
		Raw:       a.body,
		RequestID: requestID(a.header, ""),
	}, nil
}

type recaptureResult struct {
	Suggestion Verdict           `json:"suggestion"`
	Category   string            `json:"category"`
	Score      Decimal           `json:"score"`
	Detail     []RecaptureDetail `json:"detail"`
}

// UnmarshalJSON insists on a suggestion.
func (r *recaptureResult) UnmarshalJSON(data []byte) error {
	type plain recaptureResult // without this method
	if err := json.Unmarshal(data, (*plain)(r)); err != nil {
		return err
	}
	if r.Suggestion == "" {
		return errors.New("the suggestion is missing")
	}
	return nil
}
