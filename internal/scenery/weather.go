package scenery

import (
	"image"
	"image/color"
	"math"
)

// Hazy puts haze into a picture of known depth, by the law of Koschmieder (1924): of the light of a thing at d metres the share exp(-beta·d)
// arrives, and the airlight fills up the rest. The law holds for light, so it is applied to linear light and not to the picture's values.
// Beta is per metre, and one can see as far as 3.9/beta: 0.0005 is mist, 0.004 fog. The picture must have the size of the depth.
func Hazy(img *image.NRGBA, depth Depth, beta float64, airlight color.NRGBA) *image.NRGBA {
	table := decodeTable()
	air := [3]float64{table[airlight.R], table[airlight.G], table[airlight.B]}
	out := image.NewNRGBA(image.Rect(0, 0, depth.Width, depth.Height))
	for y := range depth.Height {
		for x := range depth.Width {
			arrives := math.Exp(-beta * float64(depth.At(x, y)))
			from, to := img.PixOffset(img.Rect.Min.X+x, img.Rect.Min.Y+y), out.PixOffset(x, y)
			for c := range 3 {
				out.Pix[to+c] = encode(table[img.Pix[from+c]]*arrives + air[c]*(1-arrives))
			}
			out.Pix[to+3] = img.Pix[from+3]
		}
	}
	return out
}

// headroom is how many times brighter than its white a picture's burnt-out parts are taken to be, so that lamps stay bright in the dark.
const headroom = 40

// Dark exposes a picture anew with the given share of the light (1 changes little, 0.05 is night), and adds the noise of a sensor: grain 0 is
// none, 0.01 a good camera, 0.05 a telephone. Shot noise grows with the root of the light; read noise is the same everywhere.
func Dark(img *image.NRGBA, exposure, grain float64, seed uint64) *image.NRGBA {
	table, rng := decodeTable(), newRand(seed, 0x6461726b)
	b := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			from, to := img.PixOffset(b.Min.X+x, b.Min.Y+y), out.PixOffset(x, y)
			peak := max(img.Pix[from], img.Pix[from+1], img.Pix[from+2])
			gain := exposure * (1 + (headroom-1)*smooth(0.97, 1, table[peak]))
			for c := range 3 {
				light := table[img.Pix[from+c]] * gain
				if grain > 0 {
					light += rng.NormFloat64() * grain * math.Sqrt(0.06*light+0.0004)
				}
				out.Pix[to+c] = encode(light)
			}
			out.Pix[to+3] = img.Pix[from+3]
		}
	}
	return out
}
