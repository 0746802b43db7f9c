package hostile

import (
	"encoding/binary"
	"slices"
)

// The markers of JPEG that are used here (ITU-T T.81, table B.1).
const (
	baseline    = 0xc0
	extended    = 0xc1
	progressive = 0xc2
	lossless    = 0xc3
	hierarchic  = 0xc5
	arithmetic  = 0xc9
	tables      = 0xc4
	scan        = 0xda
	quantizer   = 0xdb
	restarts    = 0xdd
	app0        = 0xe0
	app1        = 0xe1
	app14       = 0xee
	comment     = 0xfe
)

var (
	soi = []byte{0xff, 0xd8}
	eoi = []byte{0xff, 0xd9}
)

// segment is a marker with its length and body.
func segment(marker byte, body ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// frame is a frame header; each of the samplings is one component, its horizontal
// factor in the upper four bits.
func frame(marker, precision byte, width, height uint16, samplings ...byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{precision}, height)
	b = append(binary.BigEndian.AppendUint16(b, width), byte(len(samplings)))
	for i, s := range samplings {
		b = append(b, byte(i+1), s, 0)
	}
	return segment(marker, b...)
}

// oneBitCodes are Huffman tables in which the code 0 is all there is: no
// difference for DC, and for AC the end of a block, or of a run of blocks. So
// zeros are as much of a picture as one likes.
func oneBitCodes(ac byte) []byte {
	table := func(class, symbol byte) []byte {
		return segment(tables, slices.Concat([]byte{class, 1}, make([]byte, 15), []byte{symbol})...)
	}
	return slices.Concat(table(0x00, 0x00), table(0x10, ac))
}

// scanOf begins a scan of the components given: of the spectrum from low to high.
func scanOf(low, high byte, components ...byte) []byte {
	b := []byte{byte(len(components))}
	for _, c := range components {
		b = append(b, c, 0)
	}
	return segment(scan, append(b, low, high, 0)...)
}

// greyJPEG is a grey picture of one component with segments before its frame.
func greyJPEG(width, height uint16, before ...[]byte) []byte {
	pixels := make([]byte, int(width)*int(height)/256+1) // two bits for a block of 64
	return slices.Concat(soi, slices.Concat(before...), frame(baseline, 8, width, height, 0x11), oneBitCodes(0), scanOf(0, 63, 1), pixels, eoi)
}

// jpegOf is a file with the frame given and a scan of its first components.
func jpegOf(frame []byte, components ...byte) []byte {
	return slices.Concat(soi, frame, oneBitCodes(0), scanOf(0, 63, components...), make([]byte, 64), eoi)
}

