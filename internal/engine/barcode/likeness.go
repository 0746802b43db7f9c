package barcode

import (
	"math"
	"slices"
)

// Figures of a code that cannot be read: bars are the same on all lines, many, and black or white.
const (
	leastBars, enoughBars           = 12.0, 24.0
	leastCorrelation, fullAgreement = 0.6, 0.9
	apart                           = scanLines / 3 // lines compared: strokes of letters are not as long as bars
	// leastExtremes is the share of a line that is nearer to black or white than to grey: half for a smooth wave.
	leastExtremes, enoughExtremes = 0.45, 0.65
	// leastVariation is that of the distances from bar to bar, 2 to 8 modules in a code and all alike in blinds.
	leastVariation, enoughVariation = 0.14, 0.24
)

// likeness says how much the lines of a region look like those of a code, 0 to 1: the product of how much distant lines
// agree, how many bars there are, how much of the line is clearly dark or clearly light, and how
// different the distances of the bars are.
func likeness(lines []profile) float64 {
	var correlations, bars, extremes, variations []float64
	for i, p := range lines {
		elements := p.elements()
		bars = append(bars, float64(len(elements))/2)
		extremes = append(extremes, p.extremes())
		variations = append(variations, variation(elements))
		if i >= apart {
			correlations = append(correlations, correlation(lines[i-apart].value, p.value))
		}
	}
	return ramp(median(correlations), leastCorrelation, fullAgreement) *
		ramp(median(bars), leastBars, enoughBars) *
		ramp(median(extremes), leastExtremes, enoughExtremes) *
		ramp(median(variations), leastVariation, enoughVariation)
}

// extremes is the share of values within a quarter of the range from either end of it.
func (p profile) extremes() float64 {
	if len(p.value) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(p.value))
	low, high := sorted[len(sorted)/20], sorted[len(sorted)-1-len(sorted)/20]
	if high-low < leastContrast {
		return 0
	}
	count := 0
	for _, v := range p.value {
		if v < low+(high-low)/4 || v > high-(high-low)/4 {
			count++
		}
	}
	return float64(count) / float64(len(p.value))
}

// variation is the standard deviation over the mean of the distances from bar to bar, without those at the ends, which the line
// cuts.
func variation(elements []element) float64 {
	var sum, squares, count float64
	for i := 1; i+2 < len(elements); i++ {
		pair := elements[i].width + elements[i+1].width
		sum += pair
		squares += pair * pair
		count++
	}
	if count == 0 {
		return 0
	}
	mean := sum / count
	return math.Sqrt(math.Max(0, squares/count-mean*mean)) / mean
}

// correlation is Pearson's.
func correlation(a, b []float64) float64 {
	var sa, sb, saa, sbb, sab float64
	n := float64(len(a))
	for i, x := range a {
		y := b[i]
		sa += x
		sb += y
		saa += x * x
		sbb += y * y
		sab += x * y
	}
	va, vb := saa-sa*sa/n, sbb-sb*sb/n
	if va < 1 || vb < 1 {
		return 0
	}
	return (sab - sa*sb/n) / math.Sqrt(va*vb)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ramp rises from 0 at low to 1 at high.
func ramp(x, low, high float64) float64 {
	return math.Min(math.Max((x-low)/(high-low), 0), 1)
}
