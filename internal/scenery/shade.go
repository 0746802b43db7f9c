package scenery

import "math"

// lit is the light that a matt surface at p sends back: the sun (open says how much of it gets there), the sky and the lamps.
func (s *scene) lit(p, n, albedo vec, open float64) vec {
	sun := max(n.dot(s.light.toSun), 0) * open
	light := s.light.sun.scale(sun).add(s.light.ambient.scale(0.62 + 0.38*n.Y))
	if s.light.lamps > 0 && p.Z < 400 {
		light = light.add(s.lampLight(p, n).scale(s.light.lamps))
	}
	return albedo.mul(light)
}

// lampLight falls off with the square of the distance.
func (s *scene) lampLight(p, n vec) vec {
	sum := 0.0
	for _, l := range s.lamps {
		to := l.sub(p)
		d2 := to.dot(to)
		if d2 > 35*35 {
			continue
		}
		facing := max(0, n.dot(to)/math.Sqrt(d2))
		sum += (0.2 + facing) / (1 + d2) * smooth(35*35, 15*15, d2)
	}
	return vec{13, 9.2, 4.6}.scale(sum)
}

// castShadow enters sprite i into every cell of the ground that its shadow reaches.
func (s *scene) castShadow(i int) {
	p := &s.sprites[i]
	if p.kind != conifer && p.kind != broadleaf || p.foot.Z > 900 {
		return
	}
	l := s.light.toSun
	reach := p.top/l.Y*math.Hypot(l.X, l.Z) + p.half
	seen := map[[2]int]bool{}
	for t := -p.half; t < reach; t += shadowCell / 3 {
		k := t / math.Hypot(l.X, l.Z)
		for _, side := range []float64{-p.half, 0, p.half} {
			c := [2]int{int(math.Floor((p.foot.X - l.X*k + side) / shadowCell)), int(math.Floor((p.foot.Z - l.Z*k + side) / shadowCell))}
			if !seen[c] {
				seen[c] = true
				s.shadows[c] = append(s.shadows[c], i)
			}
		}
	}
}

// treeShadow is 1 in the open and about 0.15 in the shadow of a tree.
func (s *scene) treeShadow(p vec) float64 {
	open, l := 1.0, s.light.toSun
	flat := l.X*l.X + l.Z*l.Z
	for _, i := range s.shadows[[2]int{int(math.Floor(p.X / shadowCell)), int(math.Floor(p.Z / shadowCell))}] {
		t := &s.sprites[i]
		dx, dz := t.foot.X-p.X, t.foot.Z-p.Z
		along := (dx*l.X + dz*l.Z) / flat // where the ray to the sun passes the trunk
		if along < 0 {
			continue
		}
		b := (p.Y + along*l.Y - t.foot.Y) / t.top
		off := math.Abs(dx*l.Z-dz*l.X) / math.Sqrt(flat)
		var radius float64
		if t.kind == conifer {
			radius = t.half * (1 - b) * 0.85
		} else {
			q := (b - 0.6) / 0.42
			radius = t.half * 0.95 * math.Sqrt(max(0, 1-q*q))
		}
		if b > 1.05 || radius <= 0 {
			continue
		}
		dapple := 0.25 * s.noise.at(p.X*1.4, p.Z*1.4)
		open = min(open, 0.15+0.85*smooth(0.72, 1.12, off/radius+dapple))
	}
	return open
}

// waterColour is the light from the lake at p: what it mirrors, by its Fresnel reflectance, and its own deep green; and the depth of both.
func (s *scene) waterColour(c *column, p vec, v float64) (vec, float64) {
	scale := 30 / p.Z // ripples keep their size in the picture: smaller ones average out
	ripple := s.noise.at(p.X*0.9*scale, p.Z*2.6*scale) + 0.6*s.noise.at(p.X*2.3*scale+9, p.Z*6.5*scale)
	wind := smooth(-0.15, 0.5, s.noise.fbm(p.X/70+3, p.Z/35, 3)) // patches that a breeze has roughened
	slope := ripple * (0.010 + 0.036*wind)
	up := math.Abs(-v+slope) + 0.002
	mirrored, end := c.trace(vec{p.X, 0, p.Z}, vec{c.u + 0.35*slope, up, 1}, false)
	fresnel := 0.03 + 0.97*math.Pow(1-up/math.Sqrt(1+up*up+c.u*c.u), 5)
	fresnel = min(0.93, fresnel*1.25)
	near, _ := s.shores(p.X, p.Z)
	deep := vec{0.012, 0.040, 0.042}.mix(vec{0.10, 0.105, 0.055}, smooth(-7, 0, near))
	body := deep.mul(s.light.sun.scale(0.5).add(s.light.ambient.scale(1.6)))
	// Either light counts by its brightness, so that haze takes from each what it would take from it alone.
	far, close := fresnel*mirrored.luma(), (1-fresnel)*body.luma()
	return body.mix(mirrored, fresnel), wayFor((far*arriving(end) + close*arriving(p.Z)) / (far + close))
}
