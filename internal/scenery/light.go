package scenery

import (
	"math"
	"sync"
)

// lighting is the time of day: where the light comes from and how the camera is set.
type lighting struct {
	toSun          vec // unit vector towards the sun; the moon in the evening
	sun, ambient   vec
	zenith         vec
	horizon, glow  vec // the sky at the horizon, and what is added to it toward the glow in the west
	cloud, shade   vec // sunlit and shaded parts of clouds
	lamps          float64
	exposure, veil float64 // veil: natural blueing per metre of clear air
}

var daylight = lighting{
	toSun: vec{-0.74, 0.56, -0.37}, sun: vec{2.55, 2.3, 1.92}, ambient: vec{0.30, 0.36, 0.47},
	zenith: vec{0.07, 0.21, 0.58}, horizon: vec{0.50, 0.68, 0.90},
	cloud: vec{1.25, 1.2, 1.13}, shade: vec{0.50, 0.56, 0.68},
	exposure: 0.82, veil: 3e-5,
}

var dusk = lighting{
	toSun: vec{0.45, 0.5, -0.74}, sun: vec{0.045, 0.060, 0.100}, ambient: vec{0.040, 0.048, 0.075},
	zenith: vec{0.012, 0.028, 0.085}, horizon: vec{0.070, 0.080, 0.125}, glow: vec{0.50, 0.17, 0.035},
	cloud: vec{0.20, 0.085, 0.06}, shade: vec{0.016, 0.020, 0.042},
	lamps: 1, exposure: 1.15, veil: 1e-5,
}

// toneMap compresses linear light into 0..1 with the filmic curve of K. Narkowicz ("ACES Filmic Tone Mapping Curve", 2016).
func toneMap(x float64) float64 {
	return clamp01(x * (2.51*x + 0.03) / (x*(2.43*x+0.59) + 0.14))
}

// encode turns linear light of 0..1 into an 8-bit sRGB value (IEC 61966-2-1).
func encode(x float64) uint8 {
	x = clamp01(x)
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(x*255 + 0.5)
}

// decodeTable returns the linear light of each 8-bit sRGB value.
var decodeTable = sync.OnceValue(func() *[256]float64 {
	var t [256]float64
	for i := range t {
		if x := float64(i) / 255; x <= 0.04045 {
			t[i] = x / 12.92
		} else {
			t[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return &t
})
