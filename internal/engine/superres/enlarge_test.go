package superres_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/superres"
)

func enlarge(t testing.TB, img *image.NRGBA, scale int) *image.NRGBA {
	t.Helper()
	out, err := superres.Enlarge(t.Context(), img, scale)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Rect(0, 0, scale*img.Rect.Dx(), scale*img.Rect.Dy()); out.Rect != want {
		t.Fatalf("bounds %v, want %v", out.Rect, want)
	}
	return out
}

func TestBetterThanCubicAndNearest(t *testing.T) {
	for _, scale := range []int{3, 4} {
		truth := scene(240, 240)
		small := resize(truth, 240/scale, 240/scale)
		got := psnr(truth, enlarge(t, small, scale), scale)
		cubic := psnr(truth, resize(small, 240, 240), scale)
		blocks := psnr(truth, nearest(small, scale), scale)
		t.Logf("scale %d: %.2f dB, cubic %.2f, nearest %.2f", scale, got, cubic, blocks)
		if got < cubic+1 || got < blocks+2.5 {
			t.Errorf("scale %d: %.2f dB, cubic %.2f, nearest %.2f", scale, got, cubic, blocks)
		}
	}
}

func TestTurningThePictureTurnsTheResult(t *testing.T) {
	img := scene(40, 30)
	for _, scale := range []int{3, 4} {
		want, got := transposed(enlarge(t, img, scale)), enlarge(t, transposed(img), scale)
		// Where an edge lies between two directions, rounding decides.
		if p := psnr(want, got, 0); p < 50 {
			t.Errorf("scale %d: %.1f dB between the turned result and that of the turned picture", scale, p)
		}
	}
}

func transposed(img *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, img.Rect.Dy(), img.Rect.Dx()))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			out.SetNRGBA(y, x, img.NRGBAAt(x, y))
		}
	}
	return out
}

func TestOneColourStays(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {2, 1}, {1, 40}, {15, 15}, {17, 33}} {
		for _, v := range []uint8{0, 1, 100, 255} {
			img := image.NewNRGBA(image.Rectangle{Max: size})
			for i := range img.Pix {
				img.Pix[i] = v
				if i%4 == 3 {
					img.Pix[i] = 255
				}
			}
			out := enlarge(t, img, 3)
			for i, p := range out.Pix {
				if i%4 < 3 && p != v {
					t.Fatalf("%v: level %d became %d", size, v, p)
				}
			}
		}
	}
}

func TestEdgesDoNotRing(t *testing.T) {
	step := image.NewNRGBA(image.Rect(0, 0, 20, 20))
	for i := range step.Pix {
		step.Pix[i] = 80
		if i/4%20 >= 10 {
			step.Pix[i] = 180
		}
		if i%4 == 3 {
			step.Pix[i] = 255
		}
	}
	for i, p := range enlarge(t, step, 4).Pix {
		if i%4 < 3 && (p < 80-25 || p > 180+25) {
			t.Fatalf("a step from 80 to 180 rings to %d", p)
		}
	}
}

func TestAlphaIsEnlargedAndHiddenColoursDoNotBleed(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 20, 12))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []uint8{255, 0, 0, 0}) // red, but invisible
		if i/4%20 >= 10 {
			copy(img.Pix[i:], []uint8{0, 0, 200, 255})
		}
	}
	out := enlarge(t, img, 3)
	for i := 0; i < len(out.Pix); i += 4 {
		if out.Pix[i+3] > 8 && out.Pix[i] > 8 {
			t.Fatalf("pixel %d is %v: invisible red shows", i/4, out.Pix[i:i+4])
		}
	}
	if left, right := out.NRGBAAt(3, 18).A, out.NRGBAAt(56, 18).A; left != 0 || right != 255 {
		t.Errorf("alpha is %d on the left and %d on the right", left, right)
	}
}

func TestResultDoesNotDependOnTheNumberOfProcessors(t *testing.T) {
	img := scene(50, 70)
	want := enlarge(t, img, 3)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if d := cmp.Diff(want.Pix, enlarge(t, img, 3).Pix); d != "" {
		t.Errorf("(-several +one):\n%s", d)
	}
}

func TestErrors(t *testing.T) {
	for _, scale := range []int{-3, 0, 1, 2, 5} {
		if _, err := superres.Enlarge(t.Context(), scene(8, 8), scale); !errors.Is(err, superres.ErrScale) {
			t.Errorf("scale %d: %v, want ErrScale", scale, err)
		}
	}
}

// fading is a context that is cancelled when it has been looked at often enough.
type fading struct {
	context.Context
	looks atomic.Int32
}

func (f *fading) Err() error {
	if f.looks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancellationIsNoticedBetweenBands(t *testing.T) {
	for looks := range int32(4) {
		ctx := &fading{Context: t.Context()}
		ctx.looks.Store(looks)
		if out, err := superres.Enlarge(ctx, scene(6, 80), 3); !errors.Is(err, context.Canceled) || out != nil {
			t.Errorf("cancelled at look %d: %v, %v", looks, out, err)
		}
	}
}

func TestMemoryCoversWhatIsAllocated(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {60, 60}, {900, 4}, {4, 900}} {
		for _, scale := range []int{3, 4} {
			img := image.NewNRGBA(image.Rectangle{Max: size})
			enlarge(t, image.NewNRGBA(image.Rect(0, 0, 1, 1)), scale) // the weights, once
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			enlarge(t, img, scale)
			runtime.ReadMemStats(&after)
			got, most := int64(after.TotalAlloc-before.TotalAlloc), superres.Memory(size.X, size.Y, scale)
			if got > most {
				t.Errorf("%v times %d: %d bytes allocated, Memory says %d", size, scale, got, most)
			}
		}
	}
}

func ExampleEnlarge() {
	out, err := superres.Enlarge(context.Background(), scene(64, 48), 3)
	fmt.Println(out.Rect, err)
	// Output: (0,0)-(192,144) <nil>
}
