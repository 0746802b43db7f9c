package scenery

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	eye         = 21.5 // metres of the camera above the lake
	fieldOfView = 1.06 // width of the picture at a distance of one
)

// scene is a lake between a meadow and a village, with hills and mountains behind. Its camera stands at X = 0, Z = 0, looks along Z
// and does not roll: every column of the picture is one vertical plane, which makes both the terrain and its mirror image cheap to find.
type scene struct {
	noise   *noise
	light   lighting
	sprites []sprite
	faces   []face
	lamps   []vec
	shadows map[[2]int][]int // the sprites that may shade a cell of the ground

	cloudX, hillX, peakX, peakZ, pathPhase float64
}

const shadowCell = 12 // metres

func newScene(seed uint64, light lighting) *scene {
	rng := newRand(seed, 0x7363656e65)
	s := &scene{noise: newNoise(seed), light: light, shadows: map[[2]int][]int{}}
	s.light.toSun = light.toSun.unit()
	s.cloudX, s.hillX = 40*rng.Float64(), 40*rng.Float64()
	s.peakX, s.peakZ, s.pathPhase = 90*rng.Float64(), 90*rng.Float64(), 0.8*rng.Float64()
	s.build(rng)
	s.plantForest(rng)
	s.plantShore(rng)
	slices.SortStableFunc(s.sprites, func(a, b sprite) int { return cmp.Compare(a.foot.Z, b.foot.Z) })
	for i := range s.sprites {
		s.castShadow(i)
	}
	return s
}

func (s *scene) onGround(x, z float64) vec { return vec{x, s.terrain(x, z, 0.5).height, z} }

// build places the village, the boats and the lamps.
func (s *scene) build(rng *rand.Rand) {
	paints := []vec{{0.72, 0.66, 0.54}, {0.62, 0.42, 0.22}, {0.68, 0.68, 0.66}, {0.52, 0.20, 0.13}, {0.58, 0.60, 0.50}, {0.66, 0.50, 0.36}}
	tiles := []vec{{0.33, 0.115, 0.065}, {0.26, 0.10, 0.07}, {0.17, 0.13, 0.12}}
	for i := range 13 {
		k := float64(i)
		x := 26 + 11.5*k + 3*rng.Float64()
		_, far := s.shores(x, 0)
		z := -far + 11 + 34*rng.Float64()*rng.Float64() + 15*float64(i%3)
		s.faces = append(s.faces, house(s.onGround(x, z), 7+2*rng.Float64(), 9+3*rng.Float64(), 4.6+1.6*float64(i%2), 8.6+1.8*rng.Float64(),
			1.1*(rng.Float64()-0.5), paints[i%len(paints)], tiles[i%len(tiles)], 10*i)...)
	}
	_, far := s.shores(84, 0)
	s.faces = append(s.faces, church(s.onGround(84, -far+44), 0.35, 400)...)
	s.faces = append(s.faces, sailboat(vec{-24, 0, 168}, 1, vec{0.60, 0.09, 0.06})...)
	s.faces = append(s.faces, sailboat(vec{12, 0, 205}, 0.8, vec{0.08, 0.16, 0.34})...)
	for i := range s.faces {
		s.faces[i] = newFace(s.faces[i])
	}
	for _, z := range []float64{34, 62} {
		s.addLamp(s.pathX(z)+1.9, z, 4.2)
	}
	for i := range 9 {
		x := 22 + 18.5*float64(i)
		_, far := s.shores(x, 0)
		s.addLamp(x, -far+5, 4.6)
	}
}

func (s *scene) addLamp(x, z, height float64) {
	foot := s.onGround(x, z)
	s.sprites = append(s.sprites, sprite{kind: lamppost, foot: foot, half: 0.42, top: height})
	s.lamps = append(s.lamps, foot.add(vec{0, 0.93 * height, 0}))
}

