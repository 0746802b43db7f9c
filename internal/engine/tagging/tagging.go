package tagging

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"github.com/ais-operator/ais-operator/internal/engine/barcode"
)

// Type is the kind of a tag in the API.
type Type string

// The kinds of tags.
const (
	Object  Type = "object"
	Scene   Type = "scene"
	Concept Type = "concept"
)

// Tag is something a picture shows.
type Tag struct {
	EN, ZH     string
	Type       Type
	Confidence float64 // 0 to 100
	Instances  []Instance
}

// Instance is where a thing is, in pixels of the picture.
type Instance struct {
	X, Y, Width, Height float64
	Confidence          float64 // 0 to 100
}

// least is the confidence below which a tag is not reported at all.
const least = 1.0

// Tags measures a picture and returns its tags by falling confidence, and by name among equals. It returns an error only if the
// context ends.
func Tags(ctx context.Context, img *image.NRGBA) ([]Tag, error) {
	if img.Rect.Empty() {
		return nil, ctx.Err()
	}
	luma := barcode.NewLuma(img)
	m, err := measure(ctx, img, luma)
	if err != nil {
		return nil, err
	}
	symbols, err := barcode.Find(ctx, luma)
	if err != nil {
		return nil, err
	}
	tags := codes(symbols)
	for _, r := range rules {
		tags = append(tags, Tag{EN: r.en, ZH: r.zh, Type: Concept, Confidence: percent(r.confidence(m))})
	}
	tags = slices.DeleteFunc(tags, func(t Tag) bool { return t.Confidence < least })
	slices.SortFunc(tags, func(a, b Tag) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.EN, b.EN))
	})
	return tags, nil
}

// Memory is the most that Tags allocates for a picture of the given size, in bytes.
func Memory(width, height int) int64 {
	pixels := int64(width) * int64(height)
	return pixels + barcode.Memory(width, height) + smallPixels*32 + pixels/16 + 1<<20
}

// codes makes one tag of all linear codes and one of all QR codes, as sure as the surest of them.
func codes(symbols []barcode.Symbol) []Tag {
	linear := Tag{EN: "bar code", ZH: "条形码", Type: Object}
	square := Tag{EN: "QR code", ZH: "二维码", Type: Object}
	for _, s := range symbols {
		tag := &linear
		if s.Format == barcode.QR {
			tag = &square
		}
		confidence := percent(s.Confidence)
		if confidence < least {
			continue
		}
		tag.Confidence = math.Max(tag.Confidence, confidence)
		tag.Instances = append(tag.Instances, Instance{
			X: float64(s.Bounds.Min.X), Y: float64(s.Bounds.Min.Y),
			Width: float64(s.Bounds.Dx()), Height: float64(s.Bounds.Dy()),
			Confidence: confidence,
		})
	}
	return []Tag{linear, square}
}

// percent turns 0..1 into 0..100 with two decimals.
func percent(confidence float64) float64 { return math.Round(10000*confidence) / 100 }
