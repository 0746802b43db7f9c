package api

import (
	"context"
	"image"

	"github.com/ais-operator/ais-operator/internal/engine/darkenhance"
	"github.com/ais-operator/ais-operator/internal/engine/dehaze"
	"github.com/ais-operator/ais-operator/internal/engine/picture"
	"github.com/ais-operator/ais-operator/internal/engine/superres"
)

// enhanceTask is a task that makes a picture of a picture.
type enhanceTask struct {
	enhance func(context.Context, *image.NRGBA) (*image.NRGBA, error)
	need    func(width, height int) int64
	scale   int
	form    bool // the answer to a form is the file itself
}

func (t enhanceTask) memory(width, height int) int64 { return t.need(width, height) }

func (t enhanceTask) outputPixels(h picture.Header) int64 {
	return int64(h.Width) * int64(h.Height) * int64(t.scale) * int64(t.scale)
}

func (t enhanceTask) run(ctx context.Context, img *image.NRGBA, h picture.Header) (*reply, error) {
	enhanced, err := t.enhance(ctx, img)
	if err != nil {
		return nil, err
	}
	return pictureResult(enhanced, picture.OutputFormat(h.Format), t.form)
}

// parseDarkEnhance reads the parameters of table 5-3.
func parseDarkEnhance(b body) (source, task, *Error) {
	var p struct {
		source
		Brightness number `json:"brightness"`
	}
	if err := b.decode(&p, enhancement); err != nil {
		return p.source, nil, err
	}
	if !p.Brightness.within(0, 1) {
		return p.source, nil, fail(enhancement.parameter)
	}
	brightness := p.Brightness.or(0.9)
	return p.source, enhanceTask{
		enhance: func(ctx context.Context, img *image.NRGBA) (*image.NRGBA, error) {
			return darkenhance.Enhance(ctx, img, brightness)
		},
		need: darkenhance.Memory, scale: 1, form: b.upload != nil,
	}, nil
}

// parseDefog reads the parameters of table 5-6.
func parseDefog(b body) (source, task, *Error) {
	var p struct {
		source
		Gamma       number `json:"gamma"`
		NaturalLook flag   `json:"natural_look"`
	}
	if err := b.decode(&p, enhancement); err != nil {
		return p.source, nil, err
	}
	if !p.Gamma.within(0.1, 10) {
		return p.source, nil, fail(enhancement.parameter)
	}
	options := dehaze.Options{Gamma: p.Gamma.or(1.5), NaturalLook: p.NaturalLook.or(true)}
	return p.source, enhanceTask{
		enhance: func(ctx context.Context, img *image.NRGBA) (*image.NRGBA, error) {
			return dehaze.Dehaze(ctx, img, options)
		},
		need: dehaze.Memory, scale: 1, form: b.upload != nil,
	}, nil
}

// parseSuperResolution reads the parameters of table 5-9. Both models are served
// by the same resampler.
func parseSuperResolution(b body) (source, task, *Error) {
	var p struct {
		source
		Scale number `json:"scale"`
		Model string `json:"model"`
	}
	if err := b.decode(&p, enhancement); err != nil {
		return p.source, nil, err
	}
	switch p.Model {
	case "", "ESPCN", "SRCNN":
	default:
		return p.source, nil, fail(enhancement.parameter)
	}
	if !p.Scale.whole(3, 4) {
		return p.source, nil, fail(enhancement.parameter)
	}
	scale := int(p.Scale.or(3))
	return p.source, enhanceTask{
		enhance: func(ctx context.Context, img *image.NRGBA) (*image.NRGBA, error) {
			return superres.Enlarge(ctx, img, scale)
		},
		need:  func(width, height int) int64 { return superres.Memory(width, height, scale) },
		scale: scale, form: b.upload != nil,
	}, nil
}
