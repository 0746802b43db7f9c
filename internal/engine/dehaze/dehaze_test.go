package dehaze_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/dehaze"
)

var natural = dehaze.Options{Gamma: 1.5, NaturalLook: true}

func run(t testing.TB, img *image.NRGBA, o dehaze.Options) *image.NRGBA {
	t.Helper()
	out, err := dehaze.Dehaze(t.Context(), img, o)
	if err != nil {
		t.Fatal(err)
	}
	if out.Rect.Size() != img.Rect.Size() {
		t.Fatalf("size %v became %v", img.Rect.Size(), out.Rect.Size())
	}
	return out
}

func psnr(a, b *image.NRGBA) float64 {
	var sum float64
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))*0.75/max(sum, 1))
}

func meanLuma(img *image.NRGBA) float64 {
	var sum float64
	for i := 0; i < len(img.Pix); i += 4 {
		sum += 0.299*float64(img.Pix[i]) + 0.587*float64(img.Pix[i+1]) + 0.114*float64(img.Pix[i+2])
	}
	return sum / 255 / float64(len(img.Pix)/4)
}

func flat(w, h int, r, g, b uint8) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = r, g, b, 255
	}
	return img
}

func TestHazeIsRemoved(t *testing.T) {
	truth := scene(160, 120)
	tests := []struct {
		thickness float64
		gain      float64 // dB towards the truth, at least
	}{
		{0.4, 3}, {0.8, 5}, {1.2, 4}, {1.6, 3},
	}
	for _, tt := range tests {
		hazy := haze(truth, tt.thickness)
		before := psnr(truth, hazy)
		for _, o := range []dehaze.Options{natural, {Gamma: 1, NaturalLook: true}, {Gamma: 1.5}} {
			after := psnr(truth, run(t, hazy, o))
			t.Logf("thickness %v %+v: %.1f to %.1f dB", tt.thickness, o, before, after)
			if after < before+tt.gain {
				t.Errorf("thickness %v, %+v: %.1f dB to the truth, from %.1f", tt.thickness, o, after, before)
			}
		}
	}
}

func TestClearPicturesAreLeftAlone(t *testing.T) {
	truth := scene(320, 240)
	if got := psnr(truth, run(t, truth, natural)); got < 30 {
		t.Errorf("%.1f dB to itself, want 30", got)
	}
	sky := flat(200, 100, 120, 170, 225)
	if d := cmp.Diff(meanLuma(sky), meanLuma(run(t, sky, natural))); math.Abs(meanLuma(sky)-meanLuma(run(t, sky, natural))) > 0.03 {
		t.Errorf("a blue sky changed (-want +got):\n%s", d)
	}
}

func TestGammaIsMonotone(t *testing.T) {
	pictures := map[string]*image.NRGBA{"hazy": haze(scene(80, 60), 1), "clear": scene(80, 60)}
	for name, img := range pictures {
		for _, look := range []bool{true, false} {
			last := -1.0
			for _, gamma := range []float64{0.1, 0.3, 0.6, 0.9, 1, 1.2, 1.5, 2, 4, 7, 10} {
				mean := meanLuma(run(t, img, dehaze.Options{Gamma: gamma, NaturalLook: look}))
				if mean <= last {
					t.Errorf("%s, natural %v: gamma %v gives mean %.4f, a smaller one %.4f", name, look, gamma, mean, last)
				}
				last = mean
			}
			if limit := meanLuma(img) + 0.25; last > limit {
				t.Errorf("%s, natural %v: gamma 10 burns the picture out: mean %.2f", name, look, last)
			}
		}
	}
}

func TestNaturalLookKeepsHues(t *testing.T) {
	img := haze(scene(160, 120), 0.8)
	out := run(t, img, natural)
	for i := 0; i < len(img.Pix); i += 4 {
		before, strong := hue(img.Pix[i:], 40)
		after, visible := hue(out.Pix[i:], 40)
		if d := math.Abs(math.Remainder(before-after, 6)); strong && visible && d > 0.15 {
			t.Fatalf("pixel %d: colour %v became %v", i/4, img.Pix[i:i+3], out.Pix[i:i+3])
		}
	}
}

// hue returns the hue in sixths of a turn, and whether the chroma is above least.
func hue(p []uint8, least float64) (float64, bool) {
	r, g, b := float64(p[0]), float64(p[1]), float64(p[2])
	high, low := max(r, g, b), min(r, g, b)
	c := high - low
	switch {
	case c < least:
		return 0, false
	case high == r:
		return (g - b) / c, true
	case high == g:
		return 2 + (b-r)/c, true
	}
	return 4 + (r-g)/c, true
}

func TestDegeneratePicturesStaySane(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {15, 15}, {1, 700}, {700, 1}, {16, 33}} {
		for _, v := range []uint8{0, 1, 128, 254, 255} {
			img := flat(size.X, size.Y, v, v, v)
			for _, o := range []dehaze.Options{natural, {Gamma: 1.5}, {Gamma: 0.1}, {Gamma: 10, NaturalLook: true}} {
				out := run(t, img, o)
				for i, p := range out.Pix {
					if i%4 < 3 && p != out.Pix[0] {
						t.Fatalf("%v of level %d, %+v: not one colour any more", size, v, o)
					}
				}
				if v == 0 && out.Pix[0] != 0 {
					t.Errorf("black became %d with %+v", out.Pix[0], o)
				}
				if d := math.Abs(float64(out.Pix[0]) - float64(v)); o == natural && d > 8 {
					t.Errorf("%v of level %d became %d", size, v, out.Pix[0])
				}
			}
		}
	}
}

func TestAlphaStaysAndTheInputIsNotTouched(t *testing.T) {
	img := haze(scene(40, 30), 1)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = uint8(i)
	}
	before := append([]uint8(nil), img.Pix...)
	out := run(t, img, natural)
	if d := cmp.Diff(before, img.Pix); d != "" {
		t.Errorf("the input changed:\n%s", d)
	}
	for i := 3; i < len(img.Pix); i += 4 {
		if out.Pix[i] != img.Pix[i] {
			t.Fatalf("alpha of pixel %d: %d, want %d", i/4, out.Pix[i], img.Pix[i])
		}
	}
}

func TestErrors(t *testing.T) {
	img := scene(20, 20)
	for _, gamma := range []float64{0, 0.09, 10.1, -1, math.NaN(), math.Inf(1)} {
		if _, err := dehaze.Dehaze(t.Context(), img, dehaze.Options{Gamma: gamma}); !errors.Is(err, dehaze.ErrGamma) {
			t.Errorf("gamma %v: %v, want ErrGamma", gamma, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err := dehaze.Dehaze(ctx, img, natural); !errors.Is(err, context.Canceled) || out != nil {
		t.Errorf("cancelled: %v, %v", out, err)
	}
}

func TestMemoryCoversWhatIsAllocated(t *testing.T) {
	for _, side := range []int{1, 100, 512, 700} {
		img := flat(side, side, 150, 150, 150)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run(t, img, dehaze.Options{Gamma: 1.5})
		runtime.ReadMemStats(&after)
		if got, most := int64(after.TotalAlloc-before.TotalAlloc), dehaze.Memory(side, side); got > most {
			t.Errorf("side %d: %d bytes allocated, Memory says %d", side, got, most)
		}
	}
}

func ExampleDehaze() {
	img := haze(scene(64, 48), 1)
	out, err := dehaze.Dehaze(context.Background(), img, dehaze.Options{Gamma: 1.5, NaturalLook: true})
	fmt.Println(out.Rect, err)
	// Output: (0,0)-(64,48) <nil>
}