func jpegs() []Picture {
	const threeBytes = 3
	whole := greyJPEG(32, 32)
	grey := frame(baseline, 8, 32, 32, 0x11)
	colour := frame(baseline, 8, 32, 32, 0x11, 0x11, 0x11)
	inks := frame(baseline, 8, 32, 32, 0x11, 0x11, 0x11, 0x11)
	adobe := segment(app14, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), 0)...)
	page := segment(comment, []byte("<html><script>alert(1)</script>")...)
	return []Picture{
		{"a JPEG of 4 gigapixels", greyJPEG(65535, 65535)[:200], tagging + "65535 x 65535" + sides, wrongSize},
		{"a JPEG that is very narrow", greyJPEG(1, 65535), tagging + "1 x 65535" + sides, wrongSize},
		{"a JPEG without width", greyJPEG(0, 32), isDamaged + "JPEG" + noArea, damaged},
		{"a JPEG that tells its height behind its pixels", slices.Concat(greyJPEG(32, 0), segment(0xdc, 0, 32)), isDamaged + "JPEG" + noArea, damaged},
		{"a JPEG of a megapixel without a pixel", slices.Concat(greyJPEG(1024, 1024)[:80], eoi), "", damaged},
		{"a JPEG that ends with its signature", whole[:threeBytes], isDamaged + "JPEG" + cutOff, damaged},
		{"a JPEG that ends in its frame", whole[:len(soi)+6], isDamaged + "JPEG" + cutOff, damaged},
		{"a JPEG that ends with its frame", whole[:len(soi)+len(grey)], "", damaged},
		{"a JPEG that ends in its tables", whole[:len(soi)+len(grey)+12], "", damaged},
		{"a JPEG that ends before its end", whole[:len(whole)-len(eoi)], "", damaged},
		{"a JPEG without a frame", slices.Concat(soi, oneBitCodes(0), scanOf(0, 63, 1), eoi), isDamaged + "JPEG" + structure, damaged},
		{"a JPEG without a scan", slices.Concat(soi, grey, eoi), "", damaged},
		{"a JPEG without tables", slices.Concat(soi, grey, scanOf(0, 63, 1), make([]byte, 8), eoi), "", damaged},
		{"a JPEG of two frames", slices.Concat(soi, grey, frame(baseline, 8, 4000, 4000, 0x11), oneBitCodes(0), scanOf(0, 63, 1), make([]byte, 8), eoi), "", damaged},
		{"a JPEG with a segment of no length", greyJPEG(32, 32, []byte{0xff, app0, 0, 0}), isDamaged + "JPEG" + structure, damaged},
		{"a JPEG with a segment beyond its end", slices.Concat(soi, []byte{0xff, app0, 0xff, 0xff}, whole[2:]), isDamaged + "JPEG" + cutOff, damaged},
		{"a JPEG with a megabyte of fill bytes", slices.Concat(soi, repeated(1<<20, []byte{0xff}), whole[3:]), "", taken},
		{"a JPEG with 100,000 empty comments", greyJPEG(32, 32, repeated(100_000, segment(comment))), "", taken},
		{"a JPEG with a table of 65,535 codes", greyJPEG(32, 32, segment(tables, slices.Concat([]byte{0x10}, repeated(16, []byte{0xff}))...)), "", damaged},
		{"a JPEG with a table of an impossible number", greyJPEG(32, 32, segment(quantizer, append([]byte{0xff}, make([]byte, 64)...)...)), "", damaged},
		{"a JPEG with a restart after every block and no marker", greyJPEG(32, 32, segment(restarts, 0, 1)), "", damaged},
		{"a JPEG of arithmetic coding", jpegOf(frame(arithmetic, 8, 32, 32, 0x11), 1), "", unsupported},
		{"a lossless JPEG", jpegOf(frame(lossless, 8, 32, 32, 0x11), 1), "", unsupported},
		{"a hierarchic JPEG", jpegOf(frame(hierarchic, 8, 32, 32, 0x11), 1), "", unsupported},
		{"a JPEG of 12 bits", jpegOf(frame(extended, 12, 32, 32, 0x11), 1), "", unsupported},
		{"a JPEG without components", jpegOf(frame(baseline, 8, 32, 32)), "", unsupported},
		{"a JPEG of two components", jpegOf(frame(baseline, 8, 32, 32, 0x11, 0x11), 1, 2), "", unsupported},
		{"a JPEG of 255 components", jpegOf(frame(baseline, 8, 32, 32, repeated(255, []byte{0x11})...), 1), "", unsupported},
		{"a JPEG with a component twice", jpegOf(with(colour, len(colour)-3, 1), 1), "", damaged},
		{"a JPEG sampled three to one", jpegOf(frame(baseline, 8, 32, 32, 0x33, 0x11, 0x11), 1, 2, 3), "", unsupported},
		{"a JPEG sampled not at all", jpegOf(frame(baseline, 8, 32, 32, 0x00, 0x11, 0x11), 1, 2, 3), "", damaged},
		{"a JPEG of inks that nobody names", jpegOf(inks, 1, 2, 3, 4), "", unsupported},
		{"a JPEG of Adobe's inks", slices.Concat(soi, adobe, jpegOf(inks, 1, 2, 3, 4)[2:]), "", taken},
		{"a JPEG that is a page too", greyJPEG(32, 32, page), "", taken},
		{"a JPEG that is an archive too", slices.Concat(whole, []byte("PK\x03\x04\x14\x00evil.class")), "", taken},
		{"a JPEG behind white space", slices.Concat([]byte(" \r\n"), whole), noPicture, unsupported},
	}
}

