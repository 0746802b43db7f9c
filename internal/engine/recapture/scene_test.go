package recapture_test

import (
	"image"
	"math"
	"math/rand/v2"
)

// paint makes a picture from a function of the place; values outside of 0 to 255 are clipped.
func paint(width, height int, colour func(x, y int) [3]float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		for c, v := range colour(i%width, i/width) {
			img.Pix[4*i+c] = uint8(math.Round(math.Min(math.Max(v, 0), 255)))
		}
		img.Pix[4*i+3] = 255
	}
	return img
}

// scene is a picture with the statistics of a photograph: overlapping discs of all sizes ("dead leaves"), each with its colour
// and shading, and the noise of a sensor.
func scene(width, height int, seed uint64) *image.NRGBA {
	random := rand.New(rand.NewPCG(seed, 7))
	type disc struct {
		x, y, radius float64
		colour       [3]float64
		shade        float64
	}
	discs := make([]disc, 600)
	for i := range discs {
		d := &discs[i]
		d.x, d.y = random.Float64()*float64(width), random.Float64()*float64(height)
		d.radius = math.Min(4/math.Sqrt(random.Float64()+1e-4), 200)
		grey := 30 + 180*random.Float64()
		for c := range d.colour {
			d.colour[c] = grey + 25*random.NormFloat64()
		}
		d.shade = 0.3 * random.NormFloat64()
	}
	canvas := make([][3]float64, width*height)
	for i := range canvas {
		canvas[i] = [3]float64{110 + 60*float64(i%width)/float64(width), 120, 150 - 60*float64(i/width)/float64(height)}
	}
	for _, d := range discs {
		for y := max(0, int(d.y-d.radius)); y < min(height, int(d.y+d.radius)+1); y++ {
			for x := max(0, int(d.x-d.radius)); x < min(width, int(d.x+d.radius)+1); x++ {
				dx, dy := float64(x)-d.x, float64(y)-d.y
				if dx*dx+dy*dy > d.radius*d.radius {
					continue
				}
				for c := range 3 {
					canvas[y*width+x][c] = d.colour[c] * (1 + d.shade*dx/d.radius)
				}
			}
		}
	}
	return paint(width, height, func(x, y int) [3]float64 {
		p := canvas[y*width+x]
		for c := range p {
			p[c] += 2.5 * random.NormFloat64()
		}
		return p
	})
}

// over lays a pattern of luminance factors over a scene.
func over(img *image.NRGBA, factor func(x, y float64) float64) *image.NRGBA {
	return paint(img.Rect.Dx(), img.Rect.Dy(), func(x, y int) [3]float64 {
		p, f := img.Pix[y*img.Stride+4*x:], factor(float64(x), float64(y))
		return [3]float64{float64(p[0]) * f, float64(p[1]) * f, float64(p[2]) * f}
	})
}
