package dehaze_test

import (
	"fmt"
	"image"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/dehaze"
)

func BenchmarkDehaze(b *testing.B) {
	for _, side := range []int{512, 1024, 4096} {
		b.Run(fmt.Sprintf("side %d", side), func(b *testing.B) {
			img := haze(tile(scene(256, 256), side), 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dehaze.Dehaze(b.Context(), img, dehaze.Options{Gamma: 1.5, NaturalLook: true}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(side*side)/1e6*float64(b.N)/b.Elapsed().Seconds(), "MP/s")
		})
	}
}

// tile repeats a picture to a square of the given side.
func tile(src *image.NRGBA, side int) *image.NRGBA {
	dst := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		row := src.Pix[y%src.Rect.Dy()*src.Stride:][:4*src.Rect.Dx()]
		for at := dst.Pix[y*dst.Stride:][:4*side]; len(at) > 0; {
			at = at[copy(at, row):]
		}
	}
	return dst
}
