package scenery

import "math"

// bloom spreads a little of the light above white over its surroundings, near and wide.
func (f *frame) bloom() {
	excess := make([]vec, len(f.light))
	some := false
	for i, c := range f.light {
		over := max(c.X, c.Y, c.Z) - 1.6
		if over > 0 {
			some = true
			excess[i] = c.scale(over / max(c.X, c.Y, c.Z))
		}
	}
	if !some {
		return
	}
	for _, g := range []struct{ sigma, gain float64 }{{0.0035, 0.10}, {0.018, 0.05}} {
		spread := f.blur(excess, g.sigma*float64(f.w))
		for i := range f.light {
			f.light[i] = f.light[i].add(spread[i].scale(g.gain))
		}
	}
}

// blur is a Gaussian of sigma pixels over linear light, black beyond the border.
func (f *frame) blur(in []vec, sigma float64) []vec {
	radius := int(math.Ceil(3 * sigma))
	kernel := gaussian(sigma, radius)
	across := func(in, out []vec, count, length, stride, step int) {
		for line := range count {
			for i := range length {
				var sum vec
				for k := max(-radius, -i); k <= min(radius, length-1-i); k++ {
					sum = sum.add(in[line*step+(i+k)*stride].scale(kernel[k+radius]))
				}
				out[line*step+i*stride] = sum
			}
		}
	}
	half, out := make([]vec, len(in)), make([]vec, len(in))
	across(in, half, f.h, f.w, 1, f.w)
	across(half, out, f.w, f.h, f.w, 1)
	return out
}

// gaussian has 2·radius+1 weights that add up to one.
func gaussian(sigma float64, radius int) []float64 {
	k, sum := make([]float64, 2*radius+1), 0.0
	for i := range k {
		d := float64(i-radius) / max(sigma, 1e-6)
		k[i] = math.Exp(-d * d / 2)
		sum += k[i]
	}
	for i := range k {
		k[i] /= sum
	}
	return k
}
