package scenery

import "math"

// ground is what lies at a point of the terrain.
type ground struct {
	height     float64 // metres above the lake; negative below its surface
	meadow     bool    // the near shore; otherwise the far one
	far        float64 // metres behind the far shoreline
	hill, peak float64 // how far the point is into the hills and into the mountains, 0..1
}

// shores returns how many metres a point lies inside the near and the far shore.
func (s *scene) shores(x, z float64) (near, far float64) {
	near = 92 + 13*s.noise.at(x/52+3, 0.5) + 5*s.noise.at(x/15, 7.5) + 0.22*max(x-10, 0) - z
	bank := 225 + 22*s.noise.at(x/80+9, 2.5) + 6*s.noise.at(x/21, 4.5)
	bank += 300*smooth(15, -120, x) - 30*smooth(-150, -330, x)
	return near, z - bank
}

// terrain describes the point (x, z); details smaller than fine metres are left out, so that distant columns do not alias.
func (s *scene) terrain(x, z, fine float64) ground {
	near, far := s.shores(x, z)
	if near <= 0 && far <= 0 {
		return ground{height: max(-4, 0.12*max(near, far))}
	}
	if near > far {
		t := near / 92
		h := 0.06*near + 13.2*math.Pow(t, 1.7) + smooth(0, 25, near)*0.9*s.noise.at(x/23, z/23)
		if fine < 1 {
			h += smooth(0, 8, near) * 0.12 * s.noise.at(x/3.1, z/3.1)
		}
		return ground{height: h, meadow: true}
	}
	g := ground{far: far, hill: smooth(90, 700, far+30*s.noise.at(x/140, z/140)), peak: smooth(1100, 3900, z)}
	g.height = 0.6*math.Tanh(far/4) + 13*(1-math.Exp(-far/170)) + smooth(0, 60, far)*2*s.noise.at(x/60, z/60)
	roll := 0.55 + s.noise.fbm(x/520+s.hillX, z/640, octaves(520, fine, 6))
	g.height += g.hill * (1 - 0.6*g.peak) * max(150*roll*smooth(60, 1500, far), -6)
	if g.peak > 0 {
		ridge := s.noise.ridged(x/2300+s.peakX, z/2500+s.peakZ, octaves(2300, fine, 9))
		valley := 0.55 + 0.6*smooth(0.05, 0.38, math.Abs(x/z+0.02+0.05*s.noise.at(z/900, 3)))
		g.height += 1480 * g.peak * valley * math.Pow(ridge, 1.35)
	}
	return g
}

func octaves(wavelength, fine float64, limit int) int {
	return min(limit, max(2, math.Ilogb(wavelength/fine)))
}

// normal is taken over the distance of about one pixel.
func (s *scene) normal(p vec, height, fine float64) vec {
	e := max(0.25, fine)
	return vec{height - s.terrain(p.X+e, p.Z, fine).height, e, height - s.terrain(p.X, p.Z+e, fine).height}.unit()
}

// landColour is the light that the terrain sends from p, near step i of the column's profile.
func (c *column) landColour(p vec, i int) vec {
	fine := 0.0012 * p.Z
	g := c.terrain(p.X, p.Z, fine)
	n := c.normal(p, g.height, fine)
	var albedo vec
	if g.meadow {
		albedo, n = c.meadow(p, n)
	} else {
		albedo, n = c.farLand(p, n, g, fine)
	}
	if g.peak <= 0.02 {
		return c.lit(p, n, albedo, c.treeShadow(p))
	}
	if c.sun[i] < 0 {
		c.sun[i] = c.peakShadow(vec{c.u * c.z[i], c.y[i], c.z[i]})
	}
	return c.lit(p, n, albedo, c.sun[i])
}

