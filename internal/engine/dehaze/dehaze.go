package dehaze

import (
	"context"
	"errors"
	"image"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

// ErrGamma means a gamma outside 0.1..10.
var ErrGamma = errors.New("dehaze: gamma must lie between 0.1 and 10")

// band is the number of rows between two looks at the context.
const band = 16

// Options are the parameters of the API reference, section 5.3.
type Options struct {
	// Gamma is the tone exponent of the restored picture, 0.1 to 10: 1 is neutral,
	// more is brighter, less is darker.
	Gamma float64
	// NaturalLook keeps hues and the look of distance: some of the haze stays.
	// Without it all haze goes, casts are removed and the contrast is stretched.
	NaturalLook bool
}

// Dehaze returns a copy of img with the haze removed; alpha stays. The only error
// besides ErrGamma is that of ctx.
func Dehaze(ctx context.Context, img *image.NRGBA, o Options) (*image.NRGBA, error) {
	if !(o.Gamma >= 0.1 && o.Gamma <= 10) {
		return nil, ErrGamma
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	factor := filter.Factor(w, h)
	small, err := filter.Shrink(ctx, img, factor)
	if err != nil {
		return nil, err
	}
	m, err := estimate(ctx, small, o.NaturalLook)
	if err != nil {
		return nil, err
	}
	r := &restorer{
		src: img, dst: image.NewNRGBA(image.Rect(0, 0, w, h)), factor: factor, model: m,
	}
	r.tone = newTone(m, small, o)
	if err := filter.Workers(ctx, h, band, r.worker); err != nil {
		return nil, err
	}
	return r.dst, nil
}

// Memory returns the bytes that Dehaze allocates at its peak for a picture of
// w x h pixels, the result included.
func Memory(w, h int) int64 {
	sw, sh := filter.Shrunk(w, h, filter.Factor(w, h))
	const planes, fixed = 24, 1 << 20 // those of an estimate; tables and the scheduler
	return 4*int64(w)*int64(h) + 4*planes*int64(sw)*int64(sh) + 64*int64(w) + fixed
}

type restorer struct {
	src, dst *image.NRGBA
	factor   int
	model    *model
	tone     *tone
}

func (r *restorer) worker() func(lo, hi int) {
	w := r.src.Rect.Dx()
	enlarge := filter.NewEnlarger(w, r.factor)
	slope, offset := make([]float32, w), make([]float32, w)
	return func(lo, hi int) {
		for y := lo; y < hi; y++ {
			enlarge.Row(slope, r.model.slope, y)
			enlarge.Row(offset, r.model.offset, y)
			r.row(y, slope, offset)
		}
	}
}

func (r *restorer) row(y int, slope, offset []float32) {
	w := len(slope)
	src := r.src.Pix[y*r.src.Stride:][:4*w]
	dst := r.dst.Pix[y*r.dst.Stride:][:4*w]
	for x := range w {
		p := src[4*x : 4*x+4 : 4*x+4]
		c := [3]float32{float32(p[0]) * (1.0 / 255), float32(p[1]) * (1.0 / 255), float32(p[2]) * (1.0 / 255)}
		c = r.tone.apply(r.model.restore(c, slope[x]*luma(c)+offset[x]))
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = round8(c[0]), round8(c[1]), round8(c[2]), p[3]
	}
}

func luma(c [3]float32) float32 {
	return 0.299*c[0] + 0.587*c[1] + 0.114*c[2]
}

func round8(v float32) uint8 {
	return uint8(min(max(v, 0), 1)*255 + 0.5)
}
