package picture_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/image/bmp"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

// The one-pixel pictures by which browsers are asked for their WebP abilities
// (developers.google.com/speed/webp/faq).
const (
	webpLossy     = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
	webpLossless  = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
	webpAlpha     = "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA=="
	webpAnimation = "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA"
)

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// card is a picture in which every pixel differs from its neighbours.
func card(w, h int, alpha bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: uint8(255 * x / w), G: uint8(255 * y / h), B: uint8(17 * (x + y)), A: 255}
			if alpha {
				c.A = uint8(40 + 7*x)
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 100}) })
}

func redraw(dst draw.Image, src image.Image) image.Image {
	draw.Draw(dst, dst.Bounds(), src, image.Point{}, draw.Src)
	return dst
}

func TestDecodeIsExactForLosslessPictures(t *testing.T) {
	opaque, clear := card(13, 9, false), card(13, 9, true)
	r := opaque.Rect
	grey := redraw(image.NewGray(r), opaque)
	tests := map[string]struct {
		data []byte
		want image.Image
	}{
		"truecolour PNG":         {pngOf(t, opaque), opaque},
		"PNG with alpha":         {pngOf(t, clear), clear},
		"grey PNG":               {pngOf(t, grey), grey},
		"16-bit PNG":             {pngOf(t, redraw(image.NewRGBA64(r), opaque)), opaque},
		"16-bit PNG with alpha":  {pngOf(t, redraw(image.NewNRGBA64(r), clear)), clear},
		"16-bit grey PNG":        {pngOf(t, redraw(image.NewGray16(r), grey)), grey},
		"paletted PNG":           {pngOf(t, redraw(image.NewPaletted(r, palette.Plan9), opaque)), redraw(image.NewPaletted(r, palette.Plan9), opaque)},
		"24-bit BMP":             {encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, opaque) }), opaque},
		"8-bit BMP":              {encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, grey) }), grey},
		"PNG with trailing data": {append(pngOf(t, opaque), "tail"...), opaque},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, _, err := picture.Decode(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			want := image.NewNRGBA(r)
			for i := range want.Pix {
				x, y := i/4%r.Dx(), i/4/r.Dx()
				c := color.NRGBAModel.Convert(tt.want.At(x, y)).(color.NRGBA)
				want.Pix[i] = [...]uint8{c.R, c.G, c.B, c.A}[i%4]
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestReadHeader(t *testing.T) {
	clear := card(13, 9, true)
	tests := map[string]struct {
		data []byte
		want picture.Header
	}{
		"JPEG":                   {jpegOf(t, clear), picture.Header{Format: picture.JPEG, Width: 13, Height: 9, Orientation: 1}},
		"turned JPEG":            {withOrientation(jpegOf(t, clear), 6), picture.Header{Format: picture.JPEG, Width: 9, Height: 13, Orientation: 6}},
		"PNG with alpha":         {pngOf(t, clear), picture.Header{Format: picture.PNG, Width: 13, Height: 9, Orientation: 1, Alpha: true}},
		"PNG turned by eXIf":     {withChunk(pngOf(t, card(13, 9, false)), "eXIf", tiff(binary.BigEndian, 8)), picture.Header{Format: picture.PNG, Width: 9, Height: 13, Orientation: 8}},
		"PNG with tRNS":          {pngOf(t, image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.Transparent})), picture.Header{Format: picture.PNG, Width: 2, Height: 1, Orientation: 1, Alpha: true}},
		"lossy WebP":             {unbase64(t, webpLossy), picture.Header{Format: picture.WebP, Width: 1, Height: 1, Orientation: 1}},
		"lossless WebP":          {unbase64(t, webpLossless), picture.Header{Format: picture.WebP, Width: 1, Height: 1, Orientation: 1, Alpha: true}},
		"lossy WebP with alpha":  {unbase64(t, webpAlpha), picture.Header{Format: picture.WebP, Width: 1, Height: 1, Orientation: 1, Alpha: true}},
		"animated WebP":          {unbase64(t, webpAnimation), picture.Header{Format: picture.WebP, Width: 1, Height: 1, Orientation: 1, Alpha: true}},
		"GIF":                    {gifOf(t, image.Rect(0, 0, 5, 4), image.Pt(5, 4)), picture.Header{Format: picture.GIF, Width: 5, Height: 4, Orientation: 1}},
		"BMP":                    {encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, card(3, 2, false)) }), picture.Header{Format: picture.BMP, Width: 3, Height: 2, Orientation: 1}},
		"a JPEG larger than any": {jpegOfSize(t, 65000, 65000), picture.Header{Format: picture.JPEG, Width: 65000, Height: 65000, Orientation: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := picture.ReadHeader(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(picture.Header{})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if min := int64(4 * got.Width * got.Height); got.DecodeMemory() < min {
				t.Errorf("DecodeMemory = %d, less than the picture's own %d", got.DecodeMemory(), min)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := jpegOf(t, card(64, 64, false))
	wholePNG := pngOf(t, card(64, 64, false))
	bmp16 := encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, card(3, 2, false)) })
	bmp16[28] = 16
	bmpRLE := bytes.Clone(bmp16)
	bmpRLE[28], bmpRLE[30] = 8, 1
	jpeg12 := bytes.Clone(whole)
	jpeg12[bytes.Index(jpeg12, []byte{0xff, 0xc0})+4] = 12
	corrupt := bytes.Clone(wholePNG)
	corrupt[len(corrupt)-20] ^= 0x55
	tests := map[string]struct {
		data []byte
		want error
	}{
		"nothing":                    {nil, picture.ErrFormat},
		"text":                       {[]byte("BM, this is prose and no bitmap at all"), picture.ErrFormat},
		"TIFF":                       {[]byte("II*\x00\x08\x00\x00\x00"), picture.ErrFormat},
		"a JPEG signature alone":     {whole[:3], picture.ErrDamaged},
		"a JPEG cut in its pixels":   {whole[:len(whole)/2], picture.ErrDamaged},
		"a PNG cut in its pixels":    {wholePNG[:len(wholePNG)/2], picture.ErrDamaged},
		"a PNG with a wrong CRC":     {corrupt, picture.ErrDamaged},
		"an empty animation":         {unbase64(t, webpAnimation)[:48], picture.ErrDamaged},
		"12-bit JPEG":                {jpeg12, picture.ErrColorDepth},
		"16-bit BMP":                 {bmp16, picture.ErrColorDepth},
		"run-length encoded BMP":     {bmpRLE, picture.ErrFormat},
		"a JPEG of 4.2 gigapixels":   {jpegOfSize(t, 65000, 65000), picture.ErrPixels},
		"one pixel above the limit":  {pngOfSize(t, 4096, 4097), picture.ErrPixels},
		"one row above, very narrow": {pngOfSize(t, 1, picture.MaxPixels+1), picture.ErrPixels},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img, _, err := picture.Decode(tt.data)
			if !errors.Is(err, tt.want) || img != nil {
				t.Errorf("Decode = %v, %v, want %v", img, err, tt.want)
			}
		})
	}
}

