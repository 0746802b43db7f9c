package filter

import "context"

const (
	rowBand    = 16 // rows of a plane done between two looks at the context
	columnBand = 64 // columns of the vertical passes: a few cache lines side by side
)

// BoxMean replaces every sample by the mean of the (2r+1) x (2r+1) window around
// it. Sums are float64: a float32 running sum would drift along a row.
func BoxMean(ctx context.Context, p *Plane, r int) error {
	err := Workers(ctx, p.H, rowBand, func() func(lo, hi int) {
		line := make([]float32, p.W)
		return func(lo, hi int) {
			for y := lo; y < hi; y++ {
				row := p.Row(y)
				copy(line, row)
				meanLine(row, line, r)
			}
		}
	})
	if err != nil {
		return err
	}
	return Bands(ctx, p.W, columnBand, func(lo, hi int) { meanColumns(p, lo, hi, r) })
}

func meanLine(dst, src []float32, r int) {
	n := len(src)
	var sum float64
	for _, v := range src[:min(r, n)] {
		sum += float64(v)
	}
	for i := range dst {
		if i+r < n {
			sum += float64(src[i+r])
		}
		if i > r {
			sum -= float64(src[i-r-1])
		}
		dst[i] = float32(sum / float64(min(i+r, n-1)-max(i-r, 0)+1))
	}
}

// meanColumns keeps the last r+1 rows before they are overwritten, since they are
// still to be subtracted.
func meanColumns(p *Plane, lo, hi, r int) {
	w := hi - lo
	r = min(r, p.H)
	sums := make([]float64, w)
	kept := make([]float32, (r+1)*w)
	add := func(y int) {
		for x, v := range p.Pix[y*p.W+lo : y*p.W+hi] {
			sums[x] += float64(v)
		}
	}
	for y := range min(r, p.H) {
		add(y)
	}
	for y := range p.H {
		if y+r < p.H {
			add(y + r)
		}
		slot := kept[y%(r+1)*w:][:w]
		if y > r {
			for x, v := range slot {
				sums[x] -= float64(v)
			}
		}
		row := p.Pix[y*p.W+lo : y*p.W+hi]
		copy(slot, row)
		scale := 1 / float64(min(y+r, p.H-1)-max(y-r, 0)+1)
		for x := range row {
			row[x] = float32(sums[x] * scale)
		}
	}
}

// Min replaces every sample by the minimum of the (2r+1) x (2r+1) window around it.
func Min(ctx context.Context, p *Plane, r int) error {
	err := Workers(ctx, p.H, rowBand, func() func(lo, hi int) {
		m := newMinLine(p.W, r)
		return func(lo, hi int) {
			for y := lo; y < hi; y++ {
				m.run(p.Pix[y*p.W:], 1)
			}
		}
	})
	if err != nil {
		return err
	}
	return Workers(ctx, p.W, columnBand, func() func(lo, hi int) {
		m := newMinLine(p.H, r)
		return func(lo, hi int) {
			for x := lo; x < hi; x++ {
				m.run(p.Pix[x:], p.W)
			}
		}
	})
}

// minLine is the van Herk/Gil-Werman minimum of a line of n samples: the line is
// cut into blocks of one window's length, and each window's minimum is that of a
// suffix of one block and a prefix of the next.
type minLine struct {
	n, r             int
	src, left, right []float32
}

func newMinLine(n, r int) *minLine {
	r = min(r, n)
	return &minLine{n: n, r: r, src: make([]float32, n), left: make([]float32, n), right: make([]float32, n)}
}

func (m *minLine) run(line []float32, stride int) {
	for i := range m.src {
		m.src[i] = line[i*stride]
	}
	block := 2*m.r + 1
	for lo := 0; lo < m.n; lo += block {
		hi := min(lo+block, m.n)
		m.left[lo], m.right[hi-1] = m.src[lo], m.src[hi-1]
		for i := lo + 1; i < hi; i++ {
			m.left[i] = min(m.left[i-1], m.src[i])
		}
		for i := hi - 2; i >= lo; i-- {
			m.right[i] = min(m.right[i+1], m.src[i])
		}
	}
	// Near a border the window is cut off and may lie inside of one block: then it
	// is a prefix of the first block, or a suffix of the last.
	for i := range m.n {
		from, to := i-m.r, min(i+m.r, m.n-1)
		switch {
		case from < 0:
			line[i*stride] = m.left[to]
		case from/block == to/block:
			line[i*stride] = m.right[from]
		default:
			line[i*stride] = min(m.right[from], m.left[to])
		}
	}
}
