package barcode

import (
	"image"
	"math"
	"slices"
)

const (
	scanLines = 11
	// margin is how far beyond a region a scan goes on each side, as a part of its length: the cells at both ends are often lost.
	margin = 0.2
	// agreeing is the number of lines that must read the same.
	agreeing = 2
	// leastContrast is the difference in grey levels between the light and the dark of a scan.
	leastContrast = 24.0
	// certainty is the confidence in a code whose check digit is right on several lines; likeliest in one that was not read.
	certainty, likeliest = 0.99, 0.85
)

// profile is the brightness along a scan line in steps of half a pixel or of a 2,000th of the line.
type profile struct {
	value []float64
	step  float64 // pixels
	start float64 // distance in pixels of the first value from the centre of the region
}

// read scans a region and says what is there.
func read(picture *Luma, r region) (Symbol, bool) {
	var inner []profile
	type reading struct {
		format Format
		text   string
	}
	votes := map[reading][]span{}
	best := reading{}
	for i := range scanLines {
		offset := r.height * (float64(i+1)/(scanLines+1) - 0.5)
		p := scan(picture, r, offset)
		inner = append(inner, p.inner())
		format, text, where, ok := decode(p.elements())
		if !ok {
			continue
		}
		vote := reading{format, text}
		votes[vote] = append(votes[vote], span{p.start + where.from*p.step, p.start + where.to*p.step})
		if len(votes[vote]) > len(votes[best]) {
			best = vote
		}
	}
	if len(votes[best]) >= agreeing {
		extent := middle(votes[best])
		return Symbol{Format: best.format, Text: best.text, Bounds: r.box(picture, extent), Confidence: certainty}, true
	}
	confidence := likeliest * likeness(inner)
	whole := span{-r.length / 2, r.length / 2}
	return Symbol{Format: Linear, Bounds: r.box(picture, whole), Confidence: confidence}, confidence > 0
}

// span is an interval along a scan line.
type span struct{ from, to float64 }

// middle is the median of several readings' ends.
func middle(spans []span) span {
	var from, to []float64
	for _, s := range spans {
		from, to = append(from, s.from), append(to, s.to)
	}
	slices.Sort(from)
	slices.Sort(to)
	return span{from[len(from)/2], to[len(to)/2]}
}

// box is the upright box around the part of a region between two places across the bars.
func (r region) box(picture *Luma, across span) image.Rectangle {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, a := range []float64{across.from, across.to} {
		for _, b := range []float64{-r.height / 2, r.height / 2} {
			x, y := r.x+a*r.dx-b*r.dy, r.y+a*r.dy+b*r.dx
			x0, y0, x1, y1 = math.Min(x0, x), math.Min(y0, y), math.Max(x1, x), math.Max(y1, y)
		}
	}
	box := image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
	return box.Intersect(image.Rect(0, 0, picture.Width, picture.Height))
}

// scan reads the line across the bars at an offset along them, averaged over three neighbouring lines.
func scan(picture *Luma, r region, offset float64) profile {
	length := r.length * (1 + 2*margin)
	step := math.Max(0.5, length/2000)
	p := profile{value: make([]float64, int(length/step)), step: step, start: -length / 2}
	for i := range p.value {
		a := p.start + float64(i)*step
		for k := -1; k <= 1; k++ {
			b := offset + float64(k)
			p.value[i] += picture.at(r.x+a*r.dx-b*r.dy, r.y+a*r.dy+b*r.dx) / 3
		}
	}
	return p
}

// inner is the profile without the margins.
func (p profile) inner() profile {
	cut := int(float64(len(p.value)) * margin / (1 + 2*margin))
	return profile{value: p.value[cut : len(p.value)-cut], step: p.step, start: p.start + float64(cut)*p.step}
}

// element is a bar or a space.
type element struct {
	from, width float64 // in steps of the profile
	dark        bool
}

// elements cuts a profile where it crosses the middle between the dark and the light of its surroundings.
func (p profile) elements() []element {
	threshold := p.thresholds()
	var out []element
	from := 0.0
	for i := 1; i < len(p.value); i++ {
		a, b := p.value[i-1]-threshold[i-1], p.value[i]-threshold[i]
		if a < 0 == (b < 0) {
			continue
		}
		at := float64(i-1) + a/(a-b)
		out = append(out, element{from: from, width: at - from, dark: a < 0})
		from = at
	}
	last := len(p.value) - 1
	if last >= 0 {
		out = append(out, element{from: from, width: float64(last) - from, dark: p.value[last] < threshold[last]})
	}
	return out
}

// thresholds are the middles between the extremes of a window of a sixth of the line. Where there is no contrast all is light.
func (p profile) thresholds() []float64 {
	const windows = 12
	width := max(1, (len(p.value)+windows-1)/windows)
	low, high := make([]float64, windows), make([]float64, windows)
	for w := range windows {
		part := p.value[min(w*width, len(p.value)):min((w+1)*width, len(p.value))]
		low[w], high[w] = math.Inf(1), math.Inf(-1)
		if len(part) > 0 {
			low[w], high[w] = slices.Min(part), slices.Max(part)
		}
	}
	out := make([]float64, len(p.value))
	for i := range out {
		w := i / width
		least, most := low[w], high[w]
		for _, near := range []int{w - 1, w + 1} {
			if near >= 0 && near < windows {
				least, most = math.Min(least, low[near]), math.Max(most, high[near])
			}
		}
		if most-least >= leastContrast {
			out[i] = (least + most) / 2
		}
	}
	return out
}
