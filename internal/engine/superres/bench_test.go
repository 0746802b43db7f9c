package superres_test

import (
	"fmt"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/superres"
)

func BenchmarkEnlarge(b *testing.B) {
	for _, scale := range []int{3, 4} {
		b.Run(fmt.Sprintf("scale %d", scale), func(b *testing.B) {
			img := scene(300, 300)
			if _, err := superres.Enlarge(b.Context(), img, scale); err != nil { // the bank, once
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := superres.Enlarge(b.Context(), img, scale); err != nil {
					b.Fatal(err)
				}
			}
			mp := float64(img.Rect.Dx()*img.Rect.Dy()*scale*scale) / 1e6 * float64(b.N)
			b.ReportMetric(mp/b.Elapsed().Seconds(), "MP/s")
		})
	}
}

func BenchmarkBank(b *testing.B) {
	b.Run("of scale 4", func(b *testing.B) {
		for b.Loop() {
			superres.NewBank(4)
		}
	})
}
