package dehaze

import (
	"context"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

const (
	// patch is the radius of the minimum filter and guideRadius that of the guided
	// filter, on the shrunk picture.
	patch, guideRadius = 7, 24
	guideEpsilon       = 1e-3
	// brightest is the share of the picture in which the airlight is sought.
	brightest = 0.001
	// darkestAir and whitestAir bound the airlight: haze scatters daylight and is
	// bright, but a pure white one would turn pale surfaces grey.
	darkestAir, whitestAir = 0.5, 0.95
)

// model is the haze of one picture, I = J*t + A*(1-t), with the transmission t a
// local linear function of the luma.
type model struct {
	airlight      [3]float32
	least         float32 // transmission; less would show nothing but noise
	natural       bool
	slope, offset *filter.Plane
}

// estimate measures the haze on the shrunk picture.
func estimate(ctx context.Context, rgb [3]*filter.Plane, natural bool) (*model, error) {
	dark := minChannel(rgb, [3]float32{1, 1, 1})
	if err := filter.Min(ctx, dark, patch); err != nil {
		return nil, err
	}
	s, err := surveyed(ctx, rgb)
	if err != nil {
		return nil, err
	}
	m := &model{airlight: airlight(rgb, dark), least: 0.1}
	omega := float32(0.95)
	if natural {
		m.natural, m.least = true, 0.15
		omega = 0.8 + 0.12*ramp(quantile(dark, 0.05), 0.2, 0.5) // of thick haze a fifth is too much
		grey := luma(m.airlight)                                // a coloured airlight would shift the hues
		m.airlight = [3]float32{grey, grey, grey}
	}
	omega *= s.haziness(dark)
	t := minChannel(rgb, m.airlight)
	if err := filter.Min(ctx, t, patch); err != nil {
		return nil, err
	}
	for i, veil := range t.Pix {
		t.Pix[i] = max(1-omega*veil, s.sky(i, luma(m.airlight)))
	}
	m.slope, m.offset, err = filter.Guided(ctx, s.luma, t, guideRadius, guideEpsilon)
	return m, err
}

// minChannel returns the minimum of the three channels, each over its scale.
func minChannel(rgb [3]*filter.Plane, scale [3]float32) *filter.Plane {
	p := filter.NewPlane(rgb[0].W, rgb[0].H)
	for i := range p.Pix {
		p.Pix[i] = min(rgb[0].Pix[i]/scale[0], rgb[1].Pix[i]/scale[1], rgb[2].Pix[i]/scale[2], 1)
	}
	return p
}

// airlight is the median colour of the pixels whose dark channel is brightest: a
// median, since a lamp or a white car among them must not decide.
func airlight(rgb [3]*filter.Plane, dark *filter.Plane) [3]float32 {
	threshold := quantile(dark, 1-brightest)
	var histograms [3]histogram
	for i, v := range dark.Pix {
		if v >= threshold {
			for c := range histograms {
				histograms[c].add(rgb[c].Pix[i])
			}
		}
	}
	var air [3]float32
	for c := range air {
		air[c] = min(max(histograms[c].quantile(0.5), darkestAir), whitestAir)
	}
	return air
}

// restore inverts the model for one pixel of transmission t.
func (m *model) restore(c [3]float32, t float32) [3]float32 {
	gain := 1 / min(max(t, m.least), 1)
	for i, a := range m.airlight {
		c[i] = (c[i]-a)*gain + a
	}
	if m.natural {
		return intoGamut(c)
	}
	return [3]float32{clamp01(c[0]), clamp01(c[1]), clamp01(c[2])}
}

// intoGamut brings a colour into 0..1 by moving it towards the grey of its luma,
// which keeps its hue and, as far as there is one, its lightness.
func intoGamut(c [3]float32) [3]float32 {
	low, high := min(c[0], c[1], c[2]), max(c[0], c[1], c[2])
	if low >= 0 && high <= 1 {
		return c
	}
	grey := clamp01(luma(c))
	keep := float32(1)
	if low < 0 {
		keep = grey / (grey - low)
	}
	if high > 1 {
		keep = min(keep, (1-grey)/(high-grey))
	}
	for i, v := range c {
		c[i] = clamp01(grey + keep*(v-grey))
	}
	return c
}

func clamp01(v float32) float32 {
	return min(max(v, 0), 1)
}
