package recapture

import (
	"image"
	"math"

	"github.com/ais-operator/ais-operator/internal/engine/fft"
)

// channel numbers the two signals whose spectra are compared.
const (
	luma = iota
	chroma
	channels
)

const (
	// quantum is the noise power per pixel, in squared 8-bit levels, that is taken to be in every picture: rounding to bytes and the
	// decoder's own. It keeps ratios of powers finite and lines too faint to have survived a camera from counting.
	quantum = 0.25
	// lowest is the lowest frequency looked at, in cycles per pixel; below it the scene itself is anything but flat.
	lowest = 0.08
	// axisGuard is the distance in bins from both axes within which lines are ignored: the edges of buildings, text and bar codes,
	// the rows of the sensor and the blocks of JPEG all lie there.
	axisGuard = 3
	// peakRatio is the least natural logarithm of power over local floor that makes a line: 14 dB, which white noise exceeds
	// in one block of thirty.
	peakRatio = 3.2
	// tile is the side of the squares whose mean colours tell how colourful a block is.
	tile = 16
	// A line with ownTint times the saturation of its surroundings has a colour of its own; leastTint is the saturation that grey
	// surroundings are taken to have.
	ownTint, leastTint = 4.0, 0.005
	// detailFull is the mean level of the upper half of the spectrum, in natural logarithms over the quantum, of a picture with
	// all its fine structure.
	detailFull = 2.0
)

// line is a peak of a block's spectrum.
type line struct {
	u, v  float64           // cycles per pixel; u >= 0
	ratio [channels]float64 // natural logarithm of power over local floor, of colour only as far as it is the line's own
}

// analyser holds what blocks of one size share; it is read-only.
type analyser struct {
	side   int
	plan   *fft.Plan
	window []float64 // Hann
}

func newAnalyser(side int) (*analyser, error) {
	plan, err := fft.NewPlan(side)
	if err != nil {
		return nil, err
	}
	a := &analyser{side: side, plan: plan, window: make([]float64, side)}
	for i := range a.window {
		a.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(side))
	}
	return a, nil
}

// scratch is the memory of one worker.
type scratch struct {
	wave  [channels][]complex128
	level [channels][]float64 // logarithm of power: half plane, u major, v from -1/2 to 1/2
	sum   []float64           // summed-area table of a level
	tiles [][3]float64        // sums of luminance and both colour differences over squares of side tile
	tint  float64             // saturation of the block
}

func (a *analyser) newScratch() *scratch {
	s := &scratch{
		sum:   make([]float64, (a.side/2+2)*(a.side+1)),
		tiles: make([][3]float64, (a.side/tile)*(a.side/tile)),
	}
	for c := range channels {
		s.wave[c] = make([]complex128, a.side*a.side)
		s.level[c] = make([]float64, (a.side/2+1)*a.side)
	}
	return s
}

// load fills the waves with the windowed block at the given corner, notes how colourful it is, and says how bright it is (0 to
// 255) on average.
//
// The two colour differences share one complex transform: |Z(f)|^2 + |Z(-f)|^2 is twice the sum of their powers.
func (a *analyser) load(s *scratch, img *image.NRGBA, x0, y0 int) (mean float64) {
	n := a.side
	var total [3]float64
	clear(s.tiles)
	for y := range n {
		row := img.Pix[(y0+y)*img.Stride+4*x0:][:4*n]
		for x := range n {
			r, g, b := float64(row[4*x]), float64(row[4*x+1]), float64(row[4*x+2])
			signal := [3]float64{0.25*r + 0.5*g + 0.25*b, r - g, b - g}
			s.wave[luma][y*n+x] = complex(signal[0], 0)
			s.wave[chroma][y*n+x] = complex(signal[1], signal[2])
			t := &s.tiles[y/tile*(n/tile)+x/tile]
			for c, v := range signal {
				t[c] += v
				total[c] += v
			}
		}
	}
	s.tint = saturation(s.tiles)
	area := float64(n * n)
	means := [channels]complex128{complex(total[0]/area, 0), complex(total[1]/area, total[2]/area)}
	for c := range channels {
		for y := range n {
			row := s.wave[c][y*n:][:n]
			for x := range row {
				row[x] = (row[x] - means[c]) * complex(a.window[x]*a.window[y], 0)
			}
		}
	}
	return total[0] / area
}

// saturation is the power of the colour differences over that of the luminance, of tiles larger than the pixels of a display.
func saturation(tiles [][3]float64) float64 {
	var colour, light float64
	for _, t := range tiles {
		light += t[0] * t[0]
		colour += t[1]*t[1] + t[2]*t[2]
	}
	return colour / math.Max(light, 1)
}

