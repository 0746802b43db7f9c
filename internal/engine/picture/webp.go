package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"iter"

	"golang.org/x/image/webp"
)

// Flags of the VP8X chunk (RFC 9649 section 2.7).
const (
	webpAnimation = 1 << 1
	webpAlpha     = 1 << 4
)

var errWebPFrame = errors.New("webp: no readable first frame")

// riffChunks yields the chunks that are whole.
func riffChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			n := int(binary.LittleEndian.Uint32(data[4:]))
			if n < 0 || n > len(data)-8 { // below zero where an int has 32 bits
				return
			}
			if !yield(string(data[:4]), data[8:8+n]) {
				return
			}
			data = data[min(8+n+n&1, len(data)):]
		}
	}
}

// wholeRIFF says whether the file is as long as its header says; the padding of
// the last chunk may be missing. The decoder takes the header's word and would
// allocate for chunks that are not there.
func wholeRIFF(data []byte) bool {
	const header = 8
	return int64(binary.LittleEndian.Uint32(data[4:])) <= int64(len(data)-header+1)
}

// prefixCodes returns what the prefix codes of a lossless bitstream take, in
// bytes, at worst: the decoder accepts 2600 groups of five, no more than tiles of
// 4 x 4 pixels. A group takes 2.7 KB for its look-up tables and up to 50 KB for
// the symbols in it, which is 256 bytes for a byte of the file.
func prefixCodes(width, height int, data []byte) int64 {
	if !mayBeLossless(data) {
		return 0
	}
	const most, tables, symbols, perByte = 2600, 2700, 50 << 10, 256
	groups := min(most, padded(width, 4)*padded(height, 4)/16)
	return groups*tables + min(groups*symbols, perByte*int64(len(data)))
}

// mayBeLossless says whether a file has a lossless bitstream, for alpha or in a
// frame where it need not.
func mayBeLossless(data []byte) bool {
	for id := range riffChunks(data[12:]) {
		if id == "VP8L" || id == "ALPH" || id == "ANMF" {
			return true
		}
	}
	return false
}

// decodeWebP decodes a still picture, or the first frame of an animation placed
// on its transparent canvas.
func decodeWebP(data []byte, h Header) (*image.NRGBA, error) {
	for id, body := range riffChunks(data[12:]) {
		switch {
		case id == "VP8X" && len(body) == 10 && body[0]&webpAnimation == 0:
			return decodeStillWebP(data)
		case id == "ANMF":
			canvas := image.NewNRGBA(h.stored())
			return canvas, drawFrame(canvas, body)
		case id == "VP8 " || id == "VP8L":
			return decodeStillWebP(data)
		}
	}
	return nil, errWebPFrame
}

// drawFrame decodes the body of an ANMF chunk by wrapping its bitstream in a file
// of its own; the frame's size is known to fit in the canvas before that.
func drawFrame(canvas *image.NRGBA, body []byte) error {
	const frameHeader = 16
	if len(body) < frameHeader {
		return errWebPFrame
	}
	at := image.Pt(2*uint24(body), 2*uint24(body[3:]))
	size := image.Pt(uint24(body[6:])+1, uint24(body[9:])+1)
	if !(image.Rectangle{Min: at, Max: at.Add(size)}).In(canvas.Rect) {
		return errWebPFrame
	}
	vp8x := make([]byte, 10)
	for id := range riffChunks(body[frameHeader:]) {
		if id == "ALPH" {
			vp8x[0] = webpAlpha
		}
	}
	copy(vp8x[4:], body[6:12])

	file := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00")
	file = append(append(file, vp8x...), body[frameHeader:]...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	frame, err := decodeStillWebP(file)
	if err != nil {
		return err
	}
	place(canvas, frame, at)
	return nil
}

func uint24(b []byte) int {
	return int(b[0]) | int(b[1])<<8 | int(b[2])<<16
}

// decodeStillWebP converts lossy pictures itself: their samples have the studio
// range of ITU-R BT.601 (RFC 9649 section 2.5), while image.YCbCr means the full
// range of JFIF and would give grey blacks and dull whites.
func decodeStillWebP(data []byte) (*image.NRGBA, error) {
	img, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch m := img.(type) {
	case *image.YCbCr:
		return studioToNRGBA(m), nil
	case *image.NYCbCrA:
		dst := studioToNRGBA(&m.YCbCr)
		copyAlpha(dst, m)
		return dst, nil
	}
	return toNRGBA(img), nil
}

func copyAlpha(dst *image.NRGBA, src *image.NYCbCrA) {
	w := dst.Rect.Dx()
	for y := range dst.Rect.Dy() {
		row := dst.Pix[y*dst.Stride:][:4*w]
		for x, a := range src.A[y*src.AStride:][:w] {
			row[4*x+3] = a
		}
	}
}

// studioToNRGBA is BT.601 in 16.16 fixed point: luma 16..235, chroma 16..240.
func studioToNRGBA(src *image.YCbCr) *image.NRGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		row := dst.Pix[y*dst.Stride:][:4*w]
		luma := src.Y[y*src.YStride:]
		chroma := src.COffset(src.Rect.Min.X, src.Rect.Min.Y+y)
		for x := range w {
			c := chroma + x/2
			l := (int32(luma[x])-16)*76309 + 1<<15
			cb, cr := int32(src.Cb[c])-128, int32(src.Cr[c])-128
			row[4*x] = clamp8((l + 104597*cr) >> 16)
			row[4*x+1] = clamp8((l - 25675*cb - 53279*cr) >> 16)
			row[4*x+2] = clamp8((l + 132201*cb) >> 16)
			row[4*x+3] = 0xff
		}
	}
	return dst
}

func clamp8(v int32) uint8 {
	return uint8(min(max(v, 0), 255))
}
