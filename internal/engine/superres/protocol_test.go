package superres_test

import (
	"image"
	"math"
)

// resize is the cubic interpolation of the literature on super resolution: Keys'
// kernel with a = -0.5, widened when shrinking, mirrored borders.
func resize(img *image.NRGBA, w, h int) *image.NRGBA {
	sw, sh := img.Rect.Dx(), img.Rect.Dy()
	rows := make([]float64, 4*sw*h)
	for y := range h {
		row := rows[4*y*sw:][:4*sw]
		for _, tap := range cubicAt(y, sh, h) {
			for i, v := range img.Pix[tap.at*img.Stride:][:4*sw] {
				row[i] += tap.weight * float64(v)
			}
		}
	}
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		taps := cubicAt(x, sw, w)
		for y := range h {
			for c := range 4 {
				var sum float64
				for _, tap := range taps {
					sum += tap.weight * rows[4*(y*sw+tap.at)+c]
				}
				dst.Pix[y*dst.Stride+4*x+c] = uint8(min(max(sum, 0), 255) + 0.5)
			}
		}
	}
	return dst
}

type tap struct {
	at     int
	weight float64
}

// cubicAt returns the samples, out of n, that make up sample i of m.
func cubicAt(i, n, m int) []tap {
	scale := float64(m) / float64(n)
	narrow := min(scale, 1)
	centre := (float64(i)+0.5)/scale - 0.5
	var taps []tap
	var sum float64
	for j := int(math.Ceil(centre - 2/narrow)); float64(j) <= centre+2/narrow; j++ {
		at := j
		for at < 0 || at >= n {
			if at < 0 {
				at = -1 - at
			} else {
				at = 2*n - 1 - at
			}
		}
		v := keys(math.Abs(centre-float64(j)) * narrow)
		taps = append(taps, tap{at, v})
		sum += v
	}
	for i := range taps {
		taps[i].weight /= sum
	}
	return taps
}

func keys(x float64) float64 {
	switch {
	case x < 1:
		return 1.5*x*x*x - 2.5*x*x + 1
	case x < 2:
		return -0.5*x*x*x + 2.5*x*x - 4*x + 2
	}
	return 0
}

func nearest(img *image.NRGBA, scale int) *image.NRGBA {
	dst := image.NewNRGBA(image.Rect(0, 0, img.Rect.Dx()*scale, img.Rect.Dy()*scale))
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			dst.SetNRGBA(x, y, img.NRGBAAt(x/scale, y/scale))
		}
	}
	return dst
}

// psnr compares the BT.601 luma with a border of the given width cut off.
func psnr(a, b *image.NRGBA, border int) float64 {
	var sum, n float64
	r := a.Rect.Inset(border)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			i := y*a.Stride + 4*x
			d := studioLuma(a.Pix[i:]) - studioLuma(b.Pix[i:])
			sum += d * d
			n++
		}
	}
	return 10 * math.Log10(255*255*n/max(sum, 1e-9))
}

func studioLuma(p []uint8) float64 {
	return math.Round(16 + (65.481*float64(p[0])+128.553*float64(p[1])+24.966*float64(p[2]))/255)
}
