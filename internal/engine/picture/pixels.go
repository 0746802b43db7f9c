package picture

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
)

// toNRGBA converts what the decoders return; the result starts at the origin.
func toNRGBA(img image.Image) *image.NRGBA {
	size := img.Bounds().Size()
	switch m := img.(type) {
	case *image.NRGBA:
		return &image.NRGBA{Pix: m.Pix, Stride: m.Stride, Rect: image.Rectangle{Max: size}}
	case *image.Paletted:
		return palettedToNRGBA(m)
	case *image.NRGBA64:
		return wideToNRGBA(m.Pix, m.Stride, size)
	case *image.RGBA64: // the PNG decoder's opaque 16-bit picture
		return wideToNRGBA(m.Pix, m.Stride, size)
	case *image.RGBA: // always opaque here, so equal to NRGBA
		return &image.NRGBA{Pix: m.Pix, Stride: m.Stride, Rect: image.Rectangle{Max: size}}
	}
	// Grey, YCbCr and CMYK are opaque: drawn as RGBA, for which image/draw has fast
	// paths, they have the same bytes as NRGBA.
	dst := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(dst, dst.Rect, img, img.Bounds().Min, draw.Src)
	return &image.NRGBA{Pix: dst.Pix, Stride: dst.Stride, Rect: dst.Rect}
}

func palettedToNRGBA(src *image.Paletted) *image.NRGBA {
	var table [256][4]uint8
	for i, c := range src.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		table[i] = [4]uint8{n.R, n.G, n.B, n.A}
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		row := dst.Pix[y*dst.Stride:]
		for x, index := range src.Pix[y*src.Stride:][:w] {
			copy(row[4*x:4*x+4], table[index][:])
		}
	}
	return dst
}

// wideToNRGBA rounds big-endian 16-bit RGBA samples to the nearest of 8 bits.
func wideToNRGBA(pix []uint8, stride int, size image.Point) *image.NRGBA {
	dst := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		row := dst.Pix[y*dst.Stride:][:4*size.X]
		src := pix[y*stride:][:8*size.X]
		for i := range row {
			v := uint32(binary.BigEndian.Uint16(src[2*i:]))
			row[i] = uint8((v*255 + 32767) / 65535)
		}
	}
	return dst
}

// orient turns and mirrors according to the EXIF orientation: the stored picture's
// first row is the top (1, 2), bottom (3, 4), left (5, 8) or right (6, 7) of what
// the photographer saw.
func orient(src *image.NRGBA, orientation int) *image.NRGBA {
	if orientation <= 1 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dw, dh := w, h
	if orientation > 4 {
		dw, dh = h, w
	}
	dst := image.NewNRGBA(image.Rect(0, 0, dw, dh))
	for y := range dh {
		// The source of pixel (x, y) is at start + x*step.
		start, step := sourceRow(orientation, y, w, h, src.Stride)
		row := dst.Pix[y*dst.Stride:][:4*dw]
		for i := 0; i < len(row); i += 4 {
			copy(row[i:i+4], src.Pix[start:start+4])
			start += step
		}
	}
	return dst
}

func sourceRow(orientation, y, w, h, stride int) (start, step int) {
	switch orientation {
	case 2: // mirrored left to right
		return y*stride + 4*(w-1), -4
	case 3: // upside down
		return (h-1-y)*stride + 4*(w-1), -4
	case 4: // mirrored top to bottom
		return (h - 1 - y) * stride, 4
	case 5: // transposed
		return 4 * y, stride
	case 6: // to be turned 90 degrees clockwise
		return (h-1)*stride + 4*y, -stride
	case 7: // transposed about the other diagonal
		return (h-1)*stride + 4*(w-1-y), -stride
	default: // 8: to be turned 90 degrees counter-clockwise
		return 4 * (w - 1 - y), stride
	}
}
