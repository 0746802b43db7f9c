package superres

import (
	"math"
	"sync"
)

const (
	radius = 3 // the window is 7 x 7 samples
	window = 2*radius + 1
	taps   = window * window

	directions = 16 // of edges, over half a turn
)

// The prior says how alike two points of a photograph are by their distance. Its
// numbers were chosen on photographs; halving or doubling any of them costs less than
// 0.05 dB.
const (
	// length is the distance, in samples, at which the correlation is down to 1/e.
	length = 3.0
	// noise is the variance of a sample's own error relative to that of the
	// picture: rounding to 8 bits, and a little of what JPEG leaves.
	noise = 3e-4
)

// stretches are the ratios of the correlation length along an edge to that across,
// one per step of coherence.
var stretches = [...]float64{1, 2, 4, 8, 16}

// weights make up one pixel from the window of samples around it.
type weights [taps]float32

// bank holds the weights for one scale: those of the scale*scale pixels that
// replace a sample lie together, by stretch and direction.
type bank struct {
	scale   int
	weights [][]weights
}

// banks are computed when first used, in about 0.1 s each; they depend on nothing
// but the constants above.
var banks = map[int]func() *bank{
	3: sync.OnceValue(func() *bank { return newBank(3) }),
	4: sync.OnceValue(func() *bank { return newBank(4) }),
}

func newBank(scale int) *bank {
	b := &bank{scale: scale}
	for s := range stretches {
		for d := range directions {
			if s == 0 && d > 0 { // round: all directions are one
				b.weights = append(b.weights, b.weights[0])
				continue
			}
			b.weights = append(b.weights, krige(scale, s, d))
		}
	}
	return b
}

func (b *bank) at(stretch, direction int) []weights {
	return b.weights[stretch*directions+direction]
}

// prior is the correlation of two points dx, dy samples apart: it falls with the
// distance, more slowly along the edge.
func prior(dx, dy float64, stretch, direction int) float64 {
	sin, cos := math.Sincos(math.Pi * float64(direction) / directions)
	root := math.Sqrt(stretches[stretch])
	return math.Exp(-math.Hypot((dx*cos+dy*sin)/root, (dy*cos-dx*sin)*root) / length)
}

// cubic is the kernel of R. Keys (IEEE TASSP 29(6), 1981) with a = -0.5.
func cubic(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// shrinker returns the weights by which a sample averages the pixels of the large
// picture: the cubic widened by scale. The first lies at the returned offset, in
// pixels, from the sample's centre.
func shrinker(scale int) (first float64, w []float64) {
	first = -2*float64(scale) + float64((scale+1)%2)/2
	w = make([]float64, 4*scale+scale%2)
	var sum float64
	for i := range w {
		w[i] = cubic((first + float64(i)) / float64(scale))
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return first, w
}

// grid is a square table of covariances by the offset of two points.
type grid struct {
	first float64 // offset of row and column 0, in pixels
	side  int
	v     []float64
}

func (g *grid) at(dx, dy float64) float64 {
	return g.v[int(math.Round(dy-g.first))*g.side+int(math.Round(dx-g.first))]
}

// correlate returns the table in which one of the two points is seen through w,
// whose offsets begin at first. It is smaller by what w covers at the border.
func (g *grid) correlate(first float64, w []float64) *grid {
	side := g.side - len(w) + 1
	rows := make([]float64, g.side*side)
	for y := range g.side {
		for x := range side {
			var sum float64
			for k, wk := range w {
				sum += wk * g.v[y*g.side+x+k]
			}
			rows[y*side+x] = sum
		}
	}
	out := &grid{first: g.first - first, side: side, v: make([]float64, side*side)}
	for y := range side {
		for x := range side {
			var sum float64
			for k, wk := range w {
				sum += wk * rows[(y+k)*side+x]
			}
			out.v[y*side+x] = sum
		}
	}
	return out
}

// covariances returns those of a pixel with a sample, and of two samples.
func covariances(scale, stretch, direction int) (pixelSample, sampleSample *grid) {
	first, w := shrinker(scale)
	reach := 2*radius*scale + 4*scale + 2
	g := &grid{first: -float64(reach), side: 2*reach + 1}
	g.v = make([]float64, g.side*g.side)
	for y := range g.side {
		for x := range g.side {
			dx, dy := (g.first+float64(x))/float64(scale), (g.first+float64(y))/float64(scale)
			g.v[y*g.side+x] = prior(dx, dy, stretch, direction)
		}
	}
	pixelSample = g.correlate(first, w)
	return pixelSample, pixelSample.correlate(first, w)
}

// krige returns the best linear unbiased weights for every pixel of a cell
// (G. Matheron, Economic Geology 58, 1963): those of least mean square error under
// the covariances, that sum to one.
func krige(scale, stretch, direction int) []weights {
	pixelSample, sampleSample := covariances(scale, stretch, direction)
	system := make([][]float64, taps)
	for i := range system {
		system[i] = make([]float64, i+1)
		for j := range system[i] {
			dx, dy := float64((i%window-j%window)*scale), float64((i/window-j/window)*scale)
			system[i][j] = sampleSample.at(dx, dy)
		}
		system[i][i] += noise
	}
	cholesky(system)
	ones := make([]float64, taps)
	for i := range ones {
		ones[i] = 1
	}
	solve(system, ones)
	var onesSum float64
	for _, v := range ones {
		onesSum += v
	}
	cell := make([]weights, scale*scale)
	for phase := range cell {
		px := float64(phase%scale) - float64(scale-1)/2
		py := float64(phase/scale) - float64(scale-1)/2
		w := make([]float64, taps)
		for i := range w {
			w[i] = pixelSample.at(px-float64((i%window-radius)*scale), py-float64((i/window-radius)*scale))
		}
		solve(system, w)
		var sum float64
		for _, v := range w {
			sum += v
		}
		for i, v := range w {
			cell[phase][i] = float32(v + ones[i]*(1-sum)/onesSum)
		}
	}
	return cell
}

// cholesky replaces the lower triangle of a positive definite matrix by its factor.
func cholesky(a [][]float64) {
	for i := range a {
		for j := 0; j <= i; j++ {
			sum := a[i][j]
			for k := range j {
				sum -= a[i][k] * a[j][k]
			}
			if i == j {
				a[i][i] = math.Sqrt(sum)
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
}

// solve replaces b by the solution of L*Lt*x = b.
func solve(l [][]float64, b []float64) {
	for i := range b {
		for k := range i {
			b[i] -= l[i][k] * b[k]
		}
		b[i] /= l[i][i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for k := i + 1; k < len(b); k++ {
			b[i] -= l[k][i] * b[k]
		}
		b[i] /= l[i][i]
	}
}
