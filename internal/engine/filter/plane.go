// Package filter holds the image filters that the enhancement algorithms share.
//
// All of them work on float32 planes with samples in 0..1 and cost the same for
// any window size: box mean by running sums, minimum by the van Herk/Gil-Werman
// algorithm (M. van Herk, Pattern Recognition Letters 13, 1992), and the guided
// filter (K. He, J. Sun, X. Tang, IEEE TPAMI 35(6), 2013) in its fast form, which
// computes the coefficients on a shrunk picture and applies them, enlarged, to the
// full one (K. He, J. Sun, arXiv:1505.00996).
//
// Planes are meant to be small: Factor chooses the shrinkage so that a plane has
// at most 512 x 512 samples, about 1 MB, whatever the picture's size. Windows are
// cut off at the borders; nothing is padded.
package filter

import (
	"context"
	"image"
)

// workSide is the longest side of a shrunk picture. The maps computed on it
// (illumination, transmission) are smooth but for the edges that the guided filter
// takes from the full picture.
const workSide = 512

// Plane is one channel, row by row without gaps.
type Plane struct {
	W, H int
	Pix  []float32
}

// NewPlane returns a plane of zeros.
func NewPlane(w, h int) *Plane {
	return &Plane{W: w, H: h, Pix: make([]float32, w*h)}
}

// Row returns row y, to read and to write.
func (p *Plane) Row(y int) []float32 {
	return p.Pix[y*p.W : (y+1)*p.W]
}

// Mean returns the average of all samples.
func (p *Plane) Mean() float64 {
	var sum float64
	for _, v := range p.Pix {
		sum += float64(v)
	}
	return sum / float64(len(p.Pix))
}

// Factor returns by how much a picture of w x h pixels is shrunk in each direction
// so that neither side exceeds the working size.
func Factor(w, h int) int {
	return (max(w, h) + workSide - 1) / workSide
}

// Shrunk returns the size of a picture of w x h pixels shrunk by factor: cells at
// the right and lower border may be incomplete.
func Shrunk(w, h, factor int) (int, int) {
	return (w + factor - 1) / factor, (h + factor - 1) / factor
}

// Shrink returns red, green and blue averaged over cells of factor x factor
// pixels. Alpha is not looked at.
func Shrink(ctx context.Context, img *image.NRGBA, factor int) ([3]*Plane, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := Shrunk(w, h, factor)
	rgb := [3]*Plane{NewPlane(sw, sh), NewPlane(sw, sh), NewPlane(sw, sh)}
	err := Bands(ctx, sh, 8, func(lo, hi int) {
		sums := make([][3]uint32, sw)
		for y := lo; y < hi; y++ {
			clear(sums)
			rows := min(factor, h-y*factor)
			for i := range rows {
				addCells(sums, img.Pix[(y*factor+i)*img.Stride:][:4*w], factor)
			}
			for x, s := range sums {
				scale := 1 / (255 * float32(rows*min(factor, w-x*factor)))
				for c, p := range rgb {
					p.Pix[y*sw+x] = float32(s[c]) * scale
				}
			}
		}
	})
	return rgb, err
}

func addCells(sums [][3]uint32, row []uint8, factor int) {
	for x := range sums {
		cell := row[:min(4*factor, len(row))]
		row = row[len(cell):]
		var r, g, b uint32
		for ; len(cell) >= 4; cell = cell[4:] {
			r += uint32(cell[0])
			g += uint32(cell[1])
			b += uint32(cell[2])
		}
		s := &sums[x]
		s[0] += r
		s[1] += g
		s[2] += b
	}
}
