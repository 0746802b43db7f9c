package filter_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/filter"
)

func noise(w, h int) *filter.Plane {
	p := filter.NewPlane(w, h)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range p.Pix {
		p.Pix[i] = r.Float32()
	}
	return p
}

// window calls f for every sample of the window around (x, y).
func window(p *filter.Plane, x, y, r int, f func(float32)) {
	for j := max(y-r, 0); j <= min(y+r, p.H-1); j++ {
		for i := max(x-r, 0); i <= min(x+r, p.W-1); i++ {
			f(p.Pix[j*p.W+i])
		}
	}
}

func TestWindowFiltersAgreeWithTheDefinition(t *testing.T) {
	sizes := []image.Point{{1, 1}, {1, 9}, {7, 1}, {15, 15}, {20, 33}, {130, 11}}
	for _, size := range sizes {
		for _, r := range []int{0, 1, 3, 7, 40} {
			t.Run(fmt.Sprintf("%v radius %d", size, r), func(t *testing.T) {
				src, mean, low := noise(size.X, size.Y), noise(size.X, size.Y), noise(size.X, size.Y)
				if err := errors.Join(filter.BoxMean(t.Context(), mean, r), filter.Min(t.Context(), low, r)); err != nil {
					t.Fatal(err)
				}
				for y := range size.Y {
					for x := range size.X {
						var sum, n float64
						least := float32(math.Inf(1))
						window(src, x, y, r, func(v float32) { sum, n, least = sum+float64(v), n+1, min(least, v) })
						if got := float64(mean.Row(y)[x]); math.Abs(got-sum/n) > 1e-5 {
							t.Fatalf("mean at %d,%d = %v, want %v", x, y, got, sum/n)
						}
						if got := low.Row(y)[x]; got != least {
							t.Fatalf("minimum at %d,%d = %v, want %v", x, y, got, least)
						}
					}
				}
			})
		}
	}
}

func TestGuidedKeepsAnEdgeAndSmoothsNoise(t *testing.T) {
	const w, h = 64, 32
	p := noise(w, h)
	for i := range p.Pix {
		p.Pix[i] = 0.1 + 0.04*(p.Pix[i]-0.5)
		if i%w >= w/2 {
			p.Pix[i] += 0.7
		}
	}
	a, b, err := filter.Guided(t.Context(), p, p, 4, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	out := func(x, y int) float64 { i := y*w + x; return float64(a.Pix[i]*p.Pix[i] + b.Pix[i]) }
	var before, after float64
	for y := range h {
		if step := out(w/2, y) - out(w/2-1, y); step < 0.6 {
			t.Errorf("row %d: the edge of 0.7 became %.2f", y, step)
		}
		for x := range w/2 - 10 {
			before += math.Pow(float64(p.Row(y)[x])-0.1, 2)
			after += math.Pow(out(x, y)-0.1, 2)
		}
	}
	if after > before/8 {
		t.Errorf("noise power fell from %.4f to %.4f only", before, after)
	}
}

func TestShrinkAndEnlarge(t *testing.T) {
	const w, h = 41, 23
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(img.Pix); i += 4 {
		x, y := i/4%w, i/4/w
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = uint8(4*x), uint8(5*y), 77, 255
	}
	for _, factor := range []int{1, 2, 5, 64} {
		rgb, err := filter.Shrink(t.Context(), img, factor)
		if err != nil {
			t.Fatal(err)
		}
		if sw, sh := filter.Shrunk(w, h, factor); rgb[0].W != sw || rgb[0].H != sh {
			t.Fatalf("factor %d: %d x %d, want %d x %d", factor, rgb[0].W, rgb[0].H, sw, sh)
		}
		e := filter.NewEnlarger(w, factor)
		row := make([]float32, w)
		for y := factor; y < h-2*factor; y++ {
			for c, want := range []func(x int) float64{
				func(x int) float64 { return 4 * float64(x) / 255 },
				func(int) float64 { return 5 * float64(y) / 255 },
				func(int) float64 { return 77.0 / 255 },
			} {
				e.Row(row, rgb[c], y)
				for x := factor; x < w-2*factor; x++ {
					if math.Abs(float64(row[x])-want(x)) > 1e-3 {
						t.Fatalf("factor %d channel %d at %d,%d: %v, want %v", factor, c, x, y, row[x], want(x))
					}
				}
			}
		}
	}
}

func TestBandsCoverEverythingOnce(t *testing.T) {
	for _, n := range []int{0, 1, 16, 17, 1000} {
		seen := make([]int32, n)
		err := filter.Bands(t.Context(), n, 16, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				atomic.AddInt32(&seen[i], 1)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, times := range seen {
			if times != 1 {
				t.Errorf("n %d: %d was done %d times", n, i, times)
			}
		}
	}
}

func TestBandsStopAtCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	err := filter.Bands(ctx, 1e6, 1, func(int, int) {
		calls.Add(1)
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if calls.Load() > 1000 {
		t.Errorf("%d bands were begun after the cancellation", calls.Load())
	}
}

func TestFactorBoundsTheWorkingSize(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {512, 512}, {513, 1}, {4096, 4096}, {1, 1 << 24}} {
		f := filter.Factor(size.X, size.Y)
		if w, h := filter.Shrunk(size.X, size.Y, f); w > 512 || h > 512 || w < 1 || h < 1 {
			t.Errorf("%v is shrunk by %d to %d x %d", size, f, w, h)
		}
	}
}

func BenchmarkGuided(b *testing.B) {
	p := noise(512, 512)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := filter.Guided(b.Context(), p, p, 8, 1e-3); err != nil {
			b.Fatal(err)
		}
	}
}
