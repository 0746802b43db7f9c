package recapturetest_test

import (
	"bytes"
	"image"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/recapture/recapturetest"
)

func ramp(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(img.Pix[4*i:], []uint8{uint8(i % width), uint8(i / width), 128, 255})
	}
	return img
}

func TestARecaptureDependsOnThePictureAndTheSeedAlone(t *testing.T) {
	img := ramp(120, 90)
	first, again := recapturetest.Recapture(img, 5), recapturetest.Recapture(img, 5)
	if !bytes.Equal(first.Pix, again.Pix) {
		t.Error("the same seed rendered two pictures")
	}
	if other := recapturetest.Recapture(img, 6); bytes.Equal(first.Pix, other.Pix) {
		t.Error("another seed rendered the same picture")
	}
	if !bytes.Equal(img.Pix, ramp(120, 90).Pix) {
		t.Error("the picture itself was changed")
	}
}

func TestARecaptureKeepsSizeAndBrightness(t *testing.T) {
	for _, size := range []image.Point{{}, {1, 1}, {3, 2}, {120, 90}} {
		img := ramp(size.X, size.Y)
		got := recapturetest.Recapture(img, 1)
		if got.Rect.Size() != size {
			t.Errorf("%v became %v", size, got.Rect.Size())
		}
	}
	mean := func(img *image.NRGBA) (sum float64) {
		for i := 1; i < len(img.Pix); i += 4 {
			sum += float64(img.Pix[i]) * 4 / float64(len(img.Pix))
		}
		return sum
	}
	before, after := mean(ramp(200, 200)), mean(recapturetest.Recapture(ramp(200, 200), 2))
	if after < 0.6*before || after > 1.2*before {
		t.Errorf("mean green %.0f became %.0f", before, after)
	}
}
