package scenery

import "math"

type faceKind int

const (
	wall  faceKind = iota // a rectangle
	gable                 // a wall that ends in a triangle: its upper part narrows to a point
	spire                 // a triangle
	roof
	plain
)

// face is a parallelogram in space (o, o+u, o+v), or what its kind leaves of it.
type face struct {
	kind        faceKind
	o, u, v     vec
	colour      vec
	windows     bool
	eaves       float64 // of a gable: where the triangle begins, 0..1
	seed        int
	normal      vec
	lenU, lenV  float64
	left, right float64 // X/Z as seen from the camera, to skip rays that cannot hit
	nearZ, farZ float64
}

func newFace(f face) face {
	f.normal = f.u.cross(f.v).unit()
	f.lenU, f.lenV = math.Sqrt(f.u.dot(f.u)), math.Sqrt(f.v.dot(f.v))
	f.left, f.right, f.nearZ, f.farZ = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range []vec{f.o, f.o.add(f.u), f.o.add(f.v), f.o.add(f.u).add(f.v)} {
		f.left, f.right = min(f.left, p.X/p.Z), max(f.right, p.X/p.Z)
		f.nearZ, f.farZ = min(f.nearZ, p.Z), max(f.farZ, p.Z)
	}
	return f
}

// meet returns the ray's parameter and the place on the face, both coordinates in 0..1.
func (f *face) meet(o, d vec) (t, a, b float64, ok bool) {
	den := f.normal.dot(d)
	if math.Abs(den) < 1e-9 {
		return 0, 0, 0, false
	}
	if t = f.normal.dot(f.o.sub(o)) / den; t <= 0 {
		return 0, 0, 0, false
	}
	p := o.add(d.scale(t)).sub(f.o)
	// u and v need not be at right angles: solve the two-by-two system.
	uu, uv, vv, pu, pv := f.u.dot(f.u), f.u.dot(f.v), f.v.dot(f.v), p.dot(f.u), p.dot(f.v)
	det := uu*vv - uv*uv
	a, b = (pu*vv-pv*uv)/det, (pv*uu-pu*uv)/det
	if a < 0 || a > 1 || b < 0 || b > 1 {
		return 0, 0, 0, false
	}
	half := math.Abs(2*a - 1)
	switch f.kind {
	case gable:
		ok = half <= 1-(b-f.eaves)/(1-f.eaves)
	case spire:
		ok = half <= 1-b
	default:
		ok = true
	}
	return t, a, b, ok
}

// look is the surface at (a, b), seen in direction d.
func (f *face) look(n *noise, a, b float64, d vec) surface {
	s := surface{albedo: f.colour, normal: f.normal, open: 1}
	if s.normal.dot(d) > 0 {
		s.normal = s.normal.scale(-1)
	}
	x, y := a*f.lenU, b*f.lenV
	switch {
	case f.kind == roof:
		row := math.Floor(y / 0.32)
		tile := n.cell(int(math.Floor(x/0.35+0.5*math.Mod(row, 2))), int(row), f.seed)
		s.albedo = f.colour.scale(0.78 + 0.38*tile)
	case f.windows:
		s = f.window(n, s, x, y)
	case f.kind != plain:
		s.albedo = f.colour.scale(1 + 0.08*n.at(x*1.5, y*1.5))
	}
	return s
}

// window lays windows and their frames on a wall, one in every cell of 2.3 by 2.6 metres.
func (f *face) window(n *noise, s surface, x, y float64) surface {
	columns := max(1, math.Floor(f.lenU/2.3))
	cellW := f.lenU / columns
	col, row := math.Floor(x/cellW), math.Floor(y/2.6)
	dx, dy := math.Abs(x-(col+0.5)*cellW), math.Abs(y-row*2.6-1.45)
	s.albedo = f.colour.scale(1 + 0.08*n.at(x*1.5, y*1.5) - 0.25*smooth(0.9, 0, y))
	top := f.lenV
	if f.kind == gable {
		top = f.lenV * f.eaves
	}
	if dx > 0.62 || dy > 0.78 || row*2.6+2.3 > top {
		return s
	}
	if dx > 0.50 || dy > 0.66 || dx < 0.05 || math.Abs(dy) < 0.04 {
		s.albedo = vec{0.75, 0.74, 0.70}
		return s
	}
	s.albedo = vec{0.06, 0.075, 0.095}
	if home := n.cell(int(col), int(row), f.seed); home > 0.22 {
		s.emission = vec{3.6, 2.0, 0.66}.scale(0.45 + home)
	}
	return s
}

