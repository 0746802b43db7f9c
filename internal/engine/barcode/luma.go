package barcode

import (
	"image"
	"math"
)

const (
	// workPixels bounds the size at which codes are searched for; they are read at full resolution.
	workPixels = 2 << 20
	// coarsest is the largest reduction in which bars are searched for, for codes with bars of tens of pixels.
	coarsest = 8
	// smallest is the side in pixels below which nothing can be found.
	smallest = 24
)

// Luma is the brightness of a picture, row by row.
type Luma struct {
	Width, Height int
	Pix           []uint8
}

// NewLuma takes the brightness (ITU-R BT.601) of a picture; what is transparent counts as white paper.
func NewLuma(img *image.NRGBA) *Luma {
	l := &Luma{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	l.Pix = make([]uint8, l.Width*l.Height)
	for y := range l.Height {
		row := img.Pix[y*img.Stride:][:4*l.Width]
		out := l.Pix[y*l.Width:][:l.Width]
		for x := range out {
			p := row[4*x : 4*x+4 : 4*x+4]
			v := (77*uint32(p[0]) + 150*uint32(p[1]) + 29*uint32(p[2])) >> 8
			if a := uint32(p[3]); a != 255 {
				v = (v*a + 255*(255-a)) / 255
			}
			out[x] = uint8(v)
		}
	}
	return l
}

// level is a reduced picture.
type level struct {
	plane *Luma
	scale int // pixels of the picture in one of the level
}

// fit is the least reduction that brings the picture to a number of pixels.
func (l *Luma) fit(pixels int) int {
	return max(1, int(math.Ceil(math.Sqrt(float64(l.Width)*float64(l.Height)/float64(pixels)))))
}

func (l *Luma) usable() bool { return l.Width >= smallest && l.Height >= smallest }

// reduce averages squares of the given side.
func (l *Luma) reduce(factor int) level {
	if factor == 1 {
		return level{plane: l, scale: 1}
	}
	out := &Luma{Width: l.Width / factor, Height: l.Height / factor}
	out.Pix = make([]uint8, out.Width*out.Height)
	sums := make([]uint32, out.Width)
	for y := range out.Height {
		clear(sums)
		for j := range factor {
			row := l.Pix[(y*factor+j)*l.Width:][:l.Width]
			for x := range sums {
				for _, v := range row[x*factor : (x+1)*factor] {
					sums[x] += uint32(v)
				}
			}
		}
		for x, s := range sums {
			out.Pix[y*out.Width+x] = uint8(s / uint32(factor*factor))
		}
	}
	return level{plane: out, scale: factor}
}

func (v level) half() level {
	next := v.plane.reduce(2)
	next.scale *= v.scale
	return next
}

// at interpolates linearly; outside of the picture it is white, as paper would be.
func (l *Luma) at(x, y float64) float64 {
	x, y = x-0.5, y-0.5
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= l.Width || y0+1 >= l.Height {
		return 255
	}
	fx, fy := x-float64(x0), y-float64(y0)
	p := l.Pix[y0*l.Width+x0:]
	q := p[l.Width:]
	top := float64(p[0]) + fx*(float64(p[1])-float64(p[0]))
	bottom := float64(q[0]) + fx*(float64(q[1])-float64(q[0]))
	return top + fy*(bottom-top)
}
