package measure_test

import (
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ais-operator/ais-operator/internal/measure"
)

// picture fills w x h pixels, with an origin away from zero, by a function of the place.
func picture(w, h int, at func(x, y int) color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(3, 5, 3+w, 5+h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(3+x, 5+y, at(x, y))
		}
	}
	return img
}

func flat(c color.NRGBA) *image.NRGBA {
	return picture(20, 10, func(int, int) color.NRGBA { return c })
}

func grey(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }

// halves is grey 100 on the left and c on the right.
func halves(c color.NRGBA) *image.NRGBA {
	return picture(20, 10, func(x, _ int) color.NRGBA {
		if x < 10 {
			return grey(100)
		}
		return c
	})
}

func paletted(c color.NRGBA) image.Image {
	return image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{c})
}

func chequered(x, y int) color.NRGBA { return grey(uint8((x + y) % 2 * 255)) }

func TestFiguresOfExactPictures(t *testing.T) {
	tests := []struct {
		name   string
		figure func(image.Image) float64
		img    image.Image
		want   float64
	}{
		{"the luminance of black is 0", measure.MeanLuminance, flat(grey(0)), 0},
		{"the luminance of white is 1", measure.MeanLuminance, flat(grey(255)), 1},
		{"green weighs 0.7152", measure.MeanLuminance, flat(color.NRGBA{0, 255, 0, 255}), 0.7152},
		{"red weighs 0.2126", measure.MeanLuminance, flat(color.NRGBA{255, 0, 0, 255}), 0.2126},
		{"alpha does not darken", measure.MeanLuminance, flat(color.NRGBA{51, 51, 51, 128}), 0.2},
		{"other types of picture are converted", measure.MeanLuminance, paletted(grey(51)), 0.2},
		{"half the pixels burnt out in one channel", measure.ClippedShare, halves(color.NRGBA{254, 9, 9, 255}), 0.5},
		{"253 is not burnt out", measure.ClippedShare, halves(grey(253)), 0},
		{"half the pixels lost in black", measure.ClippedShare, halves(color.NRGBA{1, 0, 1, 255}), 0.5},
		{"a pure colour is not lost in black", measure.ClippedShare, halves(color.NRGBA{0, 2, 0, 255}), 0},
		{"a flat picture has no gradient", measure.GradientEnergy, flat(grey(77)), 0},
		{"a chequerboard has the most", measure.GradientEnergy, picture(9, 9, chequered), 2},
		{"one edge in 19 columns of differences", measure.GradientEnergy, halves(grey(151)), 0.04 / 19},
		{"a picture of one row has none", measure.GradientEnergy, picture(9, 1, chequered), 0},
		{"a grey veil is all haze", measure.Haze, flat(grey(153)), 0.6},
		{"a pure colour has none", measure.Haze, flat(color.NRGBA{255, 255, 0, 255}), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.figure(tt.img); math.Abs(got-tt.want) > 1e-12 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHazeTakesTheMinimumOfThePatch(t *testing.T) {
	const w, h = 41, 33
	rng := rand.New(rand.NewPCG(1, 2))
	img := picture(w, h, func(int, int) color.NRGBA {
		return color.NRGBA{uint8(rng.IntN(256)), uint8(100 + rng.IntN(156)), uint8(100 + rng.IntN(156)), 255}
	})
	sum := 0.0
	for y := range h {
		for x := range w {
			least := uint8(255)
			for j := max(0, y-7); j <= min(h-1, y+7); j++ {
				for i := max(0, x-7); i <= min(w-1, x+7); i++ {
					c := img.NRGBAAt(3+i, 5+j)
					least = min(least, c.R, c.G, c.B)
				}
			}
			sum += float64(least) / 255
		}
	}
	if got, want := measure.Haze(img), sum/(w*h); math.Abs(got-want) > 1e-12 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPSNR(t *testing.T) {
	base := flat(grey(100))
	edged := flat(grey(100))
	for x := range 20 {
		edged.SetNRGBA(3+x, 5, grey(255))
	}
	one, two := image.NewGray(image.Rect(0, 0, 4, 4)), image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range two.Pix {
		two.Pix[i] = 10
	}
	tests := []struct {
		name   string
		a, b   image.Image
		border int
		want   float64
	}{
		{"equal pictures", base, flat(grey(100)), 0, math.Inf(1)},
		// Y of grey 100 is round(16 + 219·100/255) = 102, of grey 110 it is 110.
		{"a difference of 8 in every pixel", base, flat(grey(110)), 0, 10 * math.Log10(255*255/64.0)},
		{"a difference that lies in the border", base, edged, 1, math.Inf(1)},
		// Y of white is 235: a difference of 133 in one row of ten.
		{"the same without cutting the border", base, edged, 0, 10 * math.Log10(255*255*10/(133.0*133))},
		{"grey pictures are not squeezed into 16 to 235", one, two, 0, 10 * math.Log10(255*255/100.0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := measure.PSNR(tt.a, tt.b, tt.border)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want && math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v dB, want %v dB", got, tt.want)
			}
		})
	}
}

func TestPSNRRefusesWhatCannotBeCompared(t *testing.T) {
	small := picture(4, 4, chequered)
	for name, call := range map[string]func() (float64, error){
		"different sizes":        func() (float64, error) { return measure.PSNR(small, flat(grey(1)), 0) },
		"nothing inside borders": func() (float64, error) { return measure.PSNR(small, small, 2) },
		"a negative border":      func() (float64, error) { return measure.PSNR(small, small, -1) },
	} {
		if _, err := call(); !errors.Is(err, measure.ErrSize) {
			t.Errorf("%s: got %v, want %v", name, err, measure.ErrSize)
		}
	}
}

func TestEmptyPicturesHaveFigures(t *testing.T) {
	empty := image.NewNRGBA(image.Rectangle{})
	for i, figure := range []func(image.Image) float64{measure.MeanLuminance, measure.ClippedShare, measure.GradientEnergy, measure.Haze} {
		if got := figure(empty); got != 0 {
			t.Errorf("figure %d of an empty picture is %v, want 0", i, got)
		}
	}
}