func TestDecodeAppliesOrientation(t *testing.T) {
	// The two corners of the stored picture that are the top left and top right of
	// the displayed one (CIPA DC-008, tag Orientation).
	upright := card(16, 8, false)
	topLeft := map[uint16]image.Point{1: {0, 0}, 2: {15, 0}, 3: {15, 7}, 4: {0, 7}, 5: {0, 0}, 6: {0, 7}, 7: {15, 7}, 8: {15, 0}}
	topRight := map[uint16]image.Point{1: {15, 0}, 2: {0, 0}, 3: {0, 7}, 4: {15, 7}, 5: {0, 7}, 6: {0, 0}, 7: {15, 0}, 8: {15, 7}}
	for o := uint16(1); o <= 8; o++ {
		got, h, err := picture.Decode(withChunk(pngOf(t, upright), "eXIf", tiff(binary.LittleEndian, o)))
		if err != nil {
			t.Fatal(err)
		}
		if (got.Rect.Dx() == 8) != (o > 4) || h.Width != got.Rect.Dx() || h.Height != got.Rect.Dy() {
			t.Errorf("orientation %d: size %v, header %d x %d", o, got.Rect.Size(), h.Width, h.Height)
		}
		left, right := got.NRGBAAt(0, 0), got.NRGBAAt(got.Rect.Dx()-1, 0)
		if want := upright.NRGBAAt(topLeft[o].X, topLeft[o].Y); left != want {
			t.Errorf("orientation %d: top left is %v, want %v", o, left, want)
		}
		if want := upright.NRGBAAt(topRight[o].X, topRight[o].Y); right != want {
			t.Errorf("orientation %d: top right is %v, want %v", o, right, want)
		}
	}
}

