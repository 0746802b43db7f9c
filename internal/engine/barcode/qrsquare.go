package barcode

import (
	"image"
	"math"
)

// square checks that three finder patterns are the corners of a code, and finds its box and how right its timing patterns are.
func (b *bitmap) square(p, q, r finder) (Symbol, bool) {
	corner, right, below := cornerFirst(p, q, r)
	ux, uy := right.x-corner.x, right.y-corner.y
	vx, vy := below.x-corner.x, below.y-corner.y
	u, v := math.Hypot(ux, uy), math.Hypot(vx, vy)
	if math.Abs(ux*vx+uy*vy) > 0.2*u*v || math.Min(u, v) < 0.75*math.Max(u, v) {
		return Symbol{}, false
	}
	module := (p.module + q.module + r.module) / 3
	least := math.Min(p.module, math.Min(q.module, r.module))
	most := math.Max(p.module, math.Max(q.module, r.module))
	if least < 0.6*most {
		return Symbol{}, false
	}
	// The measured module of a tilted code is too large by up to the square root of two: try all sizes that may be meant.
	best, size := 0.0, 0
	guess := (u+v)/2/module + finderSize
	for n := 21; n <= 177; n += 4 {
		if float64(n) < 0.85*guess-4 || float64(n) > 1.45*guess+4 {
			continue
		}
		steps := float64(n - finderSize)
		g := grid{corner.x, corner.y, ux / steps, uy / steps, vx / steps, vy / steps}
		if t := math.Min(b.timing(g, n, false), b.timing(g, n, true)); t > best {
			best, size = t, n
		}
	}
	if best < leastTiming {
		return Symbol{}, false
	}
	steps := float64(size - finderSize)
	g := grid{corner.x, corner.y, ux / steps, uy / steps, vx / steps, vy / steps}
	confidence := 0.7 + 0.29*ramp(best, leastTiming, 1)
	return Symbol{Format: QR, Bounds: g.box(float64(size)), Confidence: confidence}, true
}

// cornerFirst puts the pattern opposite to the longest side first.
func cornerFirst(p, q, r finder) (corner, a, b finder) {
	pq, qr, rp := math.Hypot(p.x-q.x, p.y-q.y), math.Hypot(q.x-r.x, q.y-r.y), math.Hypot(r.x-p.x, r.y-p.y)
	switch {
	case qr >= pq && qr >= rp:
		return p, q, r
	case rp >= pq && rp >= qr:
		return q, r, p
	default:
		return r, p, q
	}
}

// grid places the modules of a code: the centre of the corner pattern and the steps to the next module right and below.
type grid struct{ x, y, ux, uy, vx, vy float64 }

// place is that of a point in modules from the outer corner of the code.
func (g grid) place(i, j float64) (x, y float64) {
	i, j = i-finderSize/2.0, j-finderSize/2.0
	return g.x + i*g.ux + j*g.vx, g.y + i*g.uy + j*g.vy
}

func (g grid) box(size float64) image.Rectangle {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for k := range 4 {
		x, y := g.place(float64(k%2)*size, float64(k/2)*size)
		x0, y0, x1, y1 = math.Min(x0, x), math.Min(y0, y), math.Max(x1, x), math.Max(y1, y)
	}
	return image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
}

// timing is the share of modules of the row or column between the corner pattern and another that alternate as they should,
// dark first.
func (b *bitmap) timing(g grid, size int, column bool) float64 {
	right, count := 0, 0
	for k := finderSize + 1; k < size-finderSize-1; k++ {
		i, j := float64(k)+0.5, finderSize-0.5
		if column {
			i, j = j, i
		}
		x, y := g.place(i, j)
		if px, py := int(math.Floor(x)), int(math.Floor(y)); b.inside(px, py) && b.at(px, py) == (k%2 == 0) {
			right++
		}
		count++
	}
	return float64(right) / float64(count)
}

// bitmap says which pixels are dark.
type bitmap struct {
	width, height int
	dark          []bool
}

func (b *bitmap) at(x, y int) bool { return b.dark[y*b.width+x] }

func (b *bitmap) inside(x, y int) bool { return x >= 0 && y >= 0 && x < b.width && y < b.height }

// darkMap compares every pixel with the mean of its surroundings (Bradley and Roth 2007).
func darkMap(l *Luma) *bitmap {
	const parts, least = 16, 12 // the surroundings reach a 16th of the picture each way; grey levels below the mean
	w, h := l.Width, l.Height
	table := make([]uint32, (w+1)*(h+1))
	for y := range h {
		run := uint32(0)
		for x, v := range l.Pix[y*w:][:w] {
			run += uint32(v)
			table[(y+1)*(w+1)+x+1] = table[y*(w+1)+x+1] + run
		}
	}
	out := &bitmap{width: w, height: h, dark: make([]bool, w*h)}
	reach := max(w, h)/parts + smallest
	for y := range h {
		top, bottom := max(0, y-reach)*(w+1), min(h, y+reach+1)*(w+1)
		rows := (bottom - top) / (w + 1)
		for x := range w {
			left, right := max(0, x-reach), min(w, x+reach+1)
			mean := (table[bottom+right] - table[bottom+left] - table[top+right] + table[top+left]) / uint32(rows*(right-left))
			out.dark[y*w+x] = uint32(l.Pix[y*w+x])+least < mean
		}
	}
	return out
}
