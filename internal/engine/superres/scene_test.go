package superres_test

import (
	"image"
	"math"
)

// scene renders edges of all directions, fine and coarse texture and smooth shading,
// antialiased by 4 x 4 samples per pixel.
func scene(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var sum [3]float64
			for i := range 16 {
				c := sceneAt((float64(x)+float64(i%4)/4)/float64(w), (float64(y)+float64(i/4)/4)/float64(h))
				for k := range sum {
					sum[k] += c[k] / 16
				}
			}
			p := img.Pix[y*img.Stride+4*x:]
			p[0], p[1], p[2], p[3] = uint8(255*sum[0]), uint8(255*sum[1]), uint8(255*sum[2]), 255
		}
	}
	return img
}

// sceneAt is the scene at a point of the unit square: a star of twelve rays, discs in
// front of it, and a grating that grows finer.
func sceneAt(x, y float64) [3]float64 {
	dx, dy := x-0.35, y-0.4
	shade := 0.25 + 0.5*y
	c := [3]float64{shade, 0.8 * shade, 0.6}
	if math.Sin(12*math.Atan2(dy, dx)) > 0 && math.Hypot(dx, dy) < 0.33 {
		c = [3]float64{0.9, 0.75, 0.2}
	}
	for i := range 5 {
		if f := float64(i); math.Hypot(x-0.15-0.17*f, y-0.83) < 0.03+0.012*f {
			c = [3]float64{0.1 + 0.15*f, 0.2, 0.7 - 0.1*f}
		}
	}
	if x > 0.7 {
		v := 0.5 + 0.3*math.Sin(24*math.Pi*x*x+9*y)
		c = [3]float64{v, v, 0.9 * v}
	}
	return c
}