// house returns the faces of a house with a gabled roof: its middle on the ground, width across, depth away, eaves and ridge height, turned by angle.
func house(at vec, width, depth, eaves, ridge, angle float64, paint, tiles vec, seed int) []face {
	sin, cos := math.Sincos(angle)
	r, d, up := vec{cos, 0, sin}, vec{-sin, 0, cos}, vec{0, 1, 0}
	corner := at.sub(r.scale(width / 2)).sub(d.scale(depth / 2)).sub(up.scale(1.5))
	w, l := r.scale(width), d.scale(depth)
	eaves, ridge = eaves+1.5, ridge+1.5
	faces := []face{
		{kind: gable, o: corner, u: w, v: up.scale(ridge), eaves: eaves / ridge, colour: paint, windows: true, seed: seed},
		{kind: gable, o: corner.add(l), u: w, v: up.scale(ridge), eaves: eaves / ridge, colour: paint, windows: true, seed: seed + 1},
		{kind: wall, o: corner, u: l, v: up.scale(eaves), colour: paint, windows: true, seed: seed + 2},
		{kind: wall, o: corner.add(w), u: l, v: up.scale(eaves), colour: paint, windows: true, seed: seed + 3},
	}
	over, rise := 0.45, ridge-eaves
	slope := func(foot, across vec) face {
		o := foot.add(up.scale(eaves - over*rise/(width/2))).sub(across.scale(over)).sub(d.scale(over))
		v := across.scale(width/2 + over).add(up.scale(rise * (1 + over/(width/2))))
		return face{kind: roof, o: o, u: d.scale(depth + 2*over), v: v, colour: tiles, seed: seed + 4}
	}
	faces = append(faces, slope(corner, r), slope(corner.add(w), r.scale(-1)))
	stack := corner.add(w.scale(0.68)).add(l.scale(0.4)).add(up.scale(ridge - 1.9))
	return append(faces, box(stack, r, d, 0.8, 0.8, 2.2, vec{0.24, 0.10, 0.07})...)
}

// box returns the walls and the top of an upright block that stands at o.
func box(o, r, d vec, width, depth, height float64, colour vec) []face {
	w, l, up := r.scale(width), d.scale(depth), vec{0, height, 0}
	return []face{
		{kind: plain, o: o, u: w, v: up, colour: colour}, {kind: plain, o: o.add(l), u: w, v: up, colour: colour},
		{kind: plain, o: o, u: l, v: up, colour: colour}, {kind: plain, o: o.add(w), u: l, v: up, colour: colour},
		{kind: plain, o: o.add(up), u: w, v: l, colour: colour},
	}
}

// church is a nave with a tower and a pointed steeple before it.
func church(at vec, angle float64, seed int) []face {
	white, slate := vec{0.70, 0.67, 0.60}, vec{0.13, 0.14, 0.17}
	faces := house(at, 9, 18, 7, 12.5, angle, white, vec{0.30, 0.115, 0.07}, seed)
	sin, cos := math.Sincos(angle)
	r, d := vec{cos, 0, sin}, vec{-sin, 0, cos}
	foot := at.sub(r.scale(2.6)).sub(d.scale(13)).sub(vec{0, 1.5, 0})
	tower := box(foot, r, d, 5.2, 5.2, 20, white)
	for i := range tower[:4] {
		tower[i].kind = wall
	}
	faces = append(faces, tower...)
	for _, hole := range []struct{ x, y, w, h float64 }{{1.1, 15.6, 1.1, 2.9}, {3.0, 15.6, 1.1, 2.9}, {2.2, 9, 0.8, 1.7}, {1.9, 1.5, 1.4, 2.7}} {
		o := foot.add(r.scale(hole.x)).add(vec{0, hole.y, 0}).sub(d.scale(0.05))
		faces = append(faces, face{kind: plain, o: o, u: r.scale(hole.w), v: vec{0, hole.h, 0}, colour: vec{0.07, 0.06, 0.055}})
	}
	top := foot.add(vec{0, 20, 0}).add(r.scale(2.6)).add(d.scale(2.6))
	for i := range 4 {
		s, c := math.Sincos(angle + float64(i)*math.Pi/2)
		side, out := vec{c, 0, s}, vec{s, 0, -c}
		o := top.add(out.scale(2.8)).sub(side.scale(2.8))
		faces = append(faces, face{kind: spire, o: o, u: side.scale(5.6), v: out.scale(-2.8).add(vec{0, 13, 0}), colour: slate, seed: seed})
	}
	return faces
}

// sailboat lies on the water with its bow to the left.
func sailboat(at vec, size float64, hull vec) []face {
	r, up := vec{0.93, 0, 0.36}, vec{0, 1, 0}
	sail := vec{0.92, 0.90, 0.85}
	mast := at.add(up.scale(0.9 * size))
	return []face{
		{kind: plain, o: at.sub(r.scale(3.2 * size)).sub(up.scale(0.2)), u: r.scale(6 * size), v: up.scale(size).add(r.scale(0.5 * size)), colour: hull},
		{kind: spire, o: mast.add(r.scale(0.1 * size)), u: r.scale(2.9 * size), v: up.scale(8.2 * size).sub(r.scale(1.3 * size)), colour: sail},
		{kind: spire, o: mast.sub(r.scale(2.6 * size)), u: r.scale(2.5 * size), v: up.scale(6.6 * size).add(r.scale(1.1 * size)), colour: sail.scale(0.94)},
		{kind: plain, o: mast, u: r.scale(0.12 * size), v: up.scale(8.6 * size), colour: vec{0.2, 0.13, 0.08}},
	}
}
