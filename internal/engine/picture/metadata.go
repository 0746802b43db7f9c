package picture

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// scanJPEG walks the marker segments up to the first scan (ITU-T T.81 annex B) for
// the orientation and for the bytes per pixel that decoding takes: a progressive
// picture keeps all its coefficients, four bytes each.
func scanJPEG(data []byte) (orientation, sampleBytes int) {
	const app1, baseline, extended, progressive = 0xe1, 0xc0, 0xc1, 0xc2
	orientation, sampleBytes = 1, 3
	for marker, body := range jpegSegments(data) {
		switch {
		case marker == app1 && bytes.HasPrefix(body, exifPrefix):
			orientation = exifOrientation(body)
		case (marker == baseline || marker == extended) && len(body) > 5:
			sampleBytes = samplesOf(body[5])
		case marker == progressive && len(body) > 5:
			sampleBytes = samplesOf(body[5]) + 4*int(body[5])
		}
	}
	return orientation, sampleBytes
}

// jpegSegments yields marker and body of the segments that are whole, up to the
// first scan. Bytes between segments, and markers without a body, are skipped.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	const firstBare, lastBare, endOfImage, startOfScan = 0xd0, 0xd8, 0xd9, 0xda
	return func(yield func(byte, []byte) bool) {
		for data = data[2:]; len(data) >= 4; {
			marker := data[1]
			if data[0] != 0xff || marker == 0xff || marker == 0 || (marker >= firstBare && marker <= lastBare) {
				data = data[1:]
				continue
			}
			n := int(binary.BigEndian.Uint16(data[2:]))
			if marker == startOfScan || marker == endOfImage || n < 2 || 2+n > len(data) {
				return
			}
			if !yield(marker, data[4:2+n]) {
				return
			}
			data = data[2+n:]
		}
	}
}

// samplesOf returns the bytes per pixel of a picture of n components; four are
// held once as YCbCr and black and once more as CMYK.
func samplesOf(n uint8) int {
	if n == 4 {
		return 8
	}
	return 3
}

// scanPNG walks the chunks for eXIf and for what makes pixels transparent: the
// colour type in IHDR or a tRNS chunk (PNG specification, third edition, 11.2-11.3).
func scanPNG(data []byte) (orientation int, alpha bool) {
	orientation = 1
	for i := 8; i+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[i:]))
		if n > len(data)-i-12 {
			break
		}
		body := data[i+8 : i+8+n]
		switch string(data[i+4 : i+8]) {
		case "IHDR":
			alpha = n > 9 && body[9]&4 != 0
		case "tRNS":
			alpha = true
		case "eXIf":
			orientation = exifOrientation(body)
		case "IEND":
			return orientation, alpha
		}
		i += 12 + n
	}
	return orientation, alpha
}

// scanWebP reads the EXIF chunk and the alpha flags (RFC 9649 sections 2.7 and 3.4).
func scanWebP(data []byte) (orientation int, alpha bool) {
	orientation = 1
	for id, body := range riffChunks(data[12:]) {
		switch id {
		case "VP8X":
			alpha = len(body) > 0 && body[0]&webpAlpha != 0
		case "VP8L":
			alpha = alpha || (len(body) > 4 && body[4]&0x10 != 0)
		case "EXIF":
			orientation = exifOrientation(body)
		}
	}
	return orientation, alpha
}

var exifPrefix = []byte("Exif\x00\x00")

// exifOrientation returns the Orientation tag (0x0112) of the first image file
// directory, or 1. The block is a TIFF header, in JPEG and often in WebP behind a
// prefix (CIPA DC-008, section 4.6).
func exifOrientation(block []byte) int {
	block = bytes.TrimPrefix(block, exifPrefix)
	if len(block) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if block[0] == 'M' {
		order = binary.BigEndian
	}
	if order.Uint16(block) != 0x4949 && order.Uint16(block) != 0x4d4d || order.Uint16(block[2:]) != 42 {
		return 1
	}
	at := int(order.Uint32(block[4:]))
	if at > len(block)-2 {
		return 1
	}
	entries := block[at+2:]
	for n := order.Uint16(block[at:]); n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == 0x0112 {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
