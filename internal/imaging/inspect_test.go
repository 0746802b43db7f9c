package imaging

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/bmp"
)

// encode makes a real file of the size given.
func encode(tb testing.TB, width, height int, encoder func(io.Writer, image.Image) error) []byte {
	tb.Helper()
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := encoder(&b, m); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
func encodeGIF(w io.Writer, m image.Image) error  { return gif.Encode(w, m, nil) }

// webp wraps one chunk into a RIFF container.
func webp(chunk string, payload ...byte) []byte {
	b := append([]byte("RIFF\x00\x00\x00\x00WEBP"), chunk...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, payload...)
	if len(payload)%2 == 1 {
		b = append(b, 0)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// vp8 is a key frame header of 176 x 144.
func vp8() []byte { return webp("VP8 ", 0x10, 2, 0, 0x9d, 0x01, 0x2a, 176, 0, 144, 0) }

// vp8l is 300 x 2: 14 bits of width - 1, 14 bits of height - 1.
func vp8l() []byte {
	return webp("VP8L", append([]byte{0x2f}, binary.LittleEndian.AppendUint32(nil, 299|1<<14)...)...)
}

// vp8x is an animation with a canvas of 4097 x 70000.
func vp8x() []byte { return webp("VP8X", 0x02, 0, 0, 0, 0x00, 0x10, 0x00, 0x6f, 0x11, 0x01) }

// pngHeader is a PNG of which there is only the header, with a right checksum.
func pngHeader(width, height uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	ihdr = append(binary.BigEndian.AppendUint32(ihdr, height), 8, 2, 0, 0, 0)
	b := append([]byte(pngSignature), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(b, ihdr...), crc32.ChecksumIEEE(ihdr))
}

// withSegment puts a segment behind the start of a JPEG.
func withSegment(data []byte, marker byte, body []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return bytes.Join([][]byte{data[:2], segment, body, data[2:]}, nil)
}

// bitmap is a BMP header with the sides given.
func bitmap(width, height int32) []byte {
	b := make([]byte, 54)
	copy(b, "BM")
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(width))
	binary.LittleEndian.PutUint32(b[22:], uint32(height))
	return b
}

// coreBitmap is the header of OS/2 with 16-bit sides.
func coreBitmap(width, height uint16) []byte {
	b := make([]byte, 26)
	copy(b, "BM")
	b[14] = 12
	binary.LittleEndian.PutUint16(b[18:], width)
	binary.LittleEndian.PutUint16(b[20:], height)
	return b
}

func TestInspectReadsEveryFormat(t *testing.T) {
	photo := encode(t, 33, 21, encodeJPEG)
	second := 4 + int(binary.BigEndian.Uint16(photo[4:])) // where the second segment begins
	for _, tt := range []struct {
		name          string
		data          []byte
		format        Format
		width, height int
	}{
		{"a JPEG", photo, JPEG, 33, 21},
		{"a JPEG whose EXIF holds a preview", withSegment(photo, 0xe1, encode(t, 8, 8, encodeJPEG)), JPEG, 33, 21},
		{"a JPEG with fill bytes and stray bytes before a marker", bytes.Join([][]byte{photo[:2], {0xff}, photo[2:second], {0, 7, 0xff, 0xff}, photo[second:]}, nil), JPEG, 33, 21},
		{"a progressive JPEG", bytes.Replace(photo, []byte{0xff, 0xc0}, []byte{0xff, 0xc2}, 1), JPEG, 33, 21},
		{"a PNG", encode(t, 5, 4000, png.Encode), PNG, 5, 4000},
		{"a PNG of one pixel", encode(t, 1, 1, png.Encode), PNG, 1, 1},
		{"a PNG that promises 65535 x 65535", pngHeader(65535, 65535), PNG, 65535, 65535},
		{"a GIF", encode(t, 300, 2, encodeGIF), GIF, 300, 2},
		{"a BMP", encode(t, 31, 17, bmp.Encode), BMP, 31, 17},
		{"a BMP stored from top to bottom", bitmap(40, -30), BMP, 40, 30},
		{"a BMP of OS/2", coreBitmap(640, 480), BMP, 640, 480},
		{"a lossy WebP", vp8(), WEBP, 176, 144},
		{"a lossy WebP with scaling bits", webp("VP8 ", 0x10, 2, 0, 0x9d, 0x01, 0x2a, 176, 0x40, 144, 0x80), WEBP, 176, 144},
		{"a lossless WebP", vp8l(), WEBP, 300, 2},
		{"an animated WebP", vp8x(), WEBP, 4097, 70000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sum := sha256.Sum256(tt.data)
			want := Info{tt.format, tt.width, tt.height, int64(len(tt.data)), hex.EncodeToString(sum[:])}
			got, err := Inspect(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Inspect (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInspectRefusesDamage(t *testing.T) {
	photo := encode(t, 33, 21, encodeJPEG)
	wrongSum := pngHeader(8, 8)
	wrongSum[20]++
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"a JPEG of three bytes", photo[:3], "the JPEG header is cut off"},
		{"a JPEG cut off in a segment", photo[:30], "the JPEG header is cut off"},
		{"a JPEG without a frame", append([]byte("\xff\xd8\xff\xe0\x00\x02"), "\xff\xda\x00\x02"...), "the JPEG header is not as the format prescribes"},
		{"a JPEG with a segment of no length", []byte("\xff\xd8\xff\xe0\x00\x01\xff\xff"), "the JPEG header is not as the format prescribes"},
		{"a JPEG that gives its height later", []byte("\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x10\x01\x00\x00\x00"), "the JPEG header gives a width or height of zero"},
		{"a PNG cut off in its header", pngHeader(8, 8)[:28], "the PNG header is cut off"},
		{"a PNG with a wrong checksum", wrongSum, "the PNG header does not match its checksum"},
		{"a PNG that begins with another chunk", bytes.Replace(pngHeader(8, 8), []byte("IHDR"), []byte("IDAT"), 1), "the PNG header is not as the format prescribes"},
		{"a PNG of no width", pngHeader(0, 8), "the PNG header gives a width or height of zero"},
		{"a PNG of 2^31 pixels width", pngHeader(1<<31, 8), "the PNG header is not as the format prescribes"},
		{"a GIF cut off", []byte("GIF89a\x01\x00"), "the GIF header is cut off"},
		{"a BMP cut off", bitmap(8, 8)[:20], "the BMP header is cut off"},
		{"a BMP of negative width", bitmap(-8, 8), "the BMP header is not as the format prescribes"},
		{"a BMP of the most negative height", bitmap(8, -1<<31), "the BMP header is not as the format prescribes"},
		{"a WebP cut off", vp8()[:25], "the WebP header is cut off"},
		{"a WebP without a chunk", []byte("RIFF\x04\x00\x00\x00WEBP"), "the WebP header is cut off"},
		{"a WebP that begins with an inter frame", webp("VP8 ", 0x11, 2, 0, 0x9d, 0x01, 0x2a, 176, 0, 144, 0), "the WebP header is not as the format prescribes"},
		{"a WebP with an unknown chunk", webp("ABCD", make([]byte, 10)...), "the WebP header is not as the format prescribes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Inspect(tt.data)
			if !errors.Is(err, ErrDamaged) || err.Error() != "damaged picture: "+tt.want {
				t.Errorf("Inspect = %v, want %q", err, "damaged picture: "+tt.want)
			}
		})
	}
}

func TestInspectNamesWhatIsNoPicture(t *testing.T) {
	for _, tt := range []struct{ data, want string }{
		{"", "there is no data"},
		{"<!DOCTYPE html><html><body>Please log in", "it is a web page"},
		{"\xef\xbb\xbf \r\n<HTML>", "it is a web page"},
		{`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, "it is an XML document"},
		{`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "it is an SVG drawing"},
		{`{"error":"not found"}`, "it is a JSON document"},
		{"Not Found", "it is text"},
		{"data:image/png;base64,iVBORw0KGgo=", "it is a data: URL"},
		{"version https://git-lfs.github.com/spec/v1\noid", "it is a Git LFS pointer"},
		{"\x00\x00\x00\x18ftypheic\x00\x00", "it is a HEIC picture"},
		{"\x00\x00\x00\x18ftypavif\x00\x00", "it is an AVIF picture"},
		{"\x00\x00\x00\x18ftypisom\x00\x00", "it is an MP4 or QuickTime file"},
		{"II*\x00", "it is a TIFF picture"},
		{"%PDF-1.7\n", "it is a PDF document"},
		{"PK\x03\x04\x14", "it is a ZIP archive"},
		{"RIFF\x00\x00\x00\x00WAVEfmt ", ErrUnknownFormat.Error()},
		{"\x01\x02\x03", ErrUnknownFormat.Error()},
		{"\xff\xd8", ErrUnknownFormat.Error()},
		{"\xfeno letters of UTF-8", ErrUnknownFormat.Error()},
		{"<html>caf\xe9", "it is a web page"},
		{strings.Repeat("n", 511) + "\u00e9t found", "it is text"},
		{"BMW is text that begins like a bitmap", "it is text"},
	} {
		_, err := Inspect([]byte(tt.data))
		if !errors.Is(err, ErrUnknownFormat) || !strings.Contains(err.Error(), tt.want) || tt.want == ErrUnknownFormat.Error() && err.Error() != tt.want {
			t.Errorf("Inspect(%q) = %v, want %q", tt.data, err, tt.want)
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	data := append(pngHeader(4096, 4096), make([]byte, 7_500_000)...)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inspect(data); err != nil {
			b.Fatal(err)
		}
	}
}