// peakShadow is the share of the sun that reaches p past the mountains.
func (s *scene) peakShadow(p vec) float64 {
	open, l := 1.0, s.light.toSun
	for t := 40.0; t < 2600; t *= 1.33 {
		above := p.Y + l.Y*t - s.terrain(p.X+l.X*t, p.Z+l.Z*t, max(5, t*0.08)).height
		open = min(open, 0.5+6*above/t)
		if open <= 0 {
			return 0
		}
	}
	return smooth(0, 1, open)
}

func (s *scene) meadow(p, n vec) (vec, vec) {
	patch := s.noise.fbm(p.X/17, p.Z/17+4, 3)
	blade := s.noise.at(p.X*4.3, p.Z*1.1) * clamp01(28/p.Z)
	grass := vec{0.085, 0.165, 0.030}.mix(vec{0.20, 0.215, 0.055}, clamp01(0.42+1.1*patch))
	grass = grass.scale(1 + 0.38*blade + 0.22*s.noise.at(p.X*1.3, p.Z*0.6))
	near, _ := s.shores(p.X, p.Z)
	sand := vec{0.31, 0.26, 0.17}.scale(1 + 0.15*s.noise.at(p.X*2, p.Z*2))
	beach := smooth(2.6, 1.0, near+0.8*s.noise.at(p.X/3, p.Z/3))
	path := smooth(1.25, 0.75, math.Abs(p.X-s.pathX(p.Z))/(0.55+0.25*s.noise.at(p.X/2, p.Z/2))/1.3)
	n = n.add(vec{0.35 * blade, 0, 0.25 * s.noise.at(p.X*2.1+9, p.Z*1.3)}).unit()
	return grass.mix(sand, max(beach, 0.85*path)), n
}

// pathX is the middle of the footpath that leads from the camera to the lake.
func (s *scene) pathX(z float64) float64 { return 7.5 + 6*math.Sin(z/19+s.pathPhase) - 0.10*z }

func (s *scene) farLand(p, n vec, g ground, fine float64) (vec, vec) {
	patch := s.noise.fbm(p.X/90, p.Z/160+2, 4)
	field := vec{0.105, 0.165, 0.035}.mix(vec{0.26, 0.235, 0.075}, smooth(-0.15, 0.4, patch))
	field = field.scale(1 + 0.2*s.noise.at(p.X/3, p.Z/9))
	field = field.mix(vec{0.30, 0.26, 0.18}, smooth(3.5, 1, g.far))
	canopy := s.noise.fbm(p.X/max(9, 3*fine), p.Z/max(14, 3*fine), 3)
	wood := vec{0.024, 0.062, 0.020}.mix(vec{0.075, 0.105, 0.028}, clamp01(0.5+0.9*canopy+0.4*patch))
	wooded := smooth(0.0, 0.10, s.forest(p.X, p.Z, g))
	albedo := field.mix(wood, wooded)
	n = n.add(vec{0.9 * canopy, 0, 0.8 * s.noise.at(p.X/11+40, p.Z/17)}.scale(wooded)).unit()
	if g.peak <= 0 {
		return albedo, n
	}
	height := p.Y + 130*s.noise.fbm(p.X/330, p.Z/330, octaves(330, fine, 6))
	strata := 0.5 + 0.5*s.noise.at(p.Y/26+3*s.noise.at(p.X/300, p.Z/300), p.X/900)
	rock := vec{0.20, 0.185, 0.175}.mix(vec{0.33, 0.305, 0.275}, strata).scale(1 + 0.35*s.noise.at(p.X/70, p.Z/70))
	albedo = albedo.mix(rock, smooth(330, 560, height+260*(0.82-n.Y)))
	snow := smooth(0.50, 0.72, n.Y+0.00045*(height-900)) * smooth(640, 900, height)
	return albedo.mix(vec{0.78, 0.81, 0.87}, snow), n
}

// forest is positive where trees grow on the far shore.
func (s *scene) forest(x, z float64, g ground) float64 {
	open := s.noise.fbm(x/210+6, z/330, 3)
	return open + 0.75*g.hill - 0.18 - 0.6*smooth(70, 10, g.far)*smooth(-60, 20, x)
}
