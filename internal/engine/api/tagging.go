package api

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
	"github.com/ais-operator/ais-operator/internal/engine/tagging"
)

const (
	chinese = "zh"
	english = "en"

	defaultThresholdV2 = 60 // API reference table 4-5
	defaultLimitV2     = 50 // the vendor's SDK; the reference names no default
	maxLimitV2         = 150
	defaultThresholdV1 = 0 // API reference table 5-1
	defaultLimitV1     = 30
	noLimit            = -1 // what the vendor's V1 samples send for "all of them"
	maxLimitV1         = math.MaxInt32
)

// taggingParameters are those of tables 4-5 and 5-1.
type taggingParameters struct {
	source
	Language  string `json:"language"`
	Threshold number `json:"threshold"`
	Limit     number `json:"limit"`
}

// taggingTask is both versions of image tagging; they differ in defaults and in
// how the answer is written.
type taggingTask struct {
	language  string
	threshold float64
	limit     int // noLimit: all
	write     func([]tagging.Tag, string) (*reply, error)
}

// parseTaggingV2 reads the parameters of image tagging (V2). Values out of range
// are refused.
func parseTaggingV2(b body) (source, task, *Error) {
	var p taggingParameters
	if err := b.decode(&p, recognition); err != nil {
		return p.source, nil, err
	}
	language, ok := languageOf(p.Language)
	if !ok || !p.Threshold.within(0, 100) || !p.Limit.whole(1, maxLimitV2) {
		return p.source, nil, fail(recognition.parameter)
	}
	return p.source, taggingTask{
		language: language, threshold: p.Threshold.or(defaultThresholdV2), limit: int(p.Limit.or(defaultLimitV2)), write: writeTagsV2,
	}, nil
}

// parseTaggingV1 reads the parameters of image tagging (V1). A threshold out of
// range is the default, and a limit of -1 is none.
func parseTaggingV1(b body) (source, task, *Error) {
	var p taggingParameters
	if err := b.decode(&p, recognition); err != nil {
		return p.source, nil, err
	}
	limit := p.Limit.or(defaultLimitV1)
	language, ok := languageOf(p.Language)
	if !ok || limit != noLimit && !p.Limit.whole(1, maxLimitV1) {
		return p.source, nil, fail(recognition.parameter)
	}
	return p.source, taggingTask{
		language: language, threshold: p.Threshold.orWithin(0, 100, defaultThresholdV1), limit: int(limit), write: writeTagsV1,
	}, nil
}

func languageOf(given string) (language string, ok bool) {
	if given == "" {
		given = chinese
	}
	return given, given == chinese || given == english
}

func (t taggingTask) memory(width, height int) int64 { return tagging.Memory(width, height) }

func (t taggingTask) run(ctx context.Context, img *image.NRGBA, _ picture.Header) (*reply, error) {
	tags, err := tagging.Tags(ctx, img)
	if err != nil {
		return nil, err
	}
	return t.write(t.choose(tags), t.language)
}

// choose keeps what the caller asked for. Confidences are rounded as they are
// shown, so that no tag appears below its threshold.
func (t taggingTask) choose(tags []tagging.Tag) []tagging.Tag {
	chosen := make([]tagging.Tag, 0, len(tags))
	for _, tag := range tags {
		tag.Confidence = hundredths(tag.Confidence)
		if tag.Confidence >= t.threshold && (t.limit == noLimit || len(chosen) < t.limit) {
			chosen = append(chosen, tag)
		}
	}
	return chosen
}

func hundredths(x float64) float64 { return math.Round(x*100) / 100 }

// names is a word in both languages.
type names struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func (n names) in(language string) string {
	if language == english {
		return n.EN
	}
	return n.ZH
}

// typeNames are the names of the tag types that the reference lists.
var typeNames = map[tagging.Type]names{
	tagging.Object:  {ZH: "实体", EN: "object"},
	tagging.Scene:   {ZH: "场景", EN: "scene"},
	tagging.Concept: {ZH: "概念", EN: "concept"},
}

// tagV2 is ImageTaggingItemBody, table 4-8: confidences are strings.
type tagV2 struct {
	Confidence string       `json:"confidence"`
	Type       string       `json:"type"`
	Tag        string       `json:"tag"`
	I18nTag    names        `json:"i18n_tag"`
	I18nType   names        `json:"i18n_type"`
	Instances  []instanceV2 `json:"instances"`
}

// instanceV2 is ImageTaggingInstance, table 4-11.
type instanceV2 struct {
	BoundingBox boundingBox `json:"bounding_box"`
	Confidence  string      `json:"confidence"`
}

// boundingBox is BoundingBoxFloat, table 4-12, in pixels.
type boundingBox struct {
	Width    float64 `json:"width"`
	Height   float64 `json:"height"`
	TopLeftX float64 `json:"top_left_x"`
	TopLeftY float64 `json:"top_left_y"`
}

func writeTagsV2(tags []tagging.Tag, language string) (*reply, error) {
	list := make([]tagV2, 0, len(tags))
	for _, tag := range tags {
		name := names{ZH: tag.ZH, EN: tag.EN}
		item := tagV2{
			Confidence: decimal(tag.Confidence), Type: string(tag.Type), Tag: name.in(language),
			I18nTag: name, I18nType: typeNames[tag.Type], Instances: []instanceV2{},
		}
		for _, instance := range tag.Instances {
			item.Instances = append(item.Instances, instanceV2{
				BoundingBox: boundingBox{Width: instance.Width, Height: instance.Height, TopLeftX: instance.X, TopLeftY: instance.Y},
				Confidence:  decimal(instance.Confidence),
			})
		}
		list = append(list, item)
	}
	return jsonResult(map[string]any{"tags": list})
}

// decimal is a confidence as V2 writes it: "37.51".
func decimal(confidence float64) string { return fmt.Sprintf("%.2f", confidence) }

// tagV1 is a tag of table 5-2: the confidence is a number, and there are no
// boxes.
type tagV1 struct {
	Confidence float64 `json:"confidence"`
	Tag        string  `json:"tag"`
	I18nTag    names   `json:"i18n_tag"`
	Type       string  `json:"type"`
}

func writeTagsV1(tags []tagging.Tag, language string) (*reply, error) {
	list := make([]tagV1, 0, len(tags))
	for _, tag := range tags {
		name := names{ZH: tag.ZH, EN: tag.EN}
		list = append(list, tagV1{Confidence: tag.Confidence, Tag: name.in(language), I18nTag: name, Type: string(tag.Type)})
	}
	return jsonResult(map[string]any{"tags": list})
}
