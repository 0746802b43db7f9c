package scenery

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	xdraw "golang.org/x/image/draw"
)

// screen is a liquid crystal display that shows a picture: every pixel is three upright stripes, red, green and blue, with black between them.
type screen struct {
	w, h  int
	light []vec
}

// Recaptured is the picture as it comes back when someone photographs it from a screen: the stripes of the screen's pixels beat with the
// grid of the camera's (moiré), lens and demosaicing blur, the screen's black is grey and its white bluish, the view is slightly askew, the
// sensor makes noise, and the telephone saves a JPEG. The result has the size of the picture.
func Recaptured(img *image.NRGBA, seed uint64) *image.NRGBA {
	rng := newRand(seed, 0x72656361)
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	pitch := 1.9 + 0.5*rng.Float64() // camera pixels to one pixel of the screen
	s := showOn(img, pitch)
	skew := func() float64 { return 0.022 * rng.Float64() }
	// The screen is a little larger than the view, so that no edge of it gives the recapture away.
	view := quadTo([4][2]float64{{-skew(), -skew()}, {1 + skew(), -skew()}, {1 + skew(), 1 + skew()}, {-skew(), 1 + skew()}}, w, h, float64(s.w), float64(s.h))
	raw := make([]float64, w*h) // the sensor behind its colour filters: RGGB
	for y := range h {
		for x := range w {
			light := s.expose(view, float64(x)+0.5, float64(y)+0.5).mul(vec{0.90, 0.97, 1.06})
			v := [3]float64{light.X, light.Y, light.Z}[bayer(x, y)]
			raw[y*w+x] = v + rng.NormFloat64()*0.035*math.Sqrt(0.06*max(v, 0)+0.0004)
		}
	}
	return saveAsJPEG(demosaic(raw, w, h), 92)
}

func showOn(img *image.NRGBA, pitch float64) *screen {
	b := img.Bounds()
	s := &screen{w: int(float64(b.Dx()) / pitch), h: int(float64(b.Dy()) / pitch)}
	shown := image.NewNRGBA(image.Rect(0, 0, s.w, s.h))
	xdraw.CatmullRom.Scale(shown, shown.Rect, img, b, xdraw.Src, nil)
	table := decodeTable()
	s.light = make([]vec, s.w*s.h)
	for i := range s.light {
		p := shown.Pix[4*i:]
		const black = 0.012 // of a screen lit from behind in a room that is not dark
		s.light[i] = vec{table[p[0]], table[p[1]], table[p[2]]}.scale(1 - black).add(vec{black, black, black * 1.2})
	}
	return s
}

// at is the light of one point of the screen.
func (s *screen) at(x, y float64) vec {
	fx, fy := math.Floor(x), math.Floor(y)
	c := s.light[min(max(int(fy), 0), s.h-1)*s.w+min(max(int(fx), 0), s.w-1)]
	stripe := (x - fx) * 3
	in := stripe - math.Floor(stripe)
	if in < 0.12 || in > 0.88 || y-fy > 0.88 {
		return vec{}
	}
	const gain = 3 / (0.76 * 0.88) // each colour shines from a third of the pixel, less the black around it
	switch int(stripe) {
	case 0:
		return vec{X: c.X * gain}
	case 1:
		return vec{Y: c.Y * gain}
	default:
		return vec{Z: c.Z * gain}
	}
}

// expose gathers the light that the lens spreads over one pixel of the sensor.
func (s *screen) expose(view homography, x, y float64) vec {
	const across, spacing = 7.0, 0.44 // camera pixels
	var sum vec
	total := 0.0
	for j := range int(across) {
		for i := range int(across) {
			dx, dy := (float64(i)-(across-1)/2)*spacing, (float64(j)-(across-1)/2)*spacing
			weight := math.Exp(-(dx*dx + dy*dy) / (2 * 0.68 * 0.68))
			sum = sum.add(s.at(view.apply(x+dx, y+dy)).scale(weight))
			total += weight
		}
	}
	return sum.scale(0.92 / total)
}

// bayer tells which colour the sensor's pixel sees: 0 red, 1 green, 2 blue.
func bayer(x, y int) int { return x&1 + y&1 }

// demosaic fills in the missing colours with the mean of the neighbours that have them.
func demosaic(raw []float64, w, h int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var sum, count [3]float64
			for j := max(y-1, 0); j <= min(y+1, h-1); j++ {
				for i := max(x-1, 0); i <= min(x+1, w-1); i++ {
					c := bayer(i, j)
					if c == bayer(x, y) && (i != x || j != y) {
						continue // the pixel has seen this colour itself
					}
					sum[c] += raw[j*w+i]
					count[c]++
				}
			}
			var v [3]uint8
			for c := range v {
				v[c] = encode(sum[c] / max(count[c], 1))
			}
			out.SetNRGBA(x, y, color.NRGBA{v[0], v[1], v[2], 255})
		}
	}
	return out
}

func saveAsJPEG(img *image.NRGBA, quality int) *image.NRGBA {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: quality}); err != nil {
		return img // larger than a JPEG can be: 65,535 pixels on a side
	}
	decoded, err := jpeg.Decode(&file)
	if err != nil {
		return img
	}
	out := image.NewNRGBA(img.Rect)
	xdraw.Copy(out, image.Point{}, decoded, decoded.Bounds(), xdraw.Src, nil)
	return out
}
