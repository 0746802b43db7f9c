package tagging_test

import (
	"image"
	"math"
	"math/rand/v2"
)

type rgb [3]float64

// paint makes a picture from a function of the place; values outside of 0 to 255 are clipped.
func paint(width, height int, colour func(x, y int) rgb) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		for c, v := range colour(i%width, i/width) {
			img.Pix[4*i+c] = uint8(math.Round(math.Min(math.Max(v, 0), 255)))
		}
		img.Pix[4*i+3] = 255
	}
	return img
}

func grey(v float64) rgb { return rgb{v, v, v} }

// change applies a function to the colours of a picture.
func change(img *image.NRGBA, f func(rgb) rgb) *image.NRGBA {
	return paint(img.Rect.Dx(), img.Rect.Dy(), func(x, y int) rgb { return f(at(img, x, y)) })
}

func at(img *image.NRGBA, x, y int) rgb {
	p := img.Pix[min(max(y, 0), img.Rect.Dy()-1)*img.Stride+4*min(max(x, 0), img.Rect.Dx()-1):]
	return rgb{float64(p[0]), float64(p[1]), float64(p[2])}
}

func luminance(p rgb) float64 { return 0.299*p[0] + 0.587*p[1] + 0.114*p[2] }

// blur is three box filters in a row, nearly a Gaussian.
func blur(img *image.NRGBA, radius int) *image.NRGBA {
	for range 3 {
		for _, step := range []image.Point{{1, 0}, {0, 1}} {
			from := img
			img = paint(from.Rect.Dx(), from.Rect.Dy(), func(x, y int) (mean rgb) {
				for k := -radius; k <= radius; k++ {
					for c, v := range at(from, x+k*step.X, y+k*step.Y) {
						mean[c] += v / float64(2*radius+1)
					}
				}
				return mean
			})
		}
	}
	return img
}

// scene is a picture with the statistics of a photograph: overlapping discs of all sizes in many colours, and sensor noise.
func scene(width, height int, seed uint64) *image.NRGBA {
	random := rand.New(rand.NewPCG(seed, 7))
	canvas := make([]rgb, width*height)
	for i := range canvas {
		canvas[i] = rgb{110, 120, 140}
	}
	for range 250 {
		cx, cy := random.Float64()*float64(width), random.Float64()*float64(height)
		radius := math.Min(5/math.Sqrt(random.Float64()+1e-4), 90)
		base := 20 + 210*random.Float64()
		colour := rgb{base + 60*random.NormFloat64(), base + 30*random.NormFloat64(), base + 60*random.NormFloat64()}
		for y := max(0, int(cy-radius)); y < min(height, int(cy+radius)+1); y++ {
			for x := max(0, int(cx-radius)); x < min(width, int(cx+radius)+1); x++ {
				if math.Hypot(float64(x)-cx, float64(y)-cy) <= radius {
					canvas[y*width+x] = colour
				}
			}
		}
	}
	return paint(width, height, func(x, y int) rgb {
		p := canvas[y*width+x]
		for c := range p {
			p[c] += 1.5 * random.NormFloat64()
		}
		return p
	})
}

// page is paper with words of strokes in lines, as seen by a camera.
func page(width, height int) *image.NRGBA {
	random := rand.New(rand.NewPCG(4, 4))
	ink := make([]bool, width*height)
	for top := 20; top+12 < height-10; top += 24 {
		for x := 24; x+8 < width-24; x += 8 {
			if random.IntN(6) == 0 {
				continue // between words
			}
			for k := range 10 {
				for d := range 2 {
					ink[(top+k)*width+x+d] = true
					ink[(top+d+random.IntN(2)*8)*width+x+k%7] = true
				}
			}
		}
	}
	return paint(width, height, func(x, y int) rgb {
		v := 228 + 1.5*random.NormFloat64()
		if ink[y*width+x] {
			v = 40 + 1.5*random.NormFloat64()
		}
		return grey(v)
	})
}

// window is a picture of a user interface: flat areas with straight borders.
func window(width, height int) *image.NRGBA {
	return paint(width, height, func(x, y int) rgb {
		switch {
		case y < 30:
			return rgb{40, 60, 120}
		case x < 120:
			return rgb{225, 228, 235}
		case x%90 > 20 && x%90 < 80 && y%60 > 15 && y%60 < 45:
			return rgb{90, 140, 200}
		default:
			return grey(250)
		}
	})
}

// drawing is thin curves on white.
func drawing(width, height int) *image.NRGBA {
	return paint(width, height, func(x, y int) rgb {
		for k := range 4 {
			radius := math.Hypot(float64(x-width/2), float64(y-height/2))
			if math.Abs(radius-float64(30+30*k)) < 1.2 {
				return grey(10)
			}
		}
		return grey(255)
	})
}

// code is an EAN-13 of "4006381333931" on a scene, with its box.
func code(base *image.NRGBA, upright bool) (*image.NRGBA, image.Rectangle) {
	const bits = "101" + "0001101" + "0100111" + "0101111" + "0111101" + "0001001" + "0110011" +
		"01010" + "1000010" + "1000010" + "1000010" + "1110100" + "1000010" + "1100110" + "101"
	const module, high, quiet = 3, 120, 30
	box := image.Rect(60, 80, 60+module*len(bits), 80+high)
	if !upright {
		box = image.Rect(80, 60, 80+high, 60+module*len(bits))
	}
	return paint(base.Rect.Dx(), base.Rect.Dy(), func(x, y int) rgb {
		along := x - box.Min.X
		if !upright {
			along = y - box.Min.Y
		}
		switch place := image.Pt(x, y); {
		case !place.In(box.Inset(-quiet)):
			return at(base, x, y)
		case place.In(box) && bits[along/module] == '1':
			return grey(25)
		default:
			return grey(235)
		}
	}), box
}
