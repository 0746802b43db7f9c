package scenery

import (
	"image"
	"math"
)

// Small returns the picture at 1/s of its size, cropped at the right and below to a multiple of s: the ground truth of super resolution goes
// in, what is to be enlarged comes out. It is the anti-aliased bicubic reduction that the published figures are measured with: R. Keys' kernel
// with a = -0.5 (1981), widened s times, mirrored borders, on the picture's own values.
func Small(img *image.NRGBA, s int) *image.NRGBA {
	b := img.Bounds()
	w, h := b.Dx()/s, b.Dy()/s
	taps := bicubicTaps(s)
	rows := make([]float64, w*h*s*4)
	for y := range h * s {
		line := img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):]
		for x := range w {
			for k, weight := range taps {
				at := 4 * mirror(x*s+k-3*s/2, w*s)
				for c := range 4 {
					rows[(y*w+x)*4+c] += weight * float64(line[at+c])
				}
			}
		}
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for i := range w * 4 {
			sum := 0.0
			for k, weight := range taps {
				sum += weight * rows[mirror(y*s+k-3*s/2, h*s)*w*4+i]
			}
			out.Pix[y*out.Stride+i] = uint8(min(max(sum+0.5, 0), 255))
		}
	}
	return out
}

// bicubicTaps are the weights of the pixels from x·s-3s/2 on, for the small pixel x; its middle lies at x·s + (s-1)/2.
func bicubicTaps(s int) []float64 {
	taps, sum := make([]float64, 4*s+1), 0.0
	for k := range taps {
		d := float64(k-3*s/2) - float64(s-1)/2
		taps[k] = keys(d / float64(s))
		sum += taps[k]
	}
	for k := range taps {
		taps[k] /= sum
	}
	return taps
}

func keys(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// mirror folds an index back into 0..n-1, the border pixel counted twice.
func mirror(i, n int) int {
	i %= 2 * n
	if i < 0 {
		i += 2 * n
	}
	return min(i, 2*n-1-i)
}
