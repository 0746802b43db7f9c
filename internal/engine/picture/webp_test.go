package picture

import (
	"encoding/base64"
	"image"
	"image/color"
	"testing"
)

func TestLossyWebPHasStudioRange(t *testing.T) {
	// BT.601 luma and chroma of the extremes, as in ITU-R BT.601-7 section 3.5.
	tests := map[string]struct {
		y, cb, cr uint8
		want      color.NRGBA
	}{
		"black":       {16, 128, 128, color.NRGBA{A: 255}},
		"white":       {235, 128, 128, color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		"red":         {81, 90, 240, color.NRGBA{R: 254, A: 255}},
		"green":       {145, 54, 34, color.NRGBA{G: 255, B: 1, A: 255}},
		"blue":        {41, 240, 110, color.NRGBA{B: 255, A: 255}},
		"below black": {0, 128, 128, color.NRGBA{A: 255}},
	}
	for name, tt := range tests {
		src := image.NewYCbCr(image.Rect(0, 0, 3, 2), image.YCbCrSubsampleRatio420)
		for i := range src.Y {
			src.Y[i] = tt.y
		}
		for i := range src.Cb {
			src.Cb[i], src.Cr[i] = tt.cb, tt.cr
		}
		if got := studioToNRGBA(src).NRGBAAt(2, 1); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestFirstFrameOfAnAnimatedWebPIsPlacedOnItsCanvas(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString("UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA")
	if err != nil {
		t.Fatal(err)
	}
	const canvasWidth, canvasHeight, frameX, frameY = 24, 27, 52, 55
	data[canvasWidth], data[canvasHeight] = 8, 6 // less one
	data[frameX], data[frameY] = 2, 1            // halved
	img, h, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if img.Rect != image.Rect(0, 0, 9, 7) || h.Width != 9 {
		t.Fatalf("bounds %v, header %+v", img.Rect, h)
	}
	single, _, err := Decode(wrapped(data[frameX+16:]))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 7 {
		for x := range 9 {
			want := color.NRGBA{}
			if x == 4 && y == 2 {
				want = single.NRGBAAt(0, 0)
			}
			if got := img.NRGBAAt(x, y); got != want {
				t.Errorf("pixel %d,%d is %v, want %v", x, y, got, want)
			}
		}
	}

	data[frameX] = 5
	if _, _, err := Decode(data); err == nil {
		t.Error("a frame outside of its canvas was decoded")
	}
}

// wrapped is a file of one chunk.
func wrapped(chunk []byte) []byte {
	return append([]byte{'R', 'I', 'F', 'F', byte(len(chunk) + 4), 0, 0, 0, 'W', 'E', 'B', 'P'}, chunk...)
}
