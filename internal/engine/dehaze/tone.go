package dehaze

import (
	"math"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

const (
	// Removing haze darkens. A gamma above 1 gives back at most returned of what the
	// mean luma lost, and on top extra times gamma less a half: 0.02 at the default
	// of 1.5, which leaves clear pictures alone, 0.19 at 10. One below 1 takes at most
	// taken of the mean.
	returned, extra, taken = 0.25, 0.02, 0.5
	// stretchTail is the share of the samples cut at either end by the contrast
	// stretch, and mostStretch its largest factor.
	stretchTail, mostStretch = 0.005, 1.6
)

// tone is the last step: a contrast stretch, then a power of the brightest channel
// by which all three are scaled, so that hue and saturation stay.
type tone struct {
	low, gain float32
	scale     [1025]float32 // by the brightest channel
}

// newTone looks at the restored shrunk picture.
func newTone(m *model, rgb [3]*filter.Plane, o Options) *tone {
	t := &tone{gain: 1}
	const samples = 1 << 16 // enough for a mean and for tails of half a percent
	step := 1 + len(rgb[0].Pix)/samples
	var restored [][3]float32
	var before float64
	for i := 0; i < len(rgb[0].Pix); i += step {
		c := [3]float32{rgb[0].Pix[i], rgb[1].Pix[i], rgb[2].Pix[i]}
		before += float64(luma(c))
		restored = append(restored, m.restore(c, m.slope.Pix[i]*luma(c)+m.offset.Pix[i]))
	}
	n := float64(len(restored))
	if !o.NaturalLook {
		t.stretch(restored)
	}
	// luma by the brightest channel: all that the mean after a power depends on.
	var lumas [1025]float64
	for _, c := range restored {
		c = t.stretched(c)
		lumas[index(c)] += float64(luma(c)) / n
	}
	exponent := toneExponent(&lumas, before/n, o.Gamma)
	for i := range t.scale {
		t.scale[i] = float32(math.Pow(level(i), exponent-1))
	}
	return t
}

// stretch maps the darkest and brightest tails of the luma towards 0 and 1.
func (t *tone) stretch(restored [][3]float32) {
	var histogram [1025]int
	for _, c := range restored {
		histogram[int(luma(c)*1024)]++
	}
	tail := int(stretchTail * float64(len(restored)))
	low, high := 0, 1024
	for n := histogram[low]; n <= tail && low < high; n += histogram[low] {
		low++
	}
	for n := histogram[high]; n <= tail && high > low; n += histogram[high] {
		high--
	}
	if high-low < 32 {
		return // one colour: nothing to stretch
	}
	t.gain = min(1024/float32(high-low), mostStretch)
	t.low = float32(low) / 1024
	if full := 1024 / float32(high-low); full > mostStretch {
		// A limited stretch keeps its distance from both ends in proportion.
		t.low *= (mostStretch - 1) / (full - 1) * full / mostStretch
	}
}

func (t *tone) stretched(c [3]float32) [3]float32 {
	for i, v := range c {
		c[i] = clamp01((v - t.low) * t.gain)
	}
	return c
}

func (t *tone) apply(c [3]float32) [3]float32 {
	c = t.stretched(c)
	s := t.scale[index(c)]
	return [3]float32{c[0] * s, c[1] * s, c[2] * s}
}

func index(c [3]float32) int {
	return int(max(c[0], c[1], c[2])*1024 + 0.5)
}

// level is the value in the middle of table entry i; the first is not zero, where a
// power below one has no finite slope.
func level(i int) float64 {
	return math.Max(float64(i), 0.5) / 1024
}

// toneExponent returns the exponent near 1/gamma whose effect on the mean luma is
// bounded. The bound is approached exponentially, so a larger gamma is always
// brighter, if less and less.
func toneExponent(lumas *[1025]float64, before, gamma float64) float64 {
	mean := func(exponent float64) float64 {
		var sum float64
		for i, w := range lumas {
			if w > 0 {
				sum += w * math.Pow(level(i), exponent-1)
			}
		}
		return sum
	}
	neutral := mean(1)
	limit := returned*math.Max(before-neutral, 0) + extra*(gamma-0.5)
	if gamma < 1 {
		limit = -taken * neutral
	}
	change := mean(1/gamma) - neutral
	if neutral == 0 || change == 0 {
		return 1
	}
	target := neutral + limit*(1-math.Exp(-change/limit))
	low, high := math.Min(1/gamma, 1), math.Max(1/gamma, 1)
	for range 30 {
		mid := (low + high) / 2
		if mean(mid) > target {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}
