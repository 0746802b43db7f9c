package tagging

import (
	"math"
	"slices"
)

// histogram counts values of 0 to 1 in 256 steps.
type histogram struct {
	count [256]int
	total int
}

func (h *histogram) add(v float32) {
	h.count[min(max(int(v*255+0.5), 0), 255)]++
	h.total++
}

// quantile is the smallest value that a share q of all does not exceed.
func (h *histogram) quantile(q float64) float64 {
	sum := 0
	for v, n := range h.count {
		if sum += n; float64(sum) >= q*float64(h.total) {
			return float64(v) / 255
		}
	}
	return 1
}

// share is that of the values from low to high, in steps.
func (h *histogram) share(low, high int) float64 {
	sum := 0
	for _, n := range h.count[max(low, 0):min(high, 256)] {
		sum += n
	}
	return float64(sum) / float64(max(h.total, 1))
}

func (m *measurement) light(s *small) {
	var h histogram
	sum, squares := 0.0, 0.0
	var rim, centre, rims, centres float64
	for i, v := range s.luma {
		h.add(v)
		l := float64(v)
		sum += l
		squares += l * l
		x, y := float64(i%s.width)/float64(s.width), float64(i/s.width)/float64(s.height)
		switch off := math.Max(math.Abs(x-0.5), math.Abs(y-0.5)); {
		case off > 0.5-1.0/6:
			rim, rims = rim+l, rims+1
		case off < 1.0/6:
			centre, centres = centre+l, centres+1
		}
	}
	n := float64(len(s.luma))
	m.mean = sum / n
	m.deviation = math.Sqrt(math.Max(0, squares/n-m.mean*m.mean))
	m.p5, m.p95 = h.quantile(0.05), h.quantile(0.95)
	m.burnt, m.darkShare, m.brightShare = h.share(250, 256), h.share(0, 51), h.share(204, 256)
	m.rim, m.centre = rim/math.Max(rims, 1), centre/math.Max(centres, 1)
	m.veil = s.darkChannel().quantile(0.25)
	m.steepest = s.slopes().quantile(0.99)
	m.spread = s.spread()
}

// darkChannel is the smallest channel in neighbourhoods of a 32nd of the picture.
func (s *small) darkChannel() *histogram {
	side := max(1, max(s.width, s.height)/32)
	var h histogram
	for y := 0; y < s.height; y += side {
		for x := 0; x < s.width; x += side {
			least := float32(1)
			for j := y; j < min(y+side, s.height); j++ {
				for _, p := range s.rgb[j*s.width+x : j*s.width+min(x+side, s.width)] {
					least = min(least, p[0], p[1], p[2])
				}
			}
			h.add(least)
		}
	}
	return &h
}

// slopes are the changes of luminance between neighbours.
func (s *small) slopes() *histogram {
	var h histogram
	for y := range s.height - 1 {
		row, below := s.luma[y*s.width:][:s.width], s.luma[(y+1)*s.width:][:s.width]
		for x := range s.width - 1 {
			h.add(max(abs(row[x+1]-row[x]), abs(below[x]-row[x])))
		}
	}
	return &h
}

func abs(v float32) float32 { return max(v, -v) }

func (s *small) spread() float64 {
	most := 0.0
	for c := range 3 {
		sum, squares := 0.0, 0.0
		for _, p := range s.rgb {
			v := 255 * float64(p[c])
			sum += v
			squares += v * v
		}
		n := float64(len(s.rgb))
		most = math.Max(most, math.Sqrt(math.Max(0, squares/n-sum*sum/n/n)))
	}
	return most
}

func (m *measurement) tint(s *small) {
	var rg, yb, rg2, yb2, chroma, cos, sin float64
	n := float64(len(s.rgb))
	for _, p := range s.rgb {
		r, g, b := float64(p[0]), float64(p[1]), float64(p[2])
		x, y := 255*(r-g), 255*((r+g)/2-b)
		rg, rg2, yb, yb2 = rg+x, rg2+x*x, yb+y, yb2+y*y
		t := toneOf(r, g, b)
		m.shares[t.name()] += 1 / n
		m.saturation += t.saturation / n
		chroma += t.chroma
		if t.chroma < 0.05 {
			m.greyShare += 1 / n
		}
		if t.warm() {
			m.warm += t.chroma
		}
		if t.cool() {
			m.cool += t.chroma
		}
		if t.hue >= 15 && t.hue < 55 {
			m.brownShare += t.chroma
		}
		sine, cosine := math.Sincos(t.hue * math.Pi / 180)
		cos, sin = cos+t.chroma*cosine, sin+t.chroma*sine
	}
	deviation := math.Sqrt(math.Max(0, rg2/n-rg*rg/n/n) + math.Max(0, yb2/n-yb*yb/n/n))
	m.colourfulness = deviation + 0.3*math.Hypot(rg/n, yb/n)
	chroma = math.Max(chroma, 1e-9)
	m.warm, m.cool, m.brownShare = m.warm/chroma, m.cool/chroma, m.brownShare/chroma
	length := math.Min(math.Max(math.Hypot(cos, sin)/chroma, 1e-9), 1)
	m.hueSpread = math.Sqrt(-2*math.Log(length)) * 180 / math.Pi
}

// layout finds paper, ink and lines of text.
func (m *measurement) layout(s *small) {
	var h histogram
	for _, v := range s.luma {
		h.add(v)
	}
	paper := slices.Index(h.count[:], slices.Max(h.count[:]))
	if paper < 140 {
		return // too dark for paper
	}
	m.paper = h.share(paper-24, paper+25)
	m.ink = h.share(0, paper-70)
	m.between = h.share(paper-70, paper-24)
	limit := float32(paper-50) / 255
	rows, columns := make([]float64, s.height), make([]float64, s.width)
	for i, v := range s.luma {
		if i%s.width > 0 && (v < limit) != (s.luma[i-1] < limit) {
			rows[i/s.width]++
		}
		if i >= s.width && (v < limit) != (s.luma[i-s.width] < limit) {
			columns[i%s.width]++
		}
	}
	along, down := sum(rows), sum(columns)
	m.strokes = math.Min(along, down) / math.Max(math.Max(along, down), 1)
	m.textLines = math.Max(bursts(rows, float64(s.width)), bursts(columns, float64(s.height)))
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// bursts counts runs of lines with many changes from paper to ink, parted by lines with next to none.
func bursts(changes []float64, length float64) (count float64) {
	const many, few = 0.05, 0.01 // changes per pixel
	inside := false
	for _, c := range changes {
		switch {
		case !inside && c >= many*length:
			inside = true
			count++
		case inside && c <= few*length:
			inside = false
		}
	}
	return count
}
