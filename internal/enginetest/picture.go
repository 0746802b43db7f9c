package enginetest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// Picture draws a gradient as a PNG. Pictures of different seeds have different bytes.
func Picture(seed, width, height int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{R: uint8((3*x + seed) & 0xff), G: uint8((5*y + seed>>8) & 0xff), B: uint8((x*y/8 + seed>>16) & 0xff), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(fmt.Sprintf("a picture of %dx%d pixels: %v", width, height, err)) // Only one without pixels cannot be encoded.
	}
	return b.Bytes()
}
