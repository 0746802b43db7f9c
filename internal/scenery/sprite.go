package scenery

import "math"

type spriteKind int

const (
	conifer spriteKind = iota
	broadleaf
	tuft // of grass
	reed
	lamppost
)

// sprite is a thing that stands upright and always faces the camera: seen from one place only, that is all a tree needs.
type sprite struct {
	kind      spriteKind
	foot      vec
	half, top float64 // half the width, and the height, in metres
	seed      float64
	colour    vec
	crown     []disc
}

// disc is one round part of a crown, in the sprite's own coordinates; z is how far it stands out toward the camera.
type disc struct{ a, b, r, z float64 }

// surface is what a ray has hit.
type surface struct {
	albedo, normal, emission vec
	open                     float64 // share of the light that gets there
}

// hit tells what is at (a, b): a from -1 to 1 across, b from 0 to 1 upward.
func (p *sprite) hit(n *noise, a, b float64) (surface, bool) {
	switch p.kind {
	case conifer:
		return p.conifer(n, a, b)
	case broadleaf:
		return p.broadleaf(n, a, b)
	case lamppost:
		return p.lamppost(a, b)
	default:
		return p.blades(n, a, b)
	}
}

func (p *sprite) conifer(n *noise, a, b float64) (surface, bool) {
	if b < 0.07 {
		return surface{albedo: vec{0.05, 0.035, 0.025}, normal: vec{a * 8, 0, -1}.unit(), open: 0.6}, math.Abs(a) < 0.09
	}
	layers := 5 + 1.6*p.top/4
	whorl := (b + 0.035*n.at(a*3+p.seed, p.seed)) * layers
	drop := whorl - math.Floor(whorl) // 0 at the tips of one layer of branches, 1 under the next one
	r := (1.02 - b) * (1 - 0.42*drop) * (0.92 + 0.35*n.at(b*layers*3.1+p.seed, a*2))
	r += 0.05 * n.at(a*19+p.seed, b*45)
	if math.Abs(a) > r {
		return surface{}, false
	}
	x := a / max(r, 0.02)
	needles := n.at(a*p.half*7+p.seed, b*p.top*4)
	normal := vec{x*1.1 + 0.4*needles, 0.35 + 0.5*(0.5-drop), -math.Sqrt(max(1-x*x, 0)) - 0.15}.unit()
	return surface{albedo: p.colour.scale(1 + 0.4*needles), normal: normal, open: (1 - 0.6*drop) * (0.75 + 0.25*b)}, true
}

func (p *sprite) broadleaf(n *noise, a, b float64) (surface, bool) {
	aspect := p.top / p.half // one unit of b in units of a
	x, y := a*p.half, b*p.top
	fine := n.at(x*5.5+p.seed, y*5.5)
	edge := 0.05*n.at(x*1.9+p.seed, y*1.9) + 0.045*fine
	front, leaf := -9.0, disc{}
	for _, d := range p.crown {
		dx, dy := a-d.a, (b-d.b)*aspect
		q := (dx*dx + dy*dy) / ((d.r + edge) * (d.r + edge))
		if q >= 1 {
			continue
		}
		if z := d.z + d.r*math.Sqrt(1-q); z > front {
			front, leaf = z, d
		}
	}
	if front > -9 {
		return p.leaves(a, b, fine+0.7*n.at(x*2.3+p.seed, y*2.3+40), leaf), true
	}
	if b < 0.42 && math.Abs(a-0.03*n.at(b*6, p.seed)) < 0.05+0.05*smooth(0.08, 0, b) {
		bark := 1 + 0.4*n.at(a*60, b*14)
		return surface{albedo: vec{0.085, 0.06, 0.042}.scale(bark), normal: vec{a / 0.07, 0, -0.7}.unit(), open: 0.75}, true
	}
	return surface{}, false
}

// leaves shades one part of a crown partly as a ball of its own and partly as a piece of the whole crown.
func (p *sprite) leaves(a, b, grain float64, d disc) surface {
	aspect := p.top / p.half
	x, y := (a-d.a)/d.r, (b-d.b)*aspect/d.r
	z := math.Sqrt(max(0.05, 1-x*x-y*y))
	whole := vec{a, (b - 0.58) * aspect, -0.75}
	normal := vec{x, y, -z}.add(whole.scale(0.9)).add(vec{0.55 * grain, 0.35 * grain, 0}).unit()
	open := 0.42 + 0.58*smooth(-1.1, 0.8, y+0.8*(b-0.6)*aspect+0.5*grain)
	return surface{albedo: p.colour.scale(1 + 0.38*grain), normal: normal, open: open}
}

func (p *sprite) blades(n *noise, a, b float64) (surface, bool) {
	const blades = 9
	for i := range blades {
		k := float64(i)
		foot := (k+0.5)/blades*1.5 - 0.75 + 0.1*n.at(k*1.7, p.seed)
		lean := 0.45 * n.at(k*2.3+8, p.seed)
		tip := 0.55 + 0.5*math.Abs(n.at(k*3.1, p.seed+4))
		t := b / tip
		if t > 1 {
			continue
		}
		width := 0.05 * (1 - t*t)
		if p.kind == reed {
			width = 0.035 * (1 - 0.5*t)
			if t > 0.82 && i%3 == 0 {
				width = 0.075
			}
		}
		if math.Abs(a-foot-lean*t*t) < width {
			c := p.colour.scale(0.6 + 0.75*t)
			if p.kind == reed && t > 0.82 && i%3 == 0 {
				c = vec{0.16, 0.085, 0.04}
			}
			return surface{albedo: c, normal: vec{lean, 0.8, -0.6}.unit(), open: 0.5 + 0.5*t}, true
		}
	}
	return surface{}, false
}

func (p *sprite) lamppost(a, b float64) (surface, bool) {
	aspect := p.top / p.half
	if y := (b - 0.93) * aspect; a*a+y*y < 0.30 {
		return surface{albedo: vec{0.85, 0.82, 0.75}, normal: vec{a, y, -0.7}.unit(), emission: vec{46, 34, 18}, open: 1}, true
	}
	half := 0.13
	if b < 0.06 {
		half = 0.3
	}
	return surface{albedo: vec{0.035, 0.04, 0.045}, normal: vec{a / half, 0, -0.6}.unit(), open: 1}, math.Abs(a) < half && b < 0.9
}
