package picture_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"runtime"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
	"github.com/ais-operator/ais-operator/internal/hostile"
)

func seed(f *testing.F) {
	f.Helper()
	img := card(9, 7, true)
	f.Add(jpegOf(f, img))
	f.Add(withOrientation(jpegOf(f, img), 5))
	f.Add(pngOf(f, img))
	f.Add(withChunk(pngOf(f, img), "eXIf", tiff(binary.BigEndian, 3)))
	f.Add(gifOf(f, image.Rect(1, 1, 3, 3), image.Pt(4, 4)))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }))
	for _, s := range []string{webpLossy, webpLossless, webpAlpha, webpAnimation} {
		f.Add(unbase64(f, s))
	}
	for _, p := range hostile.Pictures() {
		if len(p.Data) < 4<<10 {
			f.Add(p.Data)
		}
	}
}

func FuzzReadHeader(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := picture.ReadHeader(data)
		if err != nil {
			return
		}
		if h.Width < 1 || h.Height < 1 || h.Orientation < 1 || h.Orientation > 8 || h.DecodeMemory() <= 0 {
			t.Errorf("impossible header %+v", h)
		}
	})
}

func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := picture.ReadHeader(data)
		if err == nil && h.DecodeMemory() > 64<<20 {
			t.Skip("announces more pixels than a fuzz run should decode")
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		img, h, err := picture.Decode(data)
		runtime.ReadMemStats(&after)
		if (img == nil) == (err == nil) {
			t.Fatalf("Decode returned %v and %v", img, err)
		}
		if img != nil && img.Rect != image.Rect(0, 0, h.Width, h.Height) {
			t.Errorf("bounds %v, header %+v", img.Rect, h)
		}
		// The PNG decoder is not shown all chunks, and is to see the same picture.
		if whole, failed := png.Decode(bytes.NewReader(data)); failed == nil && (err != nil || img.Rect.Dx()*img.Rect.Dy() != whole.Bounds().Dx()*whole.Bounds().Dy()) {
			t.Errorf("Decode = %v, which the decoder itself reads as %v", err, whole.Bounds())
		}
		// What was allocated in all is an upper bound of the peak.
		if got := int64(after.TotalAlloc - before.TotalAlloc); h.Width > 0 && got > h.DecodeMemory()+4*int64(len(data)) {
			t.Errorf("%d bytes allocated, %d estimated for %+v", got, h.DecodeMemory(), h)
		}
	})
}
