package scenery

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/ais-operator/ais-operator/internal/measure"
)

const testW, testH = 42, 28

var white = color.NRGBA{220, 220, 220, 255}

func TestPicturesDependOnTheirArgumentsAlone(t *testing.T) {
	label := Label(testW, testH)
	tests := []struct {
		name string
		draw func(seed uint64) *image.NRGBA
	}{
		{"landscape", func(seed uint64) *image.NRGBA { img, _ := Landscape(testW, testH, seed); return img }},
		{"evening", func(seed uint64) *image.NRGBA { return Evening(testW, testH, seed) }},
		{"dark", func(seed uint64) *image.NRGBA { return Dark(label, 0.3, 0.05, seed) }},
		{"recaptured", func(seed uint64) *image.NRGBA { return Recaptured(label, seed) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := tt.draw(1)
			if want := image.Rect(0, 0, testW, testH); first.Rect != want {
				t.Errorf("the picture covers %v, want %v", first.Rect, want)
			}
			for i := 3; i < len(first.Pix); i += 4 {
				if first.Pix[i] != 255 {
					t.Fatalf("pixel %d is not opaque", i/4)
				}
			}
			if !bytes.Equal(first.Pix, tt.draw(1).Pix) {
				t.Error("the same seed gave two different pictures")
			}
			if bytes.Equal(first.Pix, tt.draw(2).Pix) {
				t.Error("two seeds gave the same picture")
			}
		})
	}
}

func TestDepthOfTheLandscape(t *testing.T) {
	_, depth := Landscape(testW, testH, 5)
	if depth.Width != testW || depth.Height != testH || len(depth.Z) != testW*testH {
		t.Fatalf("the depth has %d x %d pixels and %d values", depth.Width, depth.Height, len(depth.Z))
	}
	sky := 0
	for i, z := range depth.Z {
		if math.IsNaN(float64(z)) || z < nearest {
			t.Fatalf("pixel %d is %v m away", i, z)
		}
		if math.IsInf(float64(z), 1) {
			sky++
		}
	}
	if share := float64(sky) / float64(len(depth.Z)); share < 0.05 || share > 0.5 {
		t.Errorf("the sky is %.0f %% of the picture", 100*share)
	}
	if z := depth.At(testW/2, testH-1); z > 40 {
		t.Errorf("the foreground is %v m away", z)
	}
}

func TestHazeHidesWhatIsFar(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 6, 1))
	depth := newDepth(6, 1)
	for x, z := range []float32{0, 100, 500, 1000, 5000, float32(math.Inf(1))} {
		img.SetNRGBA(x, 0, color.NRGBA{20, 60, 10, 255})
		depth.Z[x] = z
	}
	hazy := Hazy(img, depth, 0.001, white)
	if got := hazy.NRGBAAt(0, 0); got != img.NRGBAAt(0, 0) {
		t.Errorf("at no distance the colour is %v, want it unchanged", got)
	}
	if got := hazy.NRGBAAt(5, 0); got != white {
		t.Errorf("infinitely far the colour is %v, want the airlight", got)
	}
	for x := 1; x < 6; x++ {
		if a, b := hazy.NRGBAAt(x-1, 0), hazy.NRGBAAt(x, 0); b.R <= a.R || b.G <= a.G || b.B <= a.B {
			t.Errorf("%v m are hazier than %v m: %v and %v", depth.Z[x-1], depth.Z[x], a, b)
		}
	}
	// At 1,000 m exp(-1) of the light arrives.
	table := decodeTable()
	want := encode(table[60]*math.Exp(-1) + table[220]*(1-math.Exp(-1)))
	if got := hazy.NRGBAAt(3, 0).G; got != want {
		t.Errorf("green at 1,000 m is %d, want %d", got, want)
	}
}

func TestWhatIsDoneToALandscapeShowsInItsFigures(t *testing.T) {
	day, depth := Landscape(60, 40, 7)
	evening := Evening(60, 40, 7)
	if a, b := measure.Haze(day), measure.Haze(Hazy(day, depth, 0.001, white)); b < 2*a {
		t.Errorf("the haze figure is %.3f in haze and %.3f without", b, a)
	}
	if m := measure.MeanLuminance(day); m < 0.35 || m > 0.65 {
		t.Errorf("the day's mean luminance is %.3f", m)
	}
	if m := measure.MeanLuminance(evening); m > 0.2 {
		t.Errorf("the evening's mean luminance is %.3f", m)
	}
	if c := measure.ClippedShare(day); c > 0.01 {
		t.Errorf("%.1f %% of the day is clipped", 100*c)
	}
	brightest := uint8(0)
	dark := Dark(evening, 0.3, 0, 1)
	for i := range dark.Pix {
		if i%4 == 0 {
			brightest = max(brightest, dark.Pix[i])
		}
	}
	if brightest < 250 {
		t.Errorf("the lamp has become %d, want it as bright as before", brightest)
	}
	if a, b := measure.MeanLuminance(dark), measure.MeanLuminance(evening); a >= b {
		t.Errorf("less light gave a mean luminance of %.3f instead of %.3f", a, b)
	}
}

func TestRecaptureLeavesTheGridOfTheScreen(t *testing.T) {
	grey := image.NewNRGBA(image.Rect(0, 0, 96, 96))
	for i := range grey.Pix {
		grey.Pix[i] = 160
	}
	for i := 3; i < len(grey.Pix); i += 4 {
		grey.Pix[i] = 255
	}
	noise, screen := measure.GradientEnergy(Dark(grey, 1, 0.035, 1)), measure.GradientEnergy(Recaptured(grey, 1))
	if screen < 20*noise {
		t.Errorf("a grey area has a gradient energy of %.5f on the screen, and of %.5f from noise alone", screen, noise)
	}
}
