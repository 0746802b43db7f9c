package imaging

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/image/bmp"
	_ "golang.org/x/image/webp" // FuzzInspect compares with it

	"github.com/ais-operator/ais-operator/internal/hostile"
)

// FuzzInspect holds that a refusal is a sentence, that a picture stays what it is with bytes behind its end, and that where Go's own decoders can read a header the two agree on it.
func FuzzInspect(f *testing.F) {
	for _, seed := range [][]byte{
		encode(f, 33, 21, encodeJPEG), encode(f, 5, 40, png.Encode), encode(f, 30, 2, encodeGIF), encode(f, 31, 17, bmp.Encode),
		vp8(), vp8l(), vp8x(), bitmap(40, -30), coreBitmap(6, 4), pngHeader(65535, 65535), []byte("<html>"), []byte("BM"), nil,
	} {
		f.Add(seed)
	}
	for _, p := range hostile.Pictures() {
		if len(p.Data) < 4<<10 {
			f.Add(p.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Inspect(data)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		checkInfo(t, data, info)
	})
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnknownFormat) {
		t.Fatalf("Inspect = %v, want one of the package's errors", err)
	}
	if strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 256 {
		t.Errorf("Inspect = %q, want a sentence", err)
	}
}

func checkInfo(t *testing.T, data []byte, info Info) {
	t.Helper()
	if info.Width <= 0 || info.Height <= 0 || info.Bytes != int64(len(data)) {
		t.Fatalf("Inspect = %+v", info)
	}
	behind, err := Inspect(append(bytes.Clone(data), "tail"...))
	behind.Bytes, behind.SHA256 = info.Bytes, info.SHA256
	if err != nil || behind != info {
		t.Errorf("with bytes behind it %+v becomes %+v, %v", info, behind, err)
	}
	config, name, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && name == string(info.Format) && (config.Width != info.Width || config.Height != info.Height) {
		t.Errorf("Inspect reads %s of %d x %d, image.DecodeConfig %d x %d", name, info.Width, info.Height, config.Width, config.Height)
	}
}
