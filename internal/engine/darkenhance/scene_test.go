package darkenhance_test

import (
	"image"
	"math"
	"math/rand/v2"
)

// scene renders a room in daylight: coloured panels with fine stripes before a
// shaded wall.
func scene(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(img.Pix); i += 4 {
		x, y := i/4%w, i/4/w
		shade := 0.35 + 0.3*float64(x)/float64(w)
		c := [3]float64{shade, 0.95 * shade, 0.85 * shade}
		if x%64 > 20 && y%64 > 20 {
			k := float64(x/64*5+y/64*3) * 0.9
			c = [3]float64{0.45 + 0.3*math.Sin(k), 0.45 + 0.3*math.Sin(k+2), 0.45 + 0.3*math.Sin(k+4)}
			if y%8 < 4 {
				c = [3]float64{0.7 * c[0], 0.7 * c[1], 0.7 * c[2]}
			}
		}
		for j, v := range c {
			img.Pix[i+j] = uint8(255*v + 0.5)
		}
		img.Pix[i+3] = 255
	}
	return img
}

// darken scales the light, as a shorter exposure does in linear light (gamma 2.2),
// and adds sensor noise of sigma levels.
func darken(img *image.NRGBA, light, sigma float64) *image.NRGBA {
	r := rand.New(rand.NewPCG(5, 6))
	out := image.NewNRGBA(img.Rect)
	scale := math.Pow(light, 1/2.2)
	for i, v := range img.Pix {
		out.Pix[i] = v
		if i%4 < 3 {
			out.Pix[i] = uint8(min(max(float64(v)*scale+sigma*r.NormFloat64()+0.5, 0), 255))
		}
	}
	return out
}

func psnr(a, b *image.NRGBA) float64 {
	var sum float64
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))*0.75/sum)
}

func meanLuma(img *image.NRGBA) float64 {
	var sum float64
	for i := 0; i < len(img.Pix); i += 4 {
		sum += 0.299*float64(img.Pix[i]) + 0.587*float64(img.Pix[i+1]) + 0.114*float64(img.Pix[i+2])
	}
	return sum / 255 / float64(len(img.Pix)/4)
}
