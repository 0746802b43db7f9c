package measure

import (
	"image"
	"image/color"
)

// HazePatch is the side of the square, in pixels, over which Haze takes its minimum.
const HazePatch = 15

// Haze is the mean of the dark channel, 0 to 1 (K. He, J. Sun, X. Tang, "Single Image Haze Removal Using Dark Channel Prior", CVPR 2009): the
// least value of any channel within HazePatch x HazePatch pixels around each pixel, the border cut off. Outdoors something in almost every
// such square is dark or strongly coloured, unless haze lies before it.
//
// The figure compares two versions of one picture; it says little about a single one, because sky, snow, white walls and water in the sun are
// bright without any haze and raise it.
func Haze(img image.Image) float64 {
	dark := newPlane(img, func(c color.NRGBA) float64 { return float64(min(c.R, c.G, c.B)) / 255 })
	rows, out := make([]float64, len(dark.v)), make([]float64, len(dark.v))
	for y := range dark.h {
		slidingMin(dark.v[y*dark.w:], rows[y*dark.w:], dark.w, 1)
	}
	for x := range dark.w {
		slidingMin(rows[x:], out[x:], dark.h, dark.w)
	}
	return plane{dark.w, dark.h, out}.mean()
}

// slidingMin takes, for each of n values that lie stride apart, the least one within half a patch, in linear time by a queue of candidates.
func slidingMin(in, out []float64, n, stride int) {
	const half = HazePatch / 2
	var queue []int // of rising values; the first is the least one in reach
	next := 0
	for i := range n {
		for ; next < n && next <= i+half; next++ {
			for len(queue) > 0 && in[queue[len(queue)-1]*stride] >= in[next*stride] {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, next)
		}
		for queue[0] < i-half {
			queue = queue[1:]
		}
		out[i*stride] = in[queue[0]*stride]
	}
}
