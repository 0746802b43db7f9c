package darkenhance_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/darkenhance"
)

func enhance(t testing.TB, img *image.NRGBA, brightness float64) *image.NRGBA {
	t.Helper()
	out, err := darkenhance.Enhance(t.Context(), img, brightness)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBrightnessZeroIsIdentity(t *testing.T) {
	img := darken(scene(90, 70), 0.05, 2)
	if d := cmp.Diff(img, enhance(t, img, 0)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestMeanRisesWithBrightness(t *testing.T) {
	for _, light := range []float64{0.003, 0.03, 0.1, 0.3, 1} {
		img := darken(scene(100, 80), light, 1)
		last := meanLuma(img)
		for i := 1; i <= 10; i++ {
			mean := meanLuma(enhance(t, img, float64(i)/10))
			if mean <= last {
				t.Errorf("light %v: brightness %.1f gives mean %.4f, less than %.4f before", light, float64(i)/10, mean, last)
			}
			last = mean
		}
	}
}

func TestDarkPicturesComeCloserToDaylight(t *testing.T) {
	truth := scene(160, 128)
	for _, light := range []float64{0.005, 0.02, 0.05} {
		for _, sigma := range []float64{0, 1, 2} {
			dark := darken(truth, light, sigma)
			before, after := psnr(truth, dark), psnr(truth, enhance(t, dark, 0.9))
			t.Logf("light %v noise %v: %.1f to %.1f dB", light, sigma, before, after)
			if after < before+5 {
				t.Errorf("light %v, noise %v: %.1f dB to daylight, from %.1f", light, sigma, after, before)
			}
		}
	}
}

func TestBrightPicturesAreLeftAlone(t *testing.T) {
	img := scene(200, 150)
	for meanLuma(img) < 0.46 {
		for i, v := range img.Pix {
			img.Pix[i] = uint8(min(int(v)+3, 255))
		}
	}
	before, after := meanLuma(img), meanLuma(enhance(t, img, 0.9))
	if after > 1.1*before || after < before {
		t.Errorf("mean %.3f became %.3f", before, after)
	}
}

func TestNothingClipsThatDidNot(t *testing.T) {
	img := darken(scene(200, 150), 0.05, 0)
	lamp(img, 254)
	out := enhance(t, img, 1)
	for i, v := range out.Pix {
		if i%4 < 3 && v == 255 {
			t.Fatalf("sample %d of %d became 255", i, img.Pix[i])
		}
	}
}

// lamp sets a disc in the middle.
func lamp(img *image.NRGBA, level uint8) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		for x := range w {
			if math.Hypot(float64(x-w/2), float64(y-h/2)) < float64(h)/6 {
				p := img.Pix[y*img.Stride+4*x:]
				p[0], p[1], p[2] = level, level, level
			}
		}
	}
}

func TestNoHaloAroundALamp(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	for i := range img.Pix {
		img.Pix[i] = 20
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	lamp(img, 240)
	out := enhance(t, img, 0.9)
	far := float64(out.Pix[out.PixOffset(150, 10)])
	for y := 20; y < 96; y++ { // the disc begins at 100, its antialiasing apart
		near := float64(out.Pix[out.PixOffset(150, y)])
		if math.Abs(near-far) > 0.12*far {
			t.Errorf("%d pixels from the lamp the wall is %v, far away %v", 100-y, near, far)
		}
	}
}

func TestNoiseGrowsLessThanTheLight(t *testing.T) {
	clean := darken(scene(240, 240), 0.02, 0)
	noisy := darken(scene(240, 240), 0.02, 2)
	gain := meanLuma(enhance(t, noisy, 0.9)) / meanLuma(noisy)
	before, after := rms(clean, noisy), rms(enhance(t, clean, 0.9), enhance(t, noisy, 0.9))
	if after > 0.8*gain*before {
		t.Errorf("noise of %.1f levels became %.1f, the light grew %.1f times", before, after, gain)
	}
}

func rms(a, b *image.NRGBA) float64 {
	return 255 * math.Pow(10, -psnr(a, b)/20)
}

func TestDegeneratePicturesStaySane(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {15, 15}, {1, 700}, {700, 1}, {3, 4}} {
		for _, v := range []uint8{0, 1, 128, 255} {
			img := image.NewNRGBA(image.Rectangle{Max: size})
			for i := range img.Pix {
				img.Pix[i] = v
			}
			out := enhance(t, img, 0.9)
			for i, p := range out.Pix {
				if i%4 == 3 && p != v {
					t.Fatalf("%v: alpha %d became %d", size, v, p)
				}
				if p < v || (v == 0 || v == 255) && p != v {
					t.Fatalf("%v: level %d became %d", size, v, p)
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	img := scene(20, 20)
	for _, brightness := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if _, err := darkenhance.Enhance(t.Context(), img, brightness); !errors.Is(err, darkenhance.ErrBrightness) {
			t.Errorf("brightness %v: %v, want ErrBrightness", brightness, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, brightness := range []float64{0, 0.9} {
		if out, err := darkenhance.Enhance(ctx, img, brightness); !errors.Is(err, context.Canceled) || out != nil {
			t.Errorf("cancelled at brightness %v: %v, %v", brightness, out, err)
		}
	}
}

func TestMemoryCoversWhatIsAllocated(t *testing.T) {
	for _, side := range []int{1, 100, 512, 700} {
		img := image.NewNRGBA(image.Rect(0, 0, side, side))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		enhance(t, img, 0.9)
		runtime.ReadMemStats(&after)
		if got, most := int64(after.TotalAlloc-before.TotalAlloc), darkenhance.Memory(side, side); got > most {
			t.Errorf("side %d: %d bytes allocated, Memory says %d", side, got, most)
		}
	}
}

func ExampleEnhance() {
	out, err := darkenhance.Enhance(context.Background(), darken(scene(64, 48), 0.05, 0), 0.9)
	fmt.Println(out.Rect, err)
	// Output: (0,0)-(64,48) <nil>
}
