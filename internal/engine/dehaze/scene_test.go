package dehaze_test

import (
	"image"
	"math"
	"math/rand/v2"
)

// scene renders an outdoor view without haze: a gradient of sky, hills with leafy
// texture and shadows, a white house and a road.
func scene(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(3, 4))
	for y := range h {
		for x := range w {
			fx, fy := float64(x)/float64(w), float64(y)/float64(h)
			leaf := 0.05 + 0.5*r.Float64()*r.Float64()
			c := [3]float64{0.5 * leaf, leaf, 0.3 * leaf}
			switch {
			case fy < 0.3+0.06*math.Sin(9*fx):
				c = [3]float64{0.45 + 0.3*fy, 0.6 + 0.3*fy, 0.8}
			case math.Abs(fx-0.7) < 0.1 && math.Abs(fy-0.5) < 0.1:
				c = [3]float64{0.85, 0.84, 0.8}
				if x%12 < 5 && y%16 < 9 {
					c = [3]float64{0.1, 0.1, 0.15}
				}
			case math.Abs(fx-0.4) < 0.25*(fy-0.4):
				v := 0.25 + 0.1*r.Float64()
				c = [3]float64{v, v, v}
			}
			set(img, x, y, c)
		}
	}
	return img
}

func set(img *image.NRGBA, x, y int, c [3]float64) {
	p := img.Pix[y*img.Stride+4*x:]
	for i, v := range c {
		p[i] = uint8(min(max(255*v, 0), 255) + 0.5)
	}
	p[3] = 255
}

// haze lays haze over a picture by Koschmieder's law, twice as far at the top as at
// the bottom; thickness is the optical depth half way.
func haze(img *image.NRGBA, thickness float64) *image.NRGBA {
	const air = 0.88
	out := image.NewNRGBA(img.Rect)
	for i := range img.Pix {
		if i%4 == 3 {
			out.Pix[i] = img.Pix[i]
			continue
		}
		fy := float64(i/img.Stride) / float64(img.Rect.Dy())
		t := math.Exp(-thickness * (4 - 2*fy) / 3)
		out.Pix[i] = uint8(float64(img.Pix[i])*t + 255*air*(1-t) + 0.5)
	}
	return out
}
