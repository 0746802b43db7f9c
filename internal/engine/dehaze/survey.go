package dehaze

import (
	"context"
	"math"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

// survey is what tells haze from what merely looks like it: clear sky, white walls
// and bright sand have a bright dark channel too.
type survey struct {
	luma *filter.Plane
	mean *filter.Plane // luma, over a patch
	flat *filter.Plane // 1 where a patch has no contrast, 0 where it has
	// texture is 1 where most pixels of a patch differ from their neighbours.
	texture *filter.Plane
}

func surveyed(ctx context.Context, rgb [3]*filter.Plane) (*survey, error) {
	w, h := rgb[0].W, rgb[0].H
	s := &survey{
		luma: filter.NewPlane(w, h), mean: filter.NewPlane(w, h),
		flat: filter.NewPlane(w, h), texture: filter.NewPlane(w, h),
	}
	for i := range s.luma.Pix {
		y := luma([3]float32{rgb[0].Pix[i], rgb[1].Pix[i], rgb[2].Pix[i]})
		s.luma.Pix[i], s.mean.Pix[i], s.flat.Pix[i] = y, y, y*y
	}
	markTexture(s.texture, s.luma)
	for _, p := range []*filter.Plane{s.mean, s.flat, s.texture} {
		if err := filter.BoxMean(ctx, p, patch); err != nil {
			return nil, err
		}
	}
	for i, square := range s.flat.Pix {
		deviation := float32(math.Sqrt(float64(max(square-s.mean.Pix[i]*s.mean.Pix[i], 0))))
		s.flat.Pix[i] = 1 - ramp(deviation, 0.01, 0.05)
		s.texture.Pix[i] = ramp(s.texture.Pix[i], 0.5, 0.8)
	}
	return s, nil
}

// markTexture sets the pixels that differ from the left and upper neighbour by
// about three levels together: more than a smooth gradient, less than haze hides.
func markTexture(dst, y *filter.Plane) {
	const step = 0.012
	for row := range y.H {
		line, above := y.Row(row), y.Row(max(row-1, 0))
		for x, v := range line {
			dx, dy := v-line[max(x-1, 0)], v-above[x]
			if max(dx, -dx)+max(dy, -dy) > step {
				dst.Row(row)[x] = 1
			}
		}
	}
}

// haziness is the share of the full strength that the picture is treated with, 0.1
// to 1. Two things count as evidence. Either hardly a pixel is dark: then
// there is haze before everything. Or much of the picture is finely textured and not
// bright, and still has no dark pixels: shadows that texture must have are veiled.
func (s *survey) haziness(dark *filter.Plane) float32 {
	everywhere := ramp(quantile(dark, 0.05), 0.09, 0.17)

	var sum float64
	for i, v := range dark.Pix {
		sum += float64(s.texture.Pix[i] * ramp(v, 0.15, 0.3) * (1 - ramp(s.mean.Pix[i], 0.75, 0.85)))
	}
	inPlaces := ramp(float32(sum/float64(len(dark.Pix))), 0.24, 0.42)
	return 0.1 + 0.9*max(everywhere, inPlaces)
}

// sky is the least transmission at sample i: where it is as bright as the
// airlight and flat there is nothing to uncover, only noise and bands to amplify.
func (s *survey) sky(i int, air float32) float32 {
	return 0.6 * s.flat.Pix[i] * ramp(s.mean.Pix[i]/air, 0.75, 0.95)
}

// histogram counts samples in 0..1 to 1/4096.
type histogram struct {
	bins  [4097]int
	total int
}

func (h *histogram) add(v float32) {
	h.bins[int(v*4096)]++
	h.total++
}

// quantile returns a value that the share q of the samples stay below and the others
// reach.
func (h *histogram) quantile(q float64) float32 {
	rank := min(int(q*float64(h.total)), h.total-1)
	bin := 0
	for seen := h.bins[0]; seen <= rank; seen += h.bins[bin] {
		bin++
	}
	return float32(bin) / 4096
}

func quantile(p *filter.Plane, q float64) float32 {
	var h histogram
	for _, v := range p.Pix {
		h.add(v)
	}
	return h.quantile(q)
}

// ramp rises smoothly from 0 at low to 1 at high.
func ramp(v, low, high float32) float32 {
	t := clamp01((v - low) / (high - low))
	return t * t * (3 - 2*t)
}
