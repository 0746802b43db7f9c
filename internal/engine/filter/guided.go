package filter

import "context"

// Guided computes the local linear model of the guided filter: where the guide has
// an edge of variance above eps within (2r+1) x (2r+1) windows, the output
// A*guide+B has the edge too; elsewhere it is a smooth version of the input. Both
// inputs are left as they are.
func Guided(ctx context.Context, guide, input *Plane, r int, eps float32) (a, b *Plane, err error) {
	w, h := guide.W, guide.H
	meanI, meanP := clone(guide), clone(input)
	ii, ip := NewPlane(w, h), NewPlane(w, h)
	for i, v := range guide.Pix {
		ii.Pix[i] = v * v
		ip.Pix[i] = v * input.Pix[i]
	}
	for _, p := range []*Plane{meanI, meanP, ii, ip} {
		if err := BoxMean(ctx, p, r); err != nil {
			return nil, nil, err
		}
	}
	a, b = ii, ip // reused in place
	for i, mi := range meanI.Pix {
		mp := meanP.Pix[i]
		variance := max(ii.Pix[i]-mi*mi, 0)
		slope := (ip.Pix[i] - mi*mp) / (variance + eps)
		a.Pix[i] = slope
		b.Pix[i] = mp - slope*mi
	}
	if err := BoxMean(ctx, a, r); err != nil {
		return nil, nil, err
	}
	return a, b, BoxMean(ctx, b, r)
}

func clone(p *Plane) *Plane {
	return &Plane{W: p.W, H: p.H, Pix: append([]float32(nil), p.Pix...)}
}

// Enlarger reads a shrunk plane at the resolution of the full picture, row by row
// and bilinearly, so that no full plane is ever held. One per goroutine.
type Enlarger struct {
	factor int
	line   []float32 // one shrunk row, and its last sample once more
	index  []int32
	weight []float32
}

// NewEnlarger prepares for full rows of w pixels shrunk by factor.
func NewEnlarger(w, factor int) *Enlarger {
	sw, _ := Shrunk(w, 1, factor)
	e := &Enlarger{
		factor: factor,
		line:   make([]float32, sw+1),
		index:  make([]int32, w),
		weight: make([]float32, w),
	}
	for x := range w {
		e.index[x], e.weight[x] = e.locate(x, sw)
	}
	return e
}

// locate returns the cell whose centre is at or before pixel i, and how far
// towards the next one the pixel is.
func (e *Enlarger) locate(i, cells int) (int32, float32) {
	at := (float32(i)+0.5)/float32(e.factor) - 0.5
	at = min(max(at, 0), float32(cells-1))
	cell := int32(at)
	return cell, at - float32(cell)
}

// Row writes the full picture's row y of p into dst.
func (e *Enlarger) Row(dst []float32, p *Plane, y int) {
	cell, weight := e.locate(y, p.H)
	upper := p.Row(int(cell))
	lower := p.Row(min(int(cell)+1, p.H-1))
	line := e.line
	for x, v := range upper {
		line[x] = v + weight*(lower[x]-v)
	}
	line[p.W] = line[p.W-1]
	for x, i := range e.index[:len(dst)] {
		v := line[i]
		dst[x] = v + e.weight[x]*(line[i+1]-v)
	}
}
