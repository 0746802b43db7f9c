package hostile

import (
	"encoding/binary"
	"math"
	"slices"
)

// bitmap is the header of a BMP.
type bitmap struct {
	width, height  int32
	bits, planes   uint16
	compression    uint32
	colours        uint32 // entries of the palette, as the header says
	entries        int    // entries that are there
	pixels         int    // bytes that are there
	offset, header uint32 // 0: as they have to be
}

func (b bitmap) file() []byte {
	const fileHeader, infoHeader = 14, 40
	if b.header == 0 {
		b.header = infoHeader
	}
	if b.offset == 0 {
		b.offset = fileHeader + infoHeader + 4*uint32(b.entries)
	}
	f := binary.LittleEndian.AppendUint32([]byte("BM"), math.MaxUint32) // a size that nobody believes
	f = binary.LittleEndian.AppendUint32(append(f, 0, 0, 0, 0), b.offset)
	f = binary.LittleEndian.AppendUint32(f, b.header)
	f = binary.LittleEndian.AppendUint32(f, uint32(b.width))
	f = binary.LittleEndian.AppendUint32(f, uint32(b.height))
	f = binary.LittleEndian.AppendUint16(f, b.planes)
	f = binary.LittleEndian.AppendUint16(f, b.bits)
	f = binary.LittleEndian.AppendUint32(f, b.compression)
	f = binary.LittleEndian.AppendUint32(append(f, make([]byte, 12)...), b.colours)
	return slices.Concat(f, make([]byte, 4), make([]byte, 4*b.entries), make([]byte, b.pixels))
}

func bmps() []Picture {
	const rows = 32 * 32 * 3
	damagedBMP := isDamaged + "BMP" + structure
	return []Picture{
		{"a BMP stored from top to bottom", bitmap{width: 32, height: -32, bits: 24, planes: 1, pixels: rows}.file(), "", taken},
		{"a BMP of the most negative height", bitmap{width: 32, height: math.MinInt32, bits: 24, planes: 1, pixels: rows}.file(), damagedBMP, wrongSize},
		{"a BMP of negative width", bitmap{width: -32, height: 32, bits: 24, planes: 1, pixels: rows}.file(), damagedBMP, unsupported},
		{"a BMP of 2^62 pixels", bitmap{width: math.MaxInt32, height: math.MaxInt32, bits: 32, planes: 1}.file(), tagging + "2147483647 x 2147483647" + sides, unsupported},
		{"a BMP of 4 gigapixels", bitmap{width: 65535, height: 65535, bits: 8, planes: 1, entries: 256}.file(), tagging + "65535 x 65535" + sides, wrongSize},
		{"a BMP without width", bitmap{height: 32, bits: 24, planes: 1}.file(), isDamaged + "BMP" + noArea, unsupported},
		{"a BMP without area", bitmap{bits: 24, planes: 1}.file(), isDamaged + "BMP" + noArea, damaged},
		{"a BMP of eight bits in runs", bitmap{width: 32, height: 32, bits: 8, planes: 1, compression: 1, entries: 256, pixels: rows}.file(), "", unsupported},
		{"a BMP of four bits in runs", bitmap{width: 32, height: 32, bits: 4, planes: 1, compression: 2, entries: 16, pixels: rows}.file(), "", unsupported},
		{"a BMP that is a JPEG inside", bitmap{width: 32, height: 32, bits: 0, planes: 1, compression: 4, pixels: rows}.file(), "", unsupported},
		{"a BMP of 16 bits", bitmap{width: 32, height: 32, bits: 16, planes: 1, pixels: rows}.file(), "", unsupported},
		{"a BMP of 64 bits", bitmap{width: 32, height: 32, bits: 64, planes: 1, pixels: rows}.file(), "", unsupported},
		{"a BMP of no planes", bitmap{width: 32, height: 32, bits: 24, pixels: rows}.file(), "", unsupported},
		{"a BMP with a palette of 4 billion colours", bitmap{width: 32, height: 32, bits: 8, planes: 1, colours: math.MaxUint32, entries: 256, pixels: rows}.file(), "", unsupported},
		{"a BMP with fewer colours than it says", bitmap{width: 32, height: 32, bits: 8, planes: 1, colours: 256, entries: 2}.file(), "", unsupported},
		{"a BMP that ends in its palette", bitmap{width: 32, height: 32, bits: 8, planes: 1, colours: 256, entries: 2, offset: 14 + 40 + 4*256}.file(), "", damaged},
		{"a BMP with indices beyond its palette", slices.Concat(bitmap{width: 32, height: 32, bits: 8, planes: 1, colours: 2, entries: 2}.file(), repeated(32*32, []byte{0xff})), "", damaged},
		{"a BMP whose pixels begin behind its end", bitmap{width: 32, height: 32, bits: 24, planes: 1, offset: math.MaxUint32, pixels: rows}.file(), "", unsupported},
		{"a BMP whose pixels begin in its header", bitmap{width: 32, height: 32, bits: 24, planes: 1, offset: 2, pixels: rows}.file(), "", unsupported},
		{"a BMP that ends in its header", bitmap{width: 32, height: 32, bits: 24, planes: 1}.file()[:24], isDamaged + "BMP" + cutOff, damaged},
		{"a BMP that ends with its header", bitmap{width: 1024, height: 1024, bits: 24, planes: 1}.file(), "", damaged},
		{"a BMP that ends in its pixels", bitmap{width: 32, height: 32, bits: 24, planes: 1, pixels: rows / 2}.file(), "", damaged},
		{"a BMP of a header that nobody knows", bitmap{width: 32, height: 32, bits: 24, planes: 1, header: 41, pixels: rows}.file(), noPicture, unsupported},
	}
}
