package darkenhance

import (
	"context"
	"errors"
	"image"
	"math"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

// ErrBrightness means a brightness outside 0..1.
var ErrBrightness = errors.New("darkenhance: brightness must lie between 0 and 1")

const (
	// leastFloor and mostFloor bound the gain, to 24 in a picture with some light and
	// to 67 in one without: black is to stay the darkest tone, and what lies below a
	// few levels is noise.
	leastFloor, mostFloor = 0.015, 0.04
	// chromaDoubt is the level, per unit of gain, at which a pixel's colour counts
	// half: of two or three levels the hue is an accident of rounding.
	chromaDoubt = 1
	// radius and epsilon of the guided filter, on the shrunk picture: shadows larger
	// than about 1/20 of a side are lifted as a whole, steps of more than 0.06 count
	// as borders between lights and get no halo.
	radius  = 12
	epsilon = 0.003
	band    = 16 // rows between two looks at the context
)

// Enhance returns a brighter copy of img; alpha stays. brightness 0 changes
// nothing, 1 most. The only other error is that of ctx.
func Enhance(ctx context.Context, img *image.NRGBA, brightness float64) (*image.NRGBA, error) {
	if !(brightness >= 0 && brightness <= 1) {
		return nil, ErrBrightness
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	if brightness == 0 {
		copyRows(dst, img)
		return dst, nil
	}
	factor := filter.Factor(w, h)
	light, mean, err := illumination(ctx, img, factor)
	if err != nil {
		return nil, err
	}
	a, b, err := filter.Guided(ctx, light, light, radius, epsilon)
	if err != nil {
		return nil, err
	}
	e := &enhancer{
		src: img, dst: dst, factor: factor, slope: a, offset: b,
		gain:   newGainTable(brightness*darkness(mean), min(max(mean/2, leastFloor), mostFloor)),
		smooth: newSmoother(img),
	}
	if err := filter.Workers(ctx, h, band, e.worker); err != nil {
		return nil, err
	}
	return dst, nil
}

// Memory returns the bytes that Enhance allocates at its peak for a picture of
// w x h pixels, the result included.
func Memory(w, h int) int64 {
	sw, sh := filter.Shrunk(w, h, filter.Factor(w, h))
	const planes, fixed = 12, 1 << 20 // those of the illumination; tables and the scheduler
	return 4*int64(w)*int64(h) + 4*planes*int64(sw)*int64(sh) + 64*int64(w) + fixed
}

func copyRows(dst, src *image.NRGBA) {
	for y := range dst.Rect.Dy() {
		copy(dst.Pix[y*dst.Stride:][:dst.Stride], src.Pix[y*src.Stride:])
	}
}

// illumination returns the maximum of the three channels, the initial estimate of
// Retinex methods, shrunk, and the mean luma.
func illumination(ctx context.Context, img *image.NRGBA, factor int) (*filter.Plane, float64, error) {
	rgb, err := filter.Shrink(ctx, img, factor)
	if err != nil {
		return nil, 0, err
	}
	mean := 0.299*rgb[0].Mean() + 0.587*rgb[1].Mean() + 0.114*rgb[2].Mean()
	light := rgb[0]
	for i, r := range light.Pix {
		light.Pix[i] = max(r, rgb[1].Pix[i], rgb[2].Pix[i])
	}
	return light, mean, nil
}

// darkness is 1 for pictures of a mean luma up to 0.25 and falls smoothly to 0.1
// at 0.5, so that a picture which is bright already is left alone.
func darkness(mean float64) float64 {
	t := min(max((0.5-mean)/0.25, 0), 1)
	return 0.1 + 0.9*t*t*(3-2*t)
}

// gainTable maps the illumination, raised a little by floor, to its power
// -exponent.
type gainTable [1025]float32

func newGainTable(exponent, floor float64) *gainTable {
	var t gainTable
	for i := range t {
		t[i] = float32(math.Pow((float64(i)/1024+floor)/(1+floor), -exponent))
	}
	return &t
}

func (t *gainTable) at(light float32) float32 {
	at := min(max(light, 0), 1) * 1024
	i := min(int(at), 1023)
	return t[i] + (at-float32(i))*(t[i+1]-t[i])
}

type enhancer struct {
	src, dst      *image.NRGBA
	factor        int
	slope, offset *filter.Plane
	gain          *gainTable
	smooth        *smoother
}

func (e *enhancer) worker() func(lo, hi int) {
	w := e.src.Rect.Dx()
	enlarge := filter.NewEnlarger(w, e.factor)
	slope, offset := make([]float32, w), make([]float32, w)
	return func(lo, hi int) {
		for y := lo; y < hi; y++ {
			enlarge.Row(slope, e.slope, y)
			enlarge.Row(offset, e.offset, y)
			e.row(y, slope, offset)
		}
	}
}

func (e *enhancer) row(y int, slope, offset []float32) {
	w := e.src.Rect.Dx()
	src := e.src.Pix[y*e.src.Stride:][:4*w]
	dst := e.dst.Pix[y*e.dst.Stride:][:4*w]
	inner := y > 0 && y < e.src.Rect.Dy()-1
	for x := range w {
		p := src[4*x : 4*x+4 : 4*x+4]
		r, g, b := float32(p[0]), float32(p[1]), float32(p[2])
		light := slope[x]*max(r, g, b)*(1.0/255) + offset[x]
		gain := e.gain.at(light)
		if gain > quietGain && inner && x > 0 && x < w-1 {
			r, g, b = e.smooth.at(y*e.src.Stride+4*x, gain)
		}
		m := max(r, g, b)
		scale := gain / (1 + (gain-1)*max(m*(1.0/255), min(light, 1)))
		chroma := scale * (m + 1) / (m + 1 + chromaDoubt*(gain-1))
		grey := (0.299*r + 0.587*g + 0.114*b) * (scale - chroma)
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = round8(r*chroma+grey), round8(g*chroma+grey), round8(b*chroma+grey), p[3]
	}
}

func round8(v float32) uint8 {
	return uint8(min(v+0.5, 255))
}