// plantForest covers the far shore as far as single trees can be told apart.
func (s *scene) plantForest(rng *rand.Rand) {
	for z := 232.0; z < 2100; {
		step := 5.2 + z*0.0085
		for x := -0.6 * z; x < 0.6*z; x += step {
			px, pz := x+step*rng.Float64(), z+step*rng.Float64()
			fine := pz * 0.002
			_, far := s.shores(px, pz)
			draw, size, kind := rng.Float64(), rng.Float64(), rng.Float64()
			if far < 3 {
				continue
			}
			g := s.terrain(px, pz, fine)
			dense := smooth(-0.03, 0.12, s.forest(px, pz, g))
			if draw > max(dense, 0.055) || s.occupied(px, pz) {
				continue
			}
			at := vec{px, g.height - 0.3, pz}
			if kind < 0.62*dense+0.12 {
				s.sprites = append(s.sprites, newConifer(at, 9+10*size, rng))
			} else {
				s.sprites = append(s.sprites, newBroadleaf(at, 6+6*size, rng))
			}
		}
		z += step * 0.8
	}
}

// occupied keeps trees out of houses.
func (s *scene) occupied(x, z float64) bool {
	for i := range s.faces {
		if f := &s.faces[i]; z > f.nearZ-2.5 && z < f.farZ+1.5 && x/z > f.left-0.012 && x/z < f.right+0.012 {
			return true
		}
	}
	return false
}

// plantShore frames the picture with trees and covers the near shore with grass.
func (s *scene) plantShore(rng *rand.Rand) {
	s.sprites = append(s.sprites, newBroadleaf(s.onGround(-18.5, 40), 19, rng))
	for _, t := range [][3]float64{{-25, 52, 15}, {-33, 66, 12}, {24.5, 50, 9.5}, {27.5, 47, 13}, {31, 58, 16}, {38, 72, 14}, {45, 84, 17}} {
		s.sprites = append(s.sprites, newConifer(s.onGround(t[0], t[1]), t[2], rng))
	}
	for z := 9.0; z < 98; z *= 1.021 {
		for x := -0.58 * z; x < 0.58*z; x += 0.34 + z*0.010 {
			px, pz := x+0.5*rng.Float64(), z*(1+0.02*rng.Float64())
			draw, size := rng.Float64(), rng.Float64()
			near, _ := s.shores(px, pz)
			if near < 0.6 || math.Abs(px-s.pathX(pz)) < 1.35 || draw > 0.55+0.5*s.noise.at(px/9, pz/9) {
				continue
			}
			tint := vec{0.10, 0.185, 0.035}.mix(vec{0.25, 0.245, 0.07}, clamp01(0.5+s.noise.fbm(px/17, pz/17+4, 3)))
			p := sprite{kind: tuft, foot: s.onGround(px, pz), half: 0.22 + 0.2*size, top: 0.25 + 0.4*size, seed: 90 * draw, colour: tint}
			if near < 5 && draw < 0.4 {
				p.kind, p.half, p.top, p.colour = reed, 0.5, 1.3+0.9*size, vec{0.15, 0.19, 0.05}
			}
			s.sprites = append(s.sprites, p)
		}
	}
}

func newConifer(foot vec, height float64, rng *rand.Rand) sprite {
	green := vec{0.026, 0.066, 0.026}.mix(vec{0.062, 0.098, 0.030}, rng.Float64())
	return sprite{kind: conifer, foot: foot, half: height * (0.19 + 0.05*rng.Float64()), top: height, seed: 90 * rng.Float64(), colour: green}
}

func newBroadleaf(foot vec, height float64, rng *rand.Rand) sprite {
	tint := vec{0.058, 0.115, 0.022}.mix(vec{0.125, 0.155, 0.030}, rng.Float64())
	if rng.Float64() < 0.10 {
		tint = vec{0.27, 0.165, 0.030}
	}
	p := sprite{kind: broadleaf, foot: foot, half: height * (0.40 + 0.08*rng.Float64()), top: height, seed: 90 * rng.Float64(), colour: tint}
	p.crown = []disc{{0, 0.58, 0.52, -0.2}, {0, 0.74, 0.40, -0.2}}
	parts, size := 11, 0.21 // a tree near by shows more and smaller parts
	if foot.Z < 100 {
		parts, size = 110, 0.10
	}
	for range parts {
		sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
		out := math.Sqrt(rng.Float64())
		spread := 1 - 0.35*max(0, sin*out) // narrower at the top
		d := disc{a: 0.80 * cos * out * spread, b: 0.61 + 0.29*sin*out, r: size * (0.75 + 0.8*rng.Float64())}
		d.z = 0.55 * math.Sqrt(1-0.9*out*out)
		p.crown = append(p.crown, d)
	}
	return p
}
