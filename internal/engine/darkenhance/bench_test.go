package darkenhance_test

import (
	"fmt"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/darkenhance"
)

func BenchmarkEnhance(b *testing.B) {
	for _, side := range []int{512, 1024, 4096} {
		b.Run(fmt.Sprintf("side %d", side), func(b *testing.B) {
			img := darken(scene(side, side), 0.02, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := darkenhance.Enhance(b.Context(), img, 0.9); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(side*side)/1e6*float64(b.N)/b.Elapsed().Seconds(), "MP/s")
		})
	}
}