func TestFirstFrameOfAGIFIsPlacedOnItsCanvas(t *testing.T) {
	img, _, err := picture.Decode(gifOf(t, image.Rect(2, 1, 4, 3), image.Pt(6, 5)))
	if err != nil {
		t.Fatal(err)
	}
	if img.Rect != image.Rect(0, 0, 6, 5) {
		t.Fatalf("bounds %v", img.Rect)
	}
	for y := range 5 {
		for x := range 6 {
			inside := image.Pt(x, y).In(image.Rect(2, 1, 4, 3))
			if (img.NRGBAAt(x, y).A == 255) != inside {
				t.Errorf("pixel %d,%d: alpha %d, inside the frame: %v", x, y, img.NRGBAAt(x, y).A, inside)
			}
		}
	}
}

func gifOf(t testing.TB, frame image.Rectangle, canvas image.Point) []byte {
	t.Helper()
	m := image.NewPaletted(frame, color.Palette{color.NRGBA{R: 200, A: 255}})
	g := &gif.GIF{Image: []*image.Paletted{m, m}, Delay: []int{1, 1}, Config: image.Config{Width: canvas.X, Height: canvas.Y}}
	return encoded(t, func(b *bytes.Buffer) error { return gif.EncodeAll(b, g) })
}

// tiff is an EXIF block with the one tag Orientation.
func tiff(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint32(order.AppendUint16(b, 42), 8)
	b = order.AppendUint16(order.AppendUint16(order.AppendUint16(b, 1), 0x0112), 3)
	b = order.AppendUint16(order.AppendUint32(b, 1), orientation)
	return append(b, make([]byte, 6)...)
}

func withOrientation(jpg []byte, orientation uint16) []byte {
	body := append([]byte("Exif\x00\x00"), tiff(binary.LittleEndian, orientation)...)
	app1 := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(body)+2))
	return append(append(app1, body...), jpg[2:]...)
}

// withChunk inserts a chunk after IHDR.
func withChunk(pngData []byte, kind string, body []byte) []byte {
	const afterIHDR = 33
	c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	c = append(append(c, kind...), body...)
	c = binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
	return append(append(bytes.Clone(pngData[:afterIHDR]), c...), pngData[afterIHDR:]...)
}

// jpegOfSize is a JPEG that announces a size it has no pixels for.
func jpegOfSize(t testing.TB, w, h uint16) []byte {
	t.Helper()
	data := jpegOf(t, card(8, 8, false))
	sof := bytes.Index(data, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(data[sof+5:], h)
	binary.BigEndian.PutUint16(data[sof+7:], w)
	return data
}

func pngOfSize(t testing.TB, w, h int) []byte {
	t.Helper()
	data := pngOf(t, card(8, 8, false))
	binary.BigEndian.PutUint32(data[16:], uint32(w))
	binary.BigEndian.PutUint32(data[20:], uint32(h))
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}
