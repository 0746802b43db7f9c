package hostile

import (
	"encoding/binary"
	"slices"
)

// webpChunk is a chunk with its padding.
func webpChunk(kind string, body ...byte) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body))), body...)
	return append(c, make([]byte, len(body)%2)...)
}

// webpOf is a file of the chunks given.
func webpOf(chunks ...[]byte) []byte {
	body := slices.Concat([]byte("WEBP"), slices.Concat(chunks...))
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func uint24(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16)} }

// Flags of a canvas.
const (
	animated = 0x02
	alpha    = 0x10
)

// canvas is a VP8X chunk.
func canvas(width, height int, flags byte) []byte {
	return webpChunk("VP8X", slices.Concat([]byte{flags, 0, 0, 0}, uint24(width-1), uint24(height-1))...)
}

// lossy is a VP8 chunk whose frame header is all there is.
func lossy(width, height uint16) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{0x10, 0, 0, 0x9d, 0x01, 0x2a}, width)
	return webpChunk("VP8 ", binary.LittleEndian.AppendUint16(b, height)...)
}

// uniform is a VP8L chunk of one colour: with a single symbol in each of its five
// codes, pixels take no bits at all.
func uniform(width, height int) []byte {
	w := losslessHeader(width, height)
	w.put(0, 3) // no transform, no colour cache, one group of codes
	for range 5 {
		w.put(0b0001, 4) // a simple code of one symbol, which is 0
	}
	return webpChunk("VP8L", w.bytes...)
}

// animationFrame is an ANMF chunk.
func animationFrame(left, top, width, height int, bitstream []byte) []byte {
	at := slices.Concat(uint24(left/2), uint24(top/2), uint24(width-1), uint24(height-1), []byte{100, 0, 0, 0})
	return webpChunk("ANMF", slices.Concat(at, bitstream)...)
}

func webps() []Picture {
	whole := webpOf(uniform(32, 32))
	// The file claims 2 GB, of which 127 MB are partitions of the picture.
	claims := slices.Concat([]byte("RIFF\xff\xff\xff\x7fWEBP"), canvas(16, 16, 0), with(lossy(16, 16), 4, 0, 0, 0xf0, 7), make([]byte, 64))
	eightPartitions := with(claims, 12+18+8, 0x10, 0x04) // a first partition of 32 bytes
	for i := range 32 {
		eightPartitions[12+18+8+10+i] = 3
	}
	return []Picture{
		{"a WebP of a canvas of 2^48 pixels", webpOf(canvas(1<<24, 1<<24, 0), uniform(32, 32)), tagging + "16777216 x 16777216" + sides, damaged},
		{"a WebP of a canvas of 268 megapixels", webpOf(canvas(16384, 16384, 0), uniform(32, 32)), tagging + "16384 x 16384" + sides, wrongSize},
		{"a WebP of 268 megapixels in 26 bytes", webpOf(uniform(16384, 16384)), tagging + "16384 x 16384" + sides, wrongSize},
		{"a WebP of 268 megapixels on a small canvas", webpOf(canvas(32, 32, 0), uniform(16384, 16384)), "", damaged},
		{"a WebP of 268 lossy megapixels on a small canvas", webpOf(canvas(32, 32, 0), lossy(16383, 16383)), "", damaged},
		{"a WebP of a megapixel in 26 bytes", webpOf(uniform(1024, 1024)), "", taken},
		{"a WebP that claims 2 GB", eightPartitions, "", damaged},
		{"a WebP that ends in its header", whole[:14], isDamaged + "WebP" + cutOff, damaged},
		{"a WebP that ends in its pixels", whole[:len(whole)-3], "", damaged},
		{"a WebP of no chunk", webpOf(), isDamaged + "WebP" + cutOff, damaged},
		{"a WebP of an unknown chunk", webpOf(webpChunk("ABCD", make([]byte, 10)...)), isDamaged + "WebP" + structure, damaged},
		{"a WebP of a canvas alone", webpOf(canvas(32, 32, 0)), "", damaged},
		{"a WebP of two canvases", webpOf(canvas(32, 32, 0), canvas(4096, 4096, 0), uniform(4096, 4096)), "", damaged},
		{"a WebP that lies about its own length", with(whole, 4, 0, 0, 0, 0), "", damaged},
		{"a WebP that begins between two frames", webpOf(with(lossy(32, 32), 8, 0x11)), isDamaged + "WebP" + structure, damaged},
		{"a WebP without width", webpOf(lossy(0, 32)), isDamaged + "WebP" + noArea, damaged},
		{"a lossy WebP without a pixel", webpOf(lossy(32, 32)), "", damaged},
		{"a lossless WebP of another version", webpOf(with(uniform(32, 32), 12, 0xe0)), isDamaged + "WebP" + structure, damaged},
		{"a WebP with alpha that nobody announced", webpOf(webpChunk("ALPH", 0), lossy(32, 32)), isDamaged + "WebP" + structure, damaged},
		{"a WebP with less alpha than pixels", webpOf(canvas(1024, 1024, alpha), webpChunk("ALPH", 0, 1), lossy(1024, 1024)), "", damaged},
		{"an animated WebP without a frame", webpOf(canvas(32, 32, animated), webpChunk("ANIM", make([]byte, 6)...)), "", damaged},
		{"an animated WebP of 10,000 frames", webpOf(canvas(32, 32, animated), repeated(10_000, animationFrame(0, 0, 1, 1, uniform(1, 1)))), "", taken},
		{"an animated WebP whose frame lies beside its canvas", webpOf(canvas(32, 32, animated), animationFrame(1<<24, 0, 32, 32, uniform(32, 32))), "", damaged},
		{"an animated WebP whose frame is larger inside", webpOf(canvas(32, 32, animated), animationFrame(0, 0, 32, 32, uniform(16384, 16384))), "", damaged},
		{"an animated WebP whose frame is cut off", webpOf(canvas(32, 32, animated), webpChunk("ANMF", 0, 0, 0)), "", damaged},
		{"a WebP with a megabyte of metadata", webpOf(canvas(32, 32, 0), webpChunk("ICCP", make([]byte, 1<<20)...), uniform(32, 32)), "", taken},
	}
}
