package ais

import (
	"context"
	"encoding/json"
)

// TagImagesRequest asks what a picture shows. What is unset is not sent, and
// the service's own default holds.
type TagImagesRequest struct {
	Image Image
	// Language of tags and types: "zh", the service's default, or "en".
	Language string
	// Threshold is the least confidence of a tag, from 0 to 100; the service's
	// default is 60.
	Threshold Decimal
	// Limit is the most tags to return, from 1 to 150.
	Limit *int
}

// TagImagesResult is what a picture shows.
type TagImagesResult struct {
	// Tags are in the order of the answer, which is by falling confidence.
	Tags []Tag
	// Raw is the whole answer.
	Raw json.RawMessage
	// RequestID identifies the call to the vendor's support.
	RequestID string
}

// Tag is one thing, scene or notion in a picture.
type Tag struct {
	// Name is in the language that was asked for; Names in every language.
	Name  string     `json:"tag"`
	Names Translated `json:"i18n_tag"`
	// Type groups tags. The API reference lists object, scene and concept;
	// the service answers finer ones, such as Human.
	Type  string     `json:"type"`
	Types Translated `json:"i18n_type"`
	// Confidence is from 0 to 100.
	Confidence Decimal `json:"confidence"`
	// Instances are where in the picture it was found; none for scenes.
	Instances []Instance `json:"instances"`
}

// Translated is a word in the languages of the service.
type Translated struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// Instance is one find of a tag in the picture.
type Instance struct {
	Box BoundingBox `json:"bounding_box"`
	// Confidence is from 0 to 100.
	Confidence Decimal `json:"confidence"`
}

// BoundingBox is a rectangle in pixels, from the upper left corner.
type BoundingBox struct {
	TopLeftX Decimal `json:"top_left_x"`
	TopLeftY Decimal `json:"top_left_y"`
	Width    Decimal `json:"width"`
	Height   Decimal `json:"height"`
}

// TagImages returns tags with confidences, and boxes where the service has
// them: API reference 4.2.
// https://support.huaweicloud.com/intl/en-us/api-image/image_03_0028.html
//
//ais:operation POST /v2/{project_id}/image/tagging
func (c *Client) TagImages(ctx context.Context, call Call, req TagImagesRequest) (*TagImagesResult, error) {
	params := struct {
		Language  string  `json:"language,omitempty"`
		Threshold Decimal `json:"threshold,omitempty"`
		Limit     *int    `json:"limit,omitempty"`
	}{req.Language, req.Threshold, req.Limit}
	var result struct {
		Tags []Tag `json:"tags"`
	}
	a, err := c.recognise(ctx, ImageTagging, call, req.Image, params, &result)
	if err != nil {
		return nil, err
	}
	return &TagImagesResult{Tags: result.Tags, Raw: a.body, RequestID: requestID(a.header, "")}, nil
}
