package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/png"
	"runtime"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

// interlaced is a PNG of black 16-bit pixels, in seven passes.
func interlaced(t *testing.T, side int) []byte {
	t.Helper()
	var pixels bytes.Buffer
	w := zlib.NewWriter(&pixels)
	// Columns and rows between two pixels of a pass (PNG, third edition, 8.2).
	for _, step := range [][2]int{{8, 8}, {8, 8}, {4, 8}, {4, 4}, {2, 4}, {2, 2}, {1, 2}} {
		row := make([]byte, 1+8*side/step[0])
		for range side / step[1] {
			if _, err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := pngOf(t, image.NewNRGBA64(image.Rect(0, 0, 1, 1)))
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(side)), uint32(side))
	body := withChunk(data[:33], "IHDR", append(header, 16, 6, 0, 0, 1))
	body = append(body[:8], body[33:]...)
	return append(withChunk(body, "IDAT", pixels.Bytes()), data[len(data)-12:]...)
}

func TestDecodeMemoryIsEnough(t *testing.T) {
	const side = 2048
	indices := image.NewPaletted(image.Rect(0, 0, 2*side, 2*side), palette.Plan9)
	smaller := image.NewPaletted(image.Rect(0, 0, side-1, side), color.Palette{color.Black})
	canvas := image.Config{Width: side, Height: side}
	for _, tt := range []struct {
		name   string
		data   []byte
		copies float64 // what the decoder throws away counts in this test
	}{
		{"a paletted BMP", encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, indices) }), 1},
		{"a GIF whose frame is smaller than its screen", encoded(t, func(b *bytes.Buffer) error {
			return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{smaller}, Delay: []int{1}, Config: canvas})
		}), 1},
		{"an interlaced PNG of 16 bits", interlaced(t, side), 1.25}, // six passes are half of the picture
		{"a PNG of 16 bits", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, image.NewNRGBA64(image.Rect(0, 0, side, side))) }), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, h, err := picture.Decode(tt.data)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := float64(after.TotalAlloc-before.TotalAlloc), float64(h.DecodeMemory())*tt.copies; got > want {
				t.Errorf("%.0f bytes were allocated, want %.0f at most", got, want)
			}
		})
	}
}

// The largest picture of the API, whatever its format, fits into an engine with
// the least memory, three quarters of which are for pixels.
func TestTheLargestPictureFits(t *testing.T) {
	const pixels = 512 << 20 / 4 * 3
	webp := unbase64(t, webpLossless)
	binary.LittleEndian.PutUint32(webp[21:], 4095|4095<<14)
	for name, data := range map[string][]byte{
		"a turned PNG":    withChunk(pngOfSize(t, 4096, 4096), "eXIf", tiff(binary.BigEndian, 8)),
		"a lossless WebP": append(webp, make([]byte, 10<<20)...),
		"a turned JPEG":   withOrientation(jpegOfSize(t, 4096, 4096), 6),
	} {
		h, err := picture.ReadHeader(data)
		if err != nil {
			t.Fatal(err)
		}
		if h.DecodeMemory() > pixels {
			t.Errorf("%s takes %d bytes, more than %d", name, h.DecodeMemory(), pixels)
		}
	}
}
