package scenery

import (
	"math"
	"math/rand/v2"
)

// noise is two-dimensional gradient noise (K. Perlin, "Improving noise", SIGGRAPH 2002) over a permutation drawn from the seed.
type noise struct{ perm [512]uint8 }

func newRand(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

func newNoise(seed uint64) *noise {
	n := &noise{}
	for i, p := range newRand(seed, 0x6e6f6973).Perm(256) {
		n.perm[i], n.perm[i+256] = uint8(p), uint8(p)
	}
	return n
}

func (n *noise) hash(x, y int) uint8 { return n.perm[int(n.perm[x&255])+y&255] }

// cell returns a number in [0, 1) that belongs to one cell of the integer grid; k tells apart several numbers of one cell.
func (n *noise) cell(x, y, k int) float64 {
	a := n.perm[int(n.hash(x, y))+k&255]
	b := n.perm[int(a)+int(n.hash(y+31*k, x))&255]
	return (float64(a)*256 + float64(b)) / 65536
}

func fade(t float64) float64 { return t * t * t * (t*(t*6-15) + 10) }

func gradient(h uint8, x, y float64) float64 {
	if h&4 != 0 {
		x, y = y, x
	}
	if h&1 != 0 {
		x = -x
	}
	if h&2 != 0 {
		y = -y
	}
	return x + 0.5*y
}

// at is smooth, has wavelengths of about one unit, mean 0, and lies within about ±0.9.
func (n *noise) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx), int(fy)
	x, y = x-fx, y-fy
	u, v := fade(x), fade(y)
	a := gradient(n.hash(ix, iy), x, y)
	b := gradient(n.hash(ix+1, iy), x-1, y)
	c := gradient(n.hash(ix, iy+1), x, y-1)
	d := gradient(n.hash(ix+1, iy+1), x-1, y-1)
	a += (b - a) * u
	c += (d - c) * u
	return (a + (c-a)*v) * 1.2
}

// turn rotates by about 37 degrees between octaves and doubles the frequency, so that the grid does not show.
func turn(x, y float64) (float64, float64) { return 1.6*x - 1.2*y + 17.3, 1.2*x + 1.6*y - 9.1 }

// fbm adds octaves of halved amplitude: mean 0, within about ±1.
func (n *noise) fbm(x, y float64, octaves int) float64 {
	sum, amp := 0.0, 0.5
	for range octaves {
		sum += amp * n.at(x, y)
		x, y = turn(x, y)
		amp *= 0.5
	}
	return sum
}

// ridged is the ridged multifractal of F. K. Musgrave ("Texturing and Modeling", chapter 16): sharp crests, smooth valleys, within 0..1.
func (n *noise) ridged(x, y float64, octaves int) float64 {
	sum, amp, weight := 0.0, 0.5, 1.0
	for range octaves {
		r := 1 - math.Abs(n.at(x, y))
		r *= r * weight
		sum += r * amp
		weight = clamp01(r * 1.9)
		x, y = turn(x, y)
		amp *= 0.48
	}
	return sum
}
