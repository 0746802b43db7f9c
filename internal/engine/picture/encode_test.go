package picture_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

func TestEncodeRoundTrip(t *testing.T) {
	for _, f := range []picture.Format{picture.PNG, picture.BMP} {
		img := card(21, 10, false)
		if d := cmp.Diff(img, roundTrip(t, img, f)); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
	}
	clear := card(21, 10, true)
	if d := cmp.Diff(clear, roundTrip(t, clear, picture.PNG)); d != "" {
		t.Errorf("PNG with alpha (-want +got):\n%s", d)
	}
}

func TestJPEGHasTheSameColoursAndWhiteBehindTransparency(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := range 16 {
			img.SetNRGBA(x, y, color.NRGBA{R: 60, G: 90, B: 150, A: 255})
		}
	}
	got := roundTrip(t, img, picture.JPEG)
	near(t, got.NRGBAAt(8, 8), color.NRGBA{R: 60, G: 90, B: 150, A: 255})
	near(t, got.NRGBAAt(24, 8), color.NRGBA{R: 255, G: 255, B: 255, A: 255})
}

func near(t *testing.T, got, want color.NRGBA) {
	t.Helper()
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B), int(got.A) - int(want.A)} {
		if d < -3 || d > 3 {
			t.Errorf("colour %v, want %v", got, want)
			return
		}
	}
}

func roundTrip(t *testing.T, img *image.NRGBA, f picture.Format) *image.NRGBA {
	t.Helper()
	data := encoded(t, func(b *bytes.Buffer) error { return picture.Encode(b, img, f) })
	got, h, err := picture.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if h.Format != f {
		t.Errorf("the bytes are %s, want %s", h.Format, f)
	}
	return got
}

func TestOutputFormatCanAlwaysBeWritten(t *testing.T) {
	want := map[picture.Format]picture.Format{
		picture.JPEG: picture.JPEG, picture.PNG: picture.PNG, picture.BMP: picture.BMP,
		picture.WebP: picture.PNG, picture.GIF: picture.PNG,
	}
	for in, out := range want {
		if got := picture.OutputFormat(in); got != out {
			t.Errorf("OutputFormat(%s) = %s, want %s", in, got, out)
		}
		if err := picture.Encode(io.Discard, card(2, 2, false), out); err != nil {
			t.Errorf("Encode as %s: %v", out, err)
		}
	}
	if err := picture.Encode(io.Discard, card(2, 2, false), picture.WebP); !errors.Is(err, picture.ErrFormat) {
		t.Errorf("Encode as WebP = %v, want ErrFormat", err)
	}
}

func BenchmarkDecode(b *testing.B) {
	img := card(1024, 1024, false)
	for _, f := range []picture.Format{picture.JPEG, picture.PNG, picture.BMP} {
		data := encoded(b, func(w *bytes.Buffer) error { return picture.Encode(w, img, f) })
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := picture.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
			reportMegapixels(b, img.Rect)
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	img := card(1024, 1024, false)
	for _, f := range []picture.Format{picture.JPEG, picture.PNG, picture.BMP} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := picture.Encode(io.Discard, img, f); err != nil {
					b.Fatal(err)
				}
			}
			reportMegapixels(b, img.Rect)
		})
	}
}

func reportMegapixels(b *testing.B, r image.Rectangle) {
	b.Helper()
	mp := float64(r.Dx()*r.Dy()) / 1e6 * float64(b.N)
	b.ReportMetric(mp/b.Elapsed().Seconds(), "MP/s")
}

func ExampleOutputFormat() {
	fmt.Println(picture.OutputFormat(picture.JPEG), picture.OutputFormat(picture.GIF))
	// Output: jpeg png
}
