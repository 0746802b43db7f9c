package imaging

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// dimensions are in pixels.
type dimensions struct{ width, height int }

// What is wrong with a header, as the end of a sentence.
var (
	errShort     = errors.New("is cut off")
	errNoArea    = errors.New("gives a width or height of zero")
	errStructure = errors.New("is not as the format prescribes")
	errChecksum  = errors.New("does not match its checksum")
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// parsePNG reads the IHDR chunk, which must come first (PNG, third edition, section 11.2.1). Its CRC is checked: it is
// the cheapest way to notice a file that went through a text conversion.
func parsePNG(data []byte) (dimensions, error) {
	const start, end = len(pngSignature) + 4, len(pngSignature) + 4 + 4 + 13
	if len(data) < end+4 {
		return dimensions{}, errShort
	}
	if binary.BigEndian.Uint32(data[start-4:]) != 13 || string(data[start:start+4]) != "IHDR" {
		return dimensions{}, errStructure
	}
	if crc32.ChecksumIEEE(data[start:end]) != binary.BigEndian.Uint32(data[end:]) {
		return dimensions{}, errChecksum
	}
	return bounded(binary.BigEndian.Uint32(data[start+4:]), binary.BigEndian.Uint32(data[start+8:]))
}

// parseGIF reads the logical screen descriptor (GIF89a, section 18).
func parseGIF(data []byte) (dimensions, error) {
	if len(data) < 13 {
		return dimensions{}, errShort
	}
	return dimensions{int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))}, nil
}

// looksLikeBMP tells bitmaps from other data that begins with "BM", by the size of the header that follows.
func looksLikeBMP(data []byte) bool {
	if len(data) < 18 {
		return len(data) > 2 // too short to tell: call it a damaged bitmap
	}
	switch binary.LittleEndian.Uint32(data[14:]) {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// parseBMP reads BITMAPCOREHEADER (12 bytes of 16-bit sides) and all that came after it (32-bit, a negative height
// meaning that rows run from top to bottom).
func parseBMP(data []byte) (dimensions, error) {
	if len(data) < 26 {
		return dimensions{}, errShort
	}
	if binary.LittleEndian.Uint32(data[14:]) == 12 {
		return dimensions{int(binary.LittleEndian.Uint16(data[18:])), int(binary.LittleEndian.Uint16(data[20:]))}, nil
	}
	height := int32(binary.LittleEndian.Uint32(data[22:])) //nolint:gosec // the field is a signed number
	if height < 0 && height != math.MinInt32 {
		height = -height
	}
	return bounded(binary.LittleEndian.Uint32(data[18:]), uint32(height)) //nolint:gosec // MinInt32 is refused by bounded
}

// parseWEBP reads the first chunk of the RIFF container (RFC 9649, section 2): VP8 (lossy), VP8L (lossless), or VP8X,
// which gives the canvas of animations and of pictures with metadata.
func parseWEBP(data []byte) (dimensions, error) {
	const payload = 20
	if len(data) < payload {
		return dimensions{}, errShort
	}
	chunk, p := string(data[12:16]), data[payload:]
	if len(p) < 10 && (len(p) < 5 || chunk != "VP8L") {
		return dimensions{}, errShort
	}
	switch chunk {
	case "VP8 ":
		// RFC 6386, section 9.1: key frame bit, start code, then 14-bit sides below two bits of scaling.
		if p[0]&1 != 0 || string(p[3:6]) != "\x9d\x01\x2a" {
			return dimensions{}, errStructure
		}
		return dimensions{int(binary.LittleEndian.Uint16(p[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(p[8:]) & 0x3fff)}, nil
	case "VP8L":
		// RFC 9649, section 3.4: signature, 14 bits each of width - 1 and height - 1, alpha, three bits of version.
		bits := binary.LittleEndian.Uint32(p[1:])
		if p[0] != 0x2f || bits>>29 != 0 {
			return dimensions{}, errStructure
		}
		return dimensions{int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1}, nil
	case "VP8X":
		// RFC 9649, section 2.7: flags, three reserved bytes, 24 bits each of width - 1 and height - 1.
		return dimensions{int(uint24(p[4:])) + 1, int(uint24(p[7:])) + 1}, nil
	}
	return dimensions{}, errStructure
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// bounded refuses sides of 2^31 and more, which no format allows and which would overflow an int where that has 32
// bits.
func bounded(width, height uint32) (dimensions, error) {
	if width > math.MaxInt32 || height > math.MaxInt32 {
		return dimensions{}, errStructure
	}
	return dimensions{int(width), int(height)}, nil
}