// ownColour is 0 for a line that is no more colourful than the things it lies on, as that of cloth or of a shadow is, and 1 for
// one with ownTint times their colour.
func (a *analyser) ownColour(s *scratch, u, i int) float64 {
	tint := a.power(s.wave[chroma], u, i) / math.Max(a.power(s.wave[luma], u, i), 1)
	return ramp(math.Log(tint/(s.tint+leastTint)), 0, math.Log(ownTint))
}

// transform turns the waves into levels: the logarithm of power in units of the quantum, at least 0.
func (a *analyser) transform(s *scratch) {
	n := a.side
	// The power of white noise of one quantum after the window, whose mean square is 3/8 a side.
	unit := 1 / (quantum * math.Pow(0.375*float64(n), 2))
	for c := range channels {
		wave := s.wave[c]
		a.plan.ForwardSquare(wave)
		for u := range n/2 + 1 {
			for i := range n {
				s.level[c][u*n+i] = math.Log1p(a.power(wave, u, i) * unit)
			}
		}
	}
}

// power is that of a frequency and its mirror image: the place i of a level is the frequency i - side/2.
func (a *analyser) power(wave []complex128, u, i int) float64 {
	n := a.side
	v := (i + n/2) % n
	z, o := wave[u*n+v], wave[(n-u)%n*n+(n-v)%n]
	return (real(z)*real(z) + imag(z)*imag(z) + real(o)*real(o) + imag(o)*imag(o)) / 2
}

// whiten subtracts from a level its mean over a square neighbourhood: what is left is the ratio of a bin to its surroundings.
func (a *analyser) whiten(s *scratch, level []float64) {
	n, rows, radius := a.side, a.side/2+1, max(2, a.side/32)
	width := n + 1
	for u := range rows {
		run := 0.0
		for i := range n {
			run += level[u*n+i]
			s.sum[(u+1)*width+i+1] = s.sum[u*width+i+1] + run
		}
	}
	for u := range rows {
		top, bottom := max(0, u-radius), min(rows, u+radius+1)
		for i := range n {
			left, right := max(0, i-radius), min(n, i+radius+1)
			sum := s.sum[bottom*width+right] - s.sum[top*width+right] - s.sum[bottom*width+left] + s.sum[top*width+left]
			level[u*n+i] -= sum / float64((bottom-top)*(right-left))
		}
	}
}

// lines are the peaks of the whitened spectra, taken together, that no axis and no block of JPEG explains.
func (a *analyser) lines(s *scratch) []line {
	n := a.side
	var found []line
	for u := axisGuard; u < n/2-1; u++ {
		for i := 2; i < n-2; i++ {
			v := i - n/2
			here := s.strength(u*n + i)
			if here < peakRatio || !a.allowed(u, v) || !s.summit(here, u, i, n) {
				continue
			}
			l := line{u: float64(u) / float64(n), v: float64(v) / float64(n)}
			for c := range channels {
				l.ratio[c] = math.Max(0, s.level[c][u*n+i])
			}
			l.ratio[chroma] *= a.ownColour(s, u, i)
			found = append(found, l)
		}
	}
	return found
}

func (s *scratch) strength(i int) float64 { return math.Max(s.level[luma][i], s.level[chroma][i]) }

// allowed leaves out the low frequencies, the axes and the lattice of multiples of 1/8 cycle per pixel.
func (a *analyser) allowed(u, v int) bool {
	n := a.side
	if math.Hypot(float64(u), float64(v)) < lowest*float64(n) || v < axisGuard && v > -axisGuard {
		return false
	}
	if n/2-u < axisGuard || n/2-max(v, -v) < axisGuard {
		return false // the borders: colours interpolated from a Bayer sensor
	}
	step := n / 8
	off := func(k int) int { k = ((k % step) + step) % step; return min(k, step-k) }
	return off(u) > 1 || off(v) > 1
}

// summit says that no bin within two is stronger.
func (s *scratch) summit(here float64, u, i, n int) bool {
	for du := -2; du <= 2; du++ {
		row := u + du
		if row < 0 || row > n/2 {
			continue
		}
		for di := -2; di <= 2; di++ {
			if s.strength(row*n+i+di) > here {
				return false
			}
		}
	}
	return true
}

// detail is 1 where the finest structures of the block stand clear of the rounding to bytes, 0 where nothing so fine is left, as
// after denoising, enlarging or strong compression: then the lines of a grid would be gone as well. Read before whitening.
func (a *analyser) detail(s *scratch) float64 {
	n := a.side
	sum, count := 0.0, 0
	for u := n / 8; u <= 3*n/8; u++ {
		for i := n / 8; i < n; i++ {
			if v := i - n/2; v >= n/8 && v <= 3*n/8 || v <= -n/8 && v >= -3*n/8 {
				sum += s.level[luma][u*n+i]
				count++
			}
		}
	}
	return ramp(sum/float64(count), 0, detailFull)
}
