package superres

import (
	"context"
	"errors"
	"image"
	"runtime"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

// ErrScale means a scale other than 3 and 4.
var ErrScale = errors.New("superres: the scale must be 3 or 4")

// band is the number of sample rows between two looks at the context.
const band = 16

// Enlarge returns img enlarged scale times in both directions. The only error
// besides ErrScale is that of ctx.
func Enlarge(ctx context.Context, img *image.NRGBA, scale int) (*image.NRGBA, error) {
	kernels, ok := banks[scale]
	if !ok {
		return nil, ErrScale
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	e := &enlarger{src: img, dst: image.NewNRGBA(image.Rect(0, 0, scale*w, scale*h)), bank: kernels(), channels: 4}
	if img.Opaque() {
		e.channels = 3
	}
	if err := filter.Workers(ctx, h, band, e.worker); err != nil {
		return nil, err
	}
	return e.dst, nil
}

// Memory returns the bytes that Enlarge allocates at its peak for a picture of w x h
// pixels, the result included.
func Memory(w, h, scale int) int64 {
	const planes, fixed = 9, 1 << 20 // of a strip; the weights and the scheduler
	strip := int64(4 * planes * (band + 2*radius) * (w + 2*radius))
	return 4*int64(w)*int64(h)*int64(scale*scale) + int64(runtime.GOMAXPROCS(0))*strip + fixed
}

type enlarger struct {
	src, dst *image.NRGBA
	bank     *bank
	channels int // 3 when opaque
}

// worker enlarges bands of sample rows, one after the other in the same memory.
func (e *enlarger) worker() func(lo, hi int) {
	s := newStrip(e.src.Rect.Dx(), e.channels)
	return func(lo, hi int) {
		s.load(e.src, lo, hi)
		s.findEdges()
		var p patch
		for y := lo; y < hi; y++ {
			for x := range s.w {
				s.gather(&p, x, y-lo)
				e.pixels(x, y, &p, e.bank.at(s.edgeAt(x, y-lo)))
			}
		}
	}
}

// pixels writes the cell of pixels that replaces sample x, y.
func (e *enlarger) pixels(x, y int, p *patch, cell []weights) {
	scale := e.bank.scale
	for phase := range cell {
		c := p.apply(&cell[phase])
		i := (y*scale+phase/scale)*e.dst.Stride + 4*(x*scale+phase%scale)
		d := e.dst.Pix[i : i+4 : i+4]
		if e.channels == 4 {
			a := max(c[3], 1e-6) // colours are premultiplied
			d[0], d[1], d[2] = round8(255*c[0]/a), round8(255*c[1]/a), round8(255*c[2]/a)
			d[3] = round8(c[3])
			continue
		}
		d[0], d[1], d[2], d[3] = round8(c[0]), round8(c[1]), round8(c[2]), 255
	}
}

func round8(v float32) uint8 {
	return uint8(min(max(v, 0), 255) + 0.5)
}
