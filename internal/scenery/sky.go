package scenery

import "math"

const cloudBase = 1500 // metres above the lake

// skyColour is the light that comes from direction d, which need not be a unit vector.
func (s *scene) skyColour(d vec) vec {
	d = d.unit()
	up := max(d.Y, 0)
	c := s.light.horizon.mix(s.light.zenith, 1-math.Exp(-4.2*up))
	// The glow of the sun that has set: wide along the horizon, low above it, to the right of the picture.
	side := clamp01(0.62 + 0.9*d.X)
	c = c.add(s.light.glow.scale(math.Exp(-7*up) * side * side))
	if d.Y < 0.012 {
		return c
	}
	cover, lit := s.cloud(d)
	cloud := s.light.shade.mix(s.light.cloud, lit).add(s.light.glow.scale(0.8 * side * lit * math.Exp(-5*up)))
	return c.mix(cloud, cover*smooth(0.012, 0.09, d.Y))
}

// cloud returns how far clouds cover direction d, and how brightly they are lit there.
func (s *scene) cloud(d vec) (cover, lit float64) {
	t := cloudBase / (d.Y + 0.045) // a little flattened, so that clouds near the horizon do not shrink to lines
	x, z := d.X*t/2600+s.cloudX, d.Z*t/2600
	density := s.cloudDensity(x, z)
	if density <= 0 {
		return 0, 0
	}
	toSun := s.light.toSun
	shadow := s.cloudDensity(x+0.10*toSun.X, z+0.10*toSun.Z)
	shadow = 0.6*shadow + 0.4*s.cloudDensity(x+0.22*toSun.X, z+0.22*toSun.Z)
	return smooth(0, 0.30, density), clamp01(1.0 - 0.9*shadow - 0.35*density + 0.15*d.Y)
}

func (s *scene) cloudDensity(x, z float64) float64 {
	warp := 0.25 * s.noise.at(x*1.3+5, z*1.3)
	body := s.noise.fbm(x+warp, z-warp, 7)
	return clamp01((body*1.5 + 0.42*s.noise.at(x*0.45+11, z*0.45) - 0.05) * 1.7)
}
