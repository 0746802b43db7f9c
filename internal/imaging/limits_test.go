package imaging

import (
	"errors"
	"testing"
)

func TestLimits(t *testing.T) {
	limits := Limits{Formats: []Format{JPEG, PNG, BMP}, MaxBytes: 1000, MinSide: 16, MaxSide: 4096}
	good := Info{Format: PNG, Width: 16, Height: 4096, Bytes: 1000}
	for _, tt := range []struct {
		name        string
		limits      Limits
		change      func(*Info)
		field, want string
	}{
		{"a picture on every limit passes", limits, func(*Info) {}, "", ""},
		{"the zero limits take anything", Limits{}, func(i *Info) { i.Format, i.Bytes = GIF, 1<<40 }, "", ""},
		{"another format", limits, func(i *Info) { i.Format = WEBP }, "format", "the picture is a WebP file; JPEG, PNG and BMP are allowed"},
		{"another format than the only one", Limits{Formats: []Format{JPEG}}, func(*Info) {}, "format", "the picture is a PNG file; only JPEG is allowed"},
		{"one byte too many", limits, func(i *Info) { i.Bytes++ }, "bytes", "the picture has 1001 bytes; at most 1000 are allowed"},
		{"too wide", limits, func(i *Info) { i.Width, i.Height = 5000, 300 }, "sides", "the picture is 5000 x 300 px; sides may be 16 to 4096 px"},
		{"too low", limits, func(i *Info) { i.Height = 15 }, "sides", "the picture is 16 x 15 px; sides may be 16 to 4096 px"},
		{"too small where only that is limited", Limits{MinSide: 20}, func(*Info) {}, "sides", "the picture is 16 x 4096 px; sides must be at least 20 px"},
		{"too large where only that is limited", Limits{MaxSide: 20}, func(*Info) {}, "sides", "the picture is 16 x 4096 px; sides may be at most 20 px"},
		{"a bomb where nothing is limited", Limits{}, func(i *Info) { i.Width, i.Height = 65535, 65535 }, "pixels", "the picture is 65535 x 65535 px; at most 67108864 pixels are allowed"},
		{"the pixel ceiling itself passes", Limits{}, func(i *Info) { i.Width, i.Height = 8192, 8192 }, "", ""},
		{"sides whose product needs 62 bits", Limits{}, func(i *Info) { i.Width, i.Height = 1<<31-1, 1<<31-1 }, "pixels", "the picture is 2147483647 x 2147483647 px; at most 67108864 pixels are allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			info := good
			tt.change(&info)
			err := tt.limits.Check(info)
			if tt.want == "" {
				if err != nil {
					t.Errorf("Check = %v, want nil", err)
				}
				return
			}
			var limit *LimitError
			if !errors.As(err, &limit) || limit.Field != tt.field || limit.Error() != tt.want {
				t.Errorf("Check = %v, want %s: %q", err, tt.field, tt.want)
			}
		})
	}
}

func TestFormatNames(t *testing.T) {
	for _, tt := range []struct {
		format                 Format
		contentType, extension string
	}{
		{JPEG, "image/jpeg", ".jpg"},
		{PNG, "image/png", ".png"},
		{BMP, "image/bmp", ".bmp"},
		{WEBP, "image/webp", ".webp"},
		{GIF, "image/gif", ".gif"},
		{"tiff", "application/octet-stream", ""},
	} {
		if c, e := tt.format.ContentType(), tt.format.Extension(); c != tt.contentType || e != tt.extension {
			t.Errorf("%s: content type %q, extension %q, want %q, %q", tt.format, c, e, tt.contentType, tt.extension)
		}
	}
}