// manyScans is a progressive JPEG with a scan for the basis and as many for a part
// of the spectrum.
func manyScans(width, height uint16, scans int) []byte {
	const runOf14Bits = 0xe0
	basis := make([]byte, int(width)*int(height)/512+1)           // a bit for a block
	runs := make([]byte, 2*(int(width)*int(height)/64/(1<<14)+1)) // 15 bits for 16,384 blocks
	more := repeated(scans, slices.Concat(scanOf(1, 63, 1), runs))
	return slices.Concat(soi, frame(progressive, 8, width, height, 0x11), oneBitCodes(runOf14Bits), scanOf(0, 0, 1), basis, more, eoi)
}

func jpegScans() []Picture {
	column := slices.Concat(soi, frame(progressive, 8, 1, 65535, 0x42, 0x42, 0x42), oneBitCodes(0))
	for component := byte(1); component <= 3; component++ {
		column = slices.Concat(column, scanOf(0, 0, component), make([]byte, 1024))
	}
	return []Picture{
		{"a progressive JPEG of one column in units of 32 x 16 pixels", slices.Concat(column, eoi), tagging + "1 x 65535" + sides, wrongSize},
		{"a progressive JPEG as encoders write it", manyScans(32, 32, 9), "", taken},
		{"a progressive JPEG of 5,000 scans", manyScans(32, 32, 5000), "", unsupported},
		{"a progressive JPEG of 16 megapixels that keeps a core busy for minutes", manyScans(4096, 4096, 10_000), "", unsupported},
		{"a progressive JPEG of a megapixel without a pixel", slices.Concat(manyScans(1024, 1024, 0)[:80], eoi), "", damaged},
		{"a progressive JPEG that refines what is not there", slices.Concat(soi, frame(progressive, 8, 32, 32, 0x11), oneBitCodes(0), with(scanOf(1, 63, 1), 9, 0x10), make([]byte, 64), eoi), "", taken},
		{"a progressive JPEG of an impossible spectrum", slices.Concat(soi, frame(progressive, 8, 32, 32, 0x11), oneBitCodes(0), scanOf(63, 1, 1), make([]byte, 64), eoi), "", damaged},
		{"a JPEG of 1,000 scans that are all the same", slices.Concat(greyJPEG(32, 32)[:len(greyJPEG(32, 32))-2], repeated(1000, slices.Concat(scanOf(0, 63, 1), make([]byte, 5))), eoi), "", unsupported},
	}
}

// directory is an EXIF block whose header and first directory are as given.
func directory(order string, at uint32, rest ...byte) []byte {
	var o binary.AppendByteOrder = binary.LittleEndian
	if order[0] == 'M' {
		o = binary.BigEndian
	}
	b := o.AppendUint32(o.AppendUint16([]byte("Exif\x00\x00"+order), 42), at)
	return segment(app1, append(b, rest...)...)
}

func exifs() []Picture {
	turned := []byte{0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0} // Orientation is 6
	again := func(marker byte) []byte { return segment(marker, greyJPEG(4000, 4000)[:100]...) }
	row := func(name string, before []byte) Picture {
		return Picture{"a JPEG whose EXIF " + name, greyJPEG(32, 48, before), "", taken}
	}
	return []Picture{
		row("is a directory that leads to itself", directory("II", 8, slices.Concat([]byte{1, 0}, turned, []byte{8, 0, 0, 0})...)),
		row("has 65,535 entries of which none is there", directory("II", 8, 0xff, 0xff)),
		row("has 5,000 directories in a row", directory("II", 8, repeated(5000, []byte{0, 0, 14, 0, 0, 0})...)),
		row("begins behind its end", directory("II", 1<<32-1)),
		row("begins in its own header", directory("II", 0)),
		row("has mixed byte orders", with(directory("II", 8, 1, 0), 10, 'M', 'M')),
		row("has no byte order", directory("XX", 8, 1, 0)),
		row("turns the picture in a way that there is not", directory("II", 8, slices.Concat([]byte{1, 0}, with(turned, 8, 99), make([]byte, 4))...)),
		row("holds a preview of 16 megapixels", again(app1)),
		{"a JPEG whose comment holds another picture", greyJPEG(32, 32, again(comment)), "", taken},
	}
}
