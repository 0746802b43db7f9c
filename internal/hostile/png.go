package hostile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// The colour types of PNG that are used here.
const (
	grey    = 0
	palette = 3
)

// pngChunk is a chunk with a right checksum.
func pngChunk(kind string, body []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	c = append(append(c, kind...), body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// ihdr is the header chunk of a PNG.
func ihdr(width, height uint32, depth, colours, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return pngChunk("IHDR", append(b, depth, colours, 0, 0, interlace))
}

// deflated is n zeros, or what is given in their place, as a zlib stream.
func deflated(n int, content ...byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(content) // a bytes.Buffer takes everything
	zeros := make([]byte, 1<<16)
	for n > 0 {
		m := min(n, len(zeros))
		_, _ = w.Write(zeros[:m])
		n -= m
	}
	_ = w.Close()
	return b.Bytes()
}

// pngOf is a file of the chunks given.
func pngOf(chunks ...[]byte) []byte {
	return slices.Concat([]byte(pngSignature), slices.Concat(chunks...))
}

// blackPNG is a grey picture of nothing but zeros, of a bit per pixel, with chunks
// between its header and its pixels.
func blackPNG(side int, between ...[]byte) []byte {
	rows := side * (1 + (side+7)/8)
	return pngOf(ihdr(uint32(side), uint32(side), 1, grey, 0), slices.Concat(between...), pngChunk("IDAT", deflated(rows)), pngChunk("IEND", nil))
}

// with returns a copy of data with other bytes from at on.
func with(data []byte, at int, other ...byte) []byte {
	changed := bytes.Clone(data)
	copy(changed[at:], other)
	return changed
}

func repeated(n int, part []byte) []byte { return bytes.Repeat(part, n) }

func pngs() []Picture {
	const header = 33 // signature and IHDR
	whole := blackPNG(32)
	pixels := whole[header:]
	bomb := deflated(16 << 20)
	archive := []byte("PK\x03\x04\x14\x00\x00\x00\x00\x00evil.jspPK\x05\x06")
	return []Picture{
		{"a PNG of 4 gigapixels", pngOf(ihdr(65535, 65535, 8, grey, 0)), tagging + "65535 x 65535" + sides, wrongSize},
		{"a PNG of 2^62 pixels", pngOf(ihdr(1<<31-1, 1<<31-1, 16, 6, 1)), tagging + "2147483647 x 2147483647" + sides, wrongSize},
		{"a PNG of 2^32 - 1 columns", pngOf(ihdr(1<<32-1, 1, 8, grey, 0)), isDamaged + "PNG" + structure, damaged},
		{"a PNG without width", pngOf(ihdr(0, 32, 8, grey, 0)), isDamaged + "PNG" + noArea, damaged},
		{"a PNG without height", pngOf(ihdr(32, 0, 8, grey, 0)), isDamaged + "PNG" + noArea, damaged},
		{"a PNG that is one pixel too wide", blackPNG(4097), tagging + "4097 x 4097" + sides, wrongSize},
		{"a PNG of a megapixel in 200 bytes", blackPNG(1024), "", taken},
		{"a PNG with 16 MB of compressed text", blackPNG(32, pngChunk("zTXt", slices.Concat([]byte("Comment\x00\x00"), bomb))), "", taken},
		{"a PNG with 16 MB of colour profile", blackPNG(32, pngChunk("iCCP", slices.Concat([]byte("sRGB\x00\x00"), bomb))), "", taken},
		{"a PNG with 16 MB of translated text", blackPNG(32, pngChunk("iTXt", slices.Concat([]byte("Comment\x00\x01\x00\x00\x00"), bomb))), "", taken},
		{"a PNG with 100,000 chunks of no use", blackPNG(32, repeated(100_000, pngChunk("tEXt", nil))), "", taken},
		{"a PNG with 100,000 chunks before its palette", pngOf(ihdr(32, 32, 8, palette, 0), repeated(100_000, pngChunk("ABCD", nil)), pngChunk("PLTE", make([]byte, 3)), pngChunk("IDAT", deflated(33*32)), pngChunk("IEND", nil)), "", taken},
		{"a PNG that says it is animated", blackPNG(32, pngChunk("acTL", []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}), repeated(1000, pngChunk("fcTL", make([]byte, 26)))), "", taken},
		{"a PNG that ends with its signature", []byte(pngSignature), isDamaged + "PNG" + cutOff, damaged},
		{"a PNG that ends in its header", whole[:20], isDamaged + "PNG" + cutOff, damaged},
		{"a PNG that ends with its header", whole[:header], "", damaged},
		{"a PNG that ends in its pixels", whole[:len(whole)-20], "", damaged},
		{"a PNG that ends before its end", whole[:len(whole)-12], "", damaged},
		{"a PNG whose header lies about its length", with(whole, 8, 0xff, 0xff, 0xff, 0xff), isDamaged + "PNG" + structure, damaged},
		{"a PNG whose pixels claim 4 GB", slices.Concat(whole[:header], []byte{0xff, 0xff, 0xff, 0xff}, pixels[4:]), "", damaged},
		{"a PNG whose header has a wrong checksum", with(whole, 20, 9), isDamaged + "PNG" + checksum, damaged},
		{"a PNG whose pixels have a wrong checksum", with(whole, len(whole)-14, 1, 2), "", damaged},
		{"a PNG that begins with its pixels", pngOf(pixels), isDamaged + "PNG" + structure, damaged},
		{"a PNG with Apple's own chunk first", pngOf(pngChunk("CgBI", []byte{0x50, 0, 0x20, 2}), ihdr(32, 32, 8, grey, 0), pngChunk("IDAT", deflated(33 * 32)[2:]), pngChunk("IEND", nil)), isDamaged + "PNG" + structure, damaged},
		{"a PNG without pixels", pngOf(ihdr(32, 32, 8, grey, 0), pngChunk("IEND", nil)), "", damaged},
		{"a PNG with too few pixels", pngOf(ihdr(32, 32, 8, grey, 0), pngChunk("IDAT", deflated(33)), pngChunk("IEND", nil)), "", damaged},
		{"a PNG with 16 MB of pixels too many", pngOf(ihdr(32, 32, 8, grey, 0), pngChunk("IDAT", bomb), pngChunk("IEND", nil)), "", damaged},
		{"a PNG without the palette that it needs", pngOf(ihdr(32, 32, 8, palette, 0), pngChunk("IDAT", deflated(33*32)), pngChunk("IEND", nil)), "", damaged},
		{"a PNG with indices beyond its palette", pngOf(ihdr(32, 32, 8, palette, 0), pngChunk("PLTE", make([]byte, 3)), pngChunk("IDAT", deflated(33*32-2, 0, 0xff)), pngChunk("IEND", nil)), "", taken},
		{"a PNG of three bits per sample", pngOf(ihdr(32, 32, 3, grey, 0), pixels), "", unsupported},
		{"a PNG of an unknown filter", pngOf(ihdr(32, 32, 8, grey, 0), pngChunk("IDAT", deflated(33*32-1, 9)), pngChunk("IEND", nil)), "", damaged},
		{"a PNG that is a ZIP archive too", slices.Concat(whole, archive), "", taken},
		{"a PNG with a megabyte of garbage behind it", slices.Concat(whole, repeated(1<<20, []byte{0xff})), "", taken},
		{"a PNG behind white space", slices.Concat([]byte("\n\n "), whole), noPicture, unsupported},
		{"a PNG behind a byte order mark", slices.Concat([]byte("\xef\xbb\xbf"), whole), noPicture, unsupported},
	}
}
